package io.arclight.tensor.ir;

import java.util.List;

/**
 * A compiled-once program over rows. Called as {@code kernel(args, begin, end)}: runs {@code body}
 * for every row in [begin, end), rows being independent of each other. The argument block is an
 * array of 8-byte slots: the buffers' addresses, then the parameters (F32 in the low 4 bytes, I32
 * and BOOL sign-extended), then the address of the error slot.
 *
 * <p>The error slot is four longs: {@link ErrorCode} ordinal (0: none), row, reported value,
 * unused.
 *
 * @param name a readable name, for profiles and generated code
 * @param buffers element types of the buffers and how they are used
 * @param params types of the scalar parameters
 * @param row the row's variable, of type I64
 * @param vectorRows whether rows themselves are to be vectorised (elementwise kernels, where a row
 *     is an element)
 * @param body statements of one row
 */
public record Kernel(
    String name,
    List<Buffer> buffers,
    List<Type> params,
    Expr.Var row,
    boolean vectorRows,
    List<Stmt> body) {

  /** Accumulators of a reduction block. */
  public static final int LANES = 32;

  /** Elements of a reduction block. */
  public static final int BLOCK = 4096;

  /** Bytes of the error slot. */
  public static final int ERROR_SLOT_BYTES = 32;

  /** A buffer argument. Buffers of one launch may alias only at equal addresses and indices. */
  public record Buffer(Type type, Access access) {}

  public enum Access {
    READ,
    WRITE,
    READ_WRITE
  }

  /** Slot of the error pointer in the argument block. */
  public int errorSlot() {
    return buffers.size() + params.size();
  }

  /** Bytes of the argument block. */
  public int argumentBytes() {
    return 8 * (errorSlot() + 1);
  }
}
