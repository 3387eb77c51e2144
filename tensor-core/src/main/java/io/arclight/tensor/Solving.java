package io.arclight.tensor;

import io.arclight.tensor.op.Check;
import io.arclight.tensor.op.LuSolveOp;
import io.arclight.tensor.op.PinvOp;
import io.arclight.tensor.op.PivotsOp;
import io.arclight.tensor.op.SolveOp;
import java.util.Arrays;
import java.util.stream.IntStream;

/** What solves systems by operations of one form: broadcasting, vectors, sides. */
final class Solving {
  private Solving() {}

  static Tensor adjoint(Tensor t) {
    return conj(t.transpose(-2, -1));
  }

  static Tensor conj(Tensor t) {
    return t.conj();
  }

  static Tensor identityLike(Tensor a) {
    requireSquare("choleskyInverse", a);
    return identity(a).expand(a.shape());
  }

  private static Tensor identity(Tensor a) {
    return Tensor.eye(a.dim(-1)).to(a.dtype()).to(a.device());
  }

  static void requireSquare(String op, Tensor a) {
    if (a.rank() < 2 || a.dim(-1) != a.dim(-2)) {
      throw new ShapeException(op + ": needs square matrices, [..., n, n], got shape " + a.shape());
    }
  }

  static Shape batch(Tensor t, int core) {
    return Shape.of(Arrays.copyOf(t.shape().toArray(), t.rank() - core));
  }

  static Tensor expand(Tensor t, Shape batch, int core) {
    long[] dims = Arrays.copyOf(batch.toArray(), batch.rank() + core);
    for (int i = 0; i < core; i++) {
      dims[batch.rank() + i] = t.dim(t.rank() - core + i);
    }
    return t.expand(Shape.of(dims));
  }

  /** Both with the dimensions before the last two that they broadcast to. */
  static Tensor[] broadcast(String op, Tensor a, Tensor b) {
    if (a.rank() < 2 || b.rank() < 2) {
      throw new ShapeException(
          op
              + ": needs matrices, [..., n, n] and [..., n, k], got "
              + a.shape()
              + " and "
              + b.shape());
    }
    Shape batch = Shape.broadcast(batch(a, 2), batch(b, 2));
    return new Tensor[] {expand(a, batch, 2), expand(b, batch, 2)};
  }

  /** Whether {@code b} is vectors to {@code a}, by PyTorch's rule. */
  static boolean vectors(Tensor a, Tensor b) {
    return b.rank() == 1
        || a.rank() - 1 == b.rank()
            && b.shape().equals(Shape.of(Arrays.copyOf(a.shape().toArray(), b.rank())));
  }

  /** The answer, and info. */
  static Tensor[] solve(Tensor a, Tensor b, Side side, Check check) {
    requireSquare("solve", a);
    boolean vectors = vectors(a, b);
    if (vectors && side == Side.RIGHT) {
      throw new ShapeException(
          "solve: X A = B needs matrices, got a right side of shape " + b.shape());
    }
    Tensor right = vectors ? b.unsqueeze(-1) : b;
    boolean left = side == Side.LEFT;
    Tensor[] pair =
        broadcast("solve", left ? a : a.transpose(-2, -1), left ? right : right.transpose(-2, -1));
    Tensor[] out = Tensor.applyAll(new SolveOp(check), pair);
    Tensor x = left ? out[0] : out[0].transpose(-2, -1);
    return new Tensor[] {vectors ? x.select(-1, 0) : x, out[3]};
  }

  static Tensor luSolve(Tensor lu, Tensor pivots, Tensor b, Side side, Transposition turn) {
    if (side == Side.RIGHT) {
      // X A = B is A^H X^H = B^H.
      Transposition other =
          turn == Transposition.PLAIN ? Transposition.ADJOINT : Transposition.PLAIN;
      return adjoint(luSolve(lu, pivots, adjoint(b), Side.LEFT, other));
    }
    Tensor[] pair = broadcast("luSolve", lu, b);
    Tensor rows = expand(pivots, batch(pair[0], 2), 1);
    return Tensor.apply(new LuSolveOp(turn), pair[0], rows, pair[1]);
  }

