package io.arclight.tensor;

/**
 * The limits of an integer dtype, as {@code torch.iinfo}.
 *
 * @param bits of an element
 */
public record IntegerInfo(int bits, long min, long max) {

  static IntegerInfo of(DType dtype) {
    if (!dtype.isInteger()) {
      throw new DTypeException("iinfo: " + dtype + " is not an integer dtype: use finfo()");
    }
    int bits = 8 * dtype.bytes();
    return dtype == DType.UINT8
        ? new IntegerInfo(bits, 0, 255)
        : new IntegerInfo(bits, Long.MIN_VALUE >> (64 - bits), Long.MAX_VALUE >> (64 - bits));
  }
}
