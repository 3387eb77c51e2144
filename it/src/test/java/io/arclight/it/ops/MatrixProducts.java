package io.arclight.it.ops;

import io.arclight.it.ops.Work.Input;
import io.arclight.tensor.Tensor;
import java.util.List;
import java.util.function.Function;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Matrix products by shape; libtorch's are OpenBLAS's, those of PyTorch of pip MKL's. */
final class MatrixProducts {
  private MatrixProducts() {}

  private static Work work(
      String name,
      List<Input> inputs,
      Function<Tensor[], Tensor> arclight,
      Function<org.bytedeco.pytorch.Tensor[], org.bytedeco.pytorch.Tensor> libtorch,
      String python) {
    return new Work("GEMM", name, n -> inputs, arclight, libtorch, null, python, null);
  }

  private static Work product(String name, long[] a, long[] b) {
    return work(
        name,
        List.of(Input.floats(a), Input.floats(b)),
        x -> x[0].matmul(x[1]),
        x -> x[0].matmul(x[1]),
        "torch.matmul(x0, x1)");
  }

  private static Work batch(long batch, long m, long k, long n) {
    return work(
        "bmm " + batch + ": " + m + " x " + k + " x " + n,
        List.of(Input.floats(batch, m, k), Input.floats(batch, k, n)),
        x -> x[0].bmm(x[1]),
        x -> x[0].bmm(x[1]),
        "torch.bmm(x0, x1)");
  }

  private static Work scores(long batch, long length, long width) {
    return work(
        "bmm " + batch + ", second transposed: " + length + " x " + width + " x " + length,
        List.of(Input.floats(batch, length, width), Input.floats(batch, length, width)),
        x -> x[0].bmm(x[1].transpose(1, 2)),
        x -> x[0].bmm(x[1].transpose(1, 2)),
        "torch.bmm(x0, x1.transpose(1, 2))");
  }

  private static Work einsum(String equation, long[] a, long[] b) {
    return work(
        "einsum " + equation + " " + List.of(sizes(a), sizes(b)),
        List.of(Input.floats(a), Input.floats(b)),
        x -> Tensor.einsum(equation, x),
        x -> torch.einsum(equation, new TensorVector(x)),
        "torch.einsum('" + equation + "', x0, x1)");
  }

  private static String sizes(long[] shape) {
    StringBuilder s = new StringBuilder();
    for (long d : shape) {
      s.append(s.length() == 0 ? "" : " x ").append(d);
    }
    return s.toString();
  }

  private static Work leftTransposed(long m, long k, long n) {
    return work(
        "first transposed: " + m + " x " + k + " x " + n,
        List.of(Input.floats(k, m), Input.floats(k, n)),
        x -> x[0].t().matmul(x[1]),
        x -> x[0].t().matmul(x[1]),
        "torch.matmul(x0.t(), x1)");
  }

  private static Work rightTransposed(long m, long k, long n) {
    return work(
        "second transposed: " + m + " x " + k + " x " + n,
        List.of(Input.floats(m, k), Input.floats(n, k)),
        x -> x[0].matmul(x[1].t()),
        x -> x[0].matmul(x[1].t()),
        "torch.matmul(x0, x1.t())");
  }

  /** Columns of a wider matrix, so that rows lie further apart than they are long. */
  private static Work narrowed(long side, long width) {
    return work(
        "columns of " + width + ": " + side + " x " + side + " x " + side,
        List.of(Input.floats(side, width), Input.floats(side, width)),
        x -> x[0].narrow(1, 3, side).matmul(x[1].narrow(1, 5, side)),
        x -> x[0].narrow(1, 3, side).matmul(x[1].narrow(1, 5, side)),
        "torch.matmul(x0.narrow(1, 3, %d), x1.narrow(1, 5, %d))".formatted(side, side));
  }

  /** Every other column: no library takes these. */
  private static Work everyOther(long side) {
    return work(
        "every other column: " + side + " x " + side + " x " + side,
        List.of(Input.floats(side, 2 * side), Input.floats(side, side)),
        x -> x[0].slice(1, 0, 2 * side, 2).matmul(x[1]),
        x ->
            x[0].slice(
                    1,
                    new org.bytedeco.pytorch.LongOptional(0),
                    new org.bytedeco.pytorch.LongOptional(2 * side),
                    2)
                .matmul(x[1]),
        "torch.matmul(x0[:, ::2], x1)");
  }

  static List<Work> all() {
    return List.of(
        batch(64, 16, 16, 16),
        batch(64, 32, 32, 32),
        batch(64, 64, 64, 64),
        batch(64, 128, 128, 128),
        batch(8, 128, 128, 128),
        batch(64, 128, 128, 32),
        scores(64, 128, 32),
        einsum("ij,jk->ik", new long[] {128, 128}, new long[] {128, 128}),
        einsum("bij,bjk->bik", new long[] {64, 64, 64}, new long[] {64, 64, 64}),
        einsum("bhid,bhjd->bhij", new long[] {8, 8, 128, 32}, new long[] {8, 8, 128, 32}),
        einsum("bhij,bhjd->bhid", new long[] {8, 8, 128, 128}, new long[] {8, 8, 128, 32}),
        product("matrix by vector 1000 x 1000", new long[] {1000, 1000}, new long[] {1000}),
        product("vector by matrix 1000 x 1000", new long[] {1000}, new long[] {1000, 1000}),
        product("100000 x 16 x 16", new long[] {100_000, 16}, new long[] {16, 16}),
        product("10000 x 64 x 10", new long[] {10_000, 64}, new long[] {64, 10}),
        product("16 x 10000 x 16", new long[] {16, 10_000}, new long[] {10_000, 16}),
        product("257 x 129 x 65", new long[] {257, 129}, new long[] {129, 65}),
        product("512 x 512 x 512", new long[] {512, 512}, new long[] {512, 512}),
        leftTransposed(512, 512, 512),
        rightTransposed(512, 512, 512),
        rightTransposed(64, 784, 128),
        narrowed(256, 301),
        everyOther(256));
  }
}