  static Linalg.Lu luUnpack(Tensor lu, Tensor pivots) {
    long m = lu.dim(-2);
    long n = lu.dim(-1);
    long k = Math.min(m, n);
    Tensor eye = Tensor.eye(m).to(lu.dtype()).to(lu.device()).narrow(1, 0, k);
    return new Linalg.Lu(
        Tensor.apply(new PivotsOp(m, lu.dtype()), pivots),
        lu.narrow(-1, 0, k).tril(-1).add(eye),
        lu.narrow(-2, 0, k).triu());
  }

  /** The Hermitian matrix of which one half is known. */
  static Tensor hermitian(Tensor a) {
    return a.tril().add(adjoint(a.tril(-1)));
  }

  static Tensor pinv(Tensor a, double absolute, double relative, Symmetry symmetry) {
    Tensor whole = symmetry == Symmetry.HERMITIAN ? hermitian(a) : a;
    return Tensor.apply(new PinvOp(absolute, relative), whole);
  }

  static Tensor matrixPower(Tensor a, long n) {
    requireSquare("matrixPower", a);
    if (n == 0) {
      return identity(a).expand(a.shape()).copy();
    }
    Tensor base = n < 0 ? Linalg.inv(a) : a;
    Tensor power = null;
    for (long rest = Math.absExact(n); rest > 0; rest >>= 1) {
      if ((rest & 1) == 1) {
        power = power == null ? base : power.matmul(base);
      }
      if (rest > 1) {
        base = base.matmul(base);
      }
    }
    return power == a ? a.copy() : power;
  }

  static Tensor tensorinv(Tensor a, int rows) {
    if (rows <= 0 || rows >= a.rank()) {
      throw new ShapeException(
          "tensorinv: rows must be from 1 to " + (a.rank() - 1) + ", got " + rows);
    }
    long[] dims = a.shape().toArray();
    long n = product(dims, 0, rows);
    long m = product(dims, rows, dims.length);
    if (n != m) {
      throw new ShapeException(
          "tensorinv: the first "
              + rows
              + " dimensions of shape "
              + a.shape()
              + " have "
              + n
              + " elements and the others "
              + m
              + ": they must have as many");
    }
    long[] out = new long[dims.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = dims[(i + rows) % out.length];
    }
    return Linalg.inv(a.reshape(Shape.of(n, n))).reshape(Shape.of(out));
  }

  private static long product(long[] dims, int from, int to) {
    return Arrays.stream(dims, from, to).reduce(1, (x, y) -> x * y);
  }

  static Tensor tensorsolve(Tensor a, Tensor b, int[] dims) {
    int[] moved = Arrays.stream(dims).map(a.shape()::wrap).toArray();
    int[] kept =
        IntStream.range(0, a.rank())
            .filter(i -> Arrays.stream(moved).noneMatch(d -> d == i))
            .toArray();
    Tensor turned =
        moved.length == 0
            ? a
            : a.permute(IntStream.concat(Arrays.stream(kept), Arrays.stream(moved)).toArray());
    long[] out =
        Arrays.copyOfRange(turned.shape().toArray(), Math.min(b.rank(), a.rank()), a.rank());
    long n = product(out, 0, out.length);
    boolean fits =
        n == b.elements()
            && Shape.of(Arrays.copyOf(turned.shape().toArray(), a.rank() - out.length))
                .equals(b.shape());
    if (!fits) {
      throw new ShapeException(
          "tensorsolve: a tensor of shape "
              + turned.shape()
              + " does not map onto the right side's shape "
              + b.shape()
              + ": its first dimensions must be those, its others have as many elements");
    }
    Tensor matrix = turned.reshape(Shape.of(n, n));
    return Linalg.solve(matrix, b.reshape(Shape.of(n))).reshape(Shape.of(out));
  }
}
