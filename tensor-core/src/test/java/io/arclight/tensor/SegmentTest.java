package io.arclight.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.tensor.cpu.Workers;
import io.arclight.tensor.ir.CompiledKernel;
import io.arclight.tensor.ir.ErrorCode;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Exprs;
import io.arclight.tensor.ir.Interpreter;
import io.arclight.tensor.ir.Kernel;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import io.arclight.tensor.memory.Scope;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many launches of a kernel as one. */
@Timeout(60)
class SegmentTest {
  /** Empty ones, small ones, and enough for threads. */
  private static final long[] SIZES = {0, 3, 0, 1, 40_001, 70, 0, 100_003, 5, 0};

  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    Workers.threads(0);
    scope.close();
  }

  /** x[row] = x[row] * param + row, an error where the row is over a second parameter. */
  private static Kernel kernel() {
    Expr.Var row = new Expr.Var("row", Type.I64);
    Expr value =
        Exprs.add(
            Exprs.mul(Exprs.load(0, row, Type.F64), new Expr.Param(0, Type.F64)),
            Exprs.cast(Type.F64, row));
    Expr ok = Exprs.le(row, new Expr.Param(1, Type.I64));
    Expr checked =
        new Expr.Check(ok, ErrorCode.INDEX_OUT_OF_RANGE, row, value, Exprs.constant(Type.F64, 0));
    return new Kernel(
        "segments",
        List.of(new Kernel.Buffer(Type.F64, Kernel.Access.READ_WRITE)),
        List.of(Type.F64, Type.I64),
        row,
        true,
        List.of(new Stmt.Store(0, row, checked)));
  }

  private static List<Segment> segments(Device device, long last) {
    List<Segment> out = new ArrayList<>();
    for (int i = 0; i < SIZES.length; i++) {
      Tensor x = Tensor.full(Shape.of(SIZES[i]), i, DType.FLOAT64, device);
      long[] params = {Double.doubleToRawLongBits(i + 0.5), last};
      out.add(new Segment(SIZES[i], new Tensor[] {x}, params));
    }
    return out;
  }

  private static void check(List<Segment> segments) {
    for (int i = 0; i < SIZES.length; i++) {
      double[] x = segments.get(i).buffers()[0].toDoubles();
      for (int row = 0; row < x.length; row++) {
        assertThat(x[row]).as("%d of segment %d", row, i).isEqualTo(i * (i + 0.5) + row);
      }
    }
  }

  @Test
  void everyRowOfEverySegmentRunsOnce() {
    Executable executable = new Executable(kernel());
    for (int threads : new int[] {1, 2, 5}) {
      Workers.threads(threads);
      List<Segment> segments = segments(Device.CPU, Long.MAX_VALUE);
      executable.launchAll("test", 1, segments);
      check(segments);
    }
    List<Segment> queued = segments(Device.QUEUE, Long.MAX_VALUE);
    executable.launchAll("test", 1, queued);
    check(queued);
    executable.launchAll("test", 1, List.of());
  }

  @Test
  void theInterpreterRunsTheSameTable() {
    List<Segment> segments = segments(Device.CPU, Long.MAX_VALUE);
    CompiledKernel interpreted = Interpreter.compile(kernel());
    try (SegmentTable table =
        SegmentTable.of(segments, (s, b) -> segments.get(s).buffers()[b].address())) {
      long rows = table.rows();
      for (long begin = 0; begin < rows; begin += 30_000) {
        interpreted.runAll(table.address(), begin, Math.min(rows, begin + 30_000));
      }
    }
    check(segments);
  }

  @Test
  void aBadRowOfAnySegmentIsRaised() {
    Executable executable = new Executable(kernel());
    for (Device device : List.of(Device.CPU, Device.QUEUE)) {
      assertThatThrownBy(
              () -> {
                executable.launchAll("test", 1, segments(device, 100_001));
                Backend.of(device).synchronize();
              })
          .isInstanceOf(DataException.class)
          .hasMessageContaining("test: index 100002 is out of range");
    }
  }
}
