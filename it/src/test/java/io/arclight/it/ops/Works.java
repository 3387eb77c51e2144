package io.arclight.it.ops;

import static io.arclight.tensor.Dim.Keep.DROP;

import io.arclight.it.ops.Work.Input;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Order;
import java.util.List;
import java.util.function.Function;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** The functions that {@code OpsBenchmark} times, by family. */
final class Works {
  private Works() {}

  private static final Function<Integer, List<Input>> ONE = n -> List.of(Input.floats(n));
  private static final Function<Integer, List<Input>> TWO =
      n -> List.of(Input.floats(n), Input.floats(n));
  private static final Function<Integer, List<Input>> ROWS =
      n -> List.of(Input.floats(n / 100, 100));

  static List<Work> all() {
    return List.of(
        new Work(
            "pointwise",
            "add",
            TWO,
            x -> x[0].add(x[1]),
            x -> x[0].add(x[1]),
            x -> torch.add_out(x[2], x[0], x[1]),
            "torch.add(x0, x1)",
            "torch.add(x0, x1, out=o)"),
        new Work(
            "pointwise",
            "exp",
            ONE,
            x -> x[0].exp(),
            x -> x[0].exp(),
            x -> torch.exp_out(x[1], x[0]),
            "torch.exp(x0)",
            "torch.exp(x0, out=o)"),
        new Work(
            "pointwise",
            "tanh",
            ONE,
            x -> x[0].tanh(),
            x -> x[0].tanh(),
            x -> torch.tanh_out(x[1], x[0]),
            "torch.tanh(x0)",
            "torch.tanh(x0, out=o)"),
        new Work(
            "pointwise",
            "gelu",
            ONE,
            x -> x[0].gelu(),
            x -> torch.gelu(x[0]),
            x -> torch.gelu_out(x[1], x[0]),
            "torch.nn.functional.gelu(x0)",
            null),
        new Work(
            "reduction", "sum", ONE, x -> x[0].sum(), x -> x[0].sum(), null, "torch.sum(x0)", null),
        new Work(
            "reduction",
            "sum of rows",
            ROWS,
            x -> x[0].sum(1),
            x -> x[0].sum(1),
            x -> torch.sum_out(x[1], x[0], 1),
            "torch.sum(x0, 1)",
            "torch.sum(x0, 1, out=o)"),
        new Work(
            "reduction",
            "sum of columns",
            ROWS,
            x -> x[0].sum(0),
            x -> x[0].sum(0),
            x -> torch.sum_out(x[1], x[0], 0),
            "torch.sum(x0, 0)",
            "torch.sum(x0, 0, out=o)"),
        new Work(
            "reduction",
            "amax of rows",
            ROWS,
            x -> x[0].amax(Dim.of(1), DROP),
            x -> torch.amax(x[0], new long[] {1}, false),
            x -> torch.amax_out(x[1], x[0], new long[] {1}, false),
            "torch.amax(x0, 1)",
            "torch.amax(x0, 1, out=o)"),
        new Work(
            "softmax",
            "softmax",
            ROWS,
            x -> x[0].softmax(1),
            x -> torch.softmax(x[0], 1),
            x -> torch.softmax_out(x[1], x[0], 1),
            "torch.softmax(x0, 1)",
            "torch.softmax(x0, 1, out=o)"),
        new Work(
            "softmax",
            "log_softmax",
            ROWS,
            x -> x[0].logSoftmax(1),
            x -> torch.log_softmax(x[0], 1),
            null,
            "torch.log_softmax(x0, 1)",
            null),
        new Work(
            "norm",
            "layer_norm",
            n -> List.of(Input.floats(n / 100, 100), Input.floats(100), Input.floats(100)),
            x -> x[0].layerNorm(x[1], x[2], 1e-5),
            x ->
                torch.layer_norm(
                    x[0],
                    new long[] {100},
                    new TensorOptional(x[1]),
                    new TensorOptional(x[2]),
                    1e-5,
                    false),
            null,
            "torch.nn.functional.layer_norm(x0, [100], x1, x2)",
            null),
        new Work(
            "indexing",
            "index_select",
            n -> List.of(Input.floats(n / 100, 100), new Input(n / 100, n / 100)),
            x -> x[0].indexSelect(0, x[1]),
            x -> x[0].index_select(0, x[1]),
            x -> torch.index_select_out(x[2], x[0], 0, x[1]),
            "torch.index_select(x0, 0, x1)",
            "torch.index_select(x0, 0, x1, out=o)"),
        new Work(
            "indexing",
            "gather",
            n -> List.of(Input.floats(n / 100, 100), new Input(100, n / 100, 100)),
            x -> x[0].gather(1, x[1]),
            x -> x[0].gather(1, x[1]),
            x -> torch.gather_out(x[2], x[0], 1, x[1]),
            "torch.gather(x0, 1, x1)",
            "torch.gather(x0, 1, x1, out=o)"),
        new Work(
            "sort",
            "sort of rows",
            ROWS,
            x -> x[0].sort(1, Order.ASCENDING).values(),
            x -> x[0].sort(1, false).get0(),
            null,
            "torch.sort(x0, 1)[0]",
            null),
        new Work(
            "sort",
            "sort",
            ONE,
            x -> x[0].sort(0, Order.ASCENDING).values(),
            x -> x[0].sort(0, false).get0(),
            null,
            "torch.sort(x0)[0]",
            null),
        new Work(
            "GEMM",
            "matmul",
            n -> {
              long side = Math.round(Math.min(1500, Math.sqrt(n)));
              return List.of(Input.floats(side, side), Input.floats(side, side));
            },
            x -> x[0].matmul(x[1]),
            x -> x[0].matmul(x[1]),
            x -> torch.matmul_out(x[2], x[0], x[1]),
            "torch.matmul(x0, x1)",
            "torch.matmul(x0, x1, out=o)"));
  }
}
