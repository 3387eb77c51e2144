package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.ALL;
import static io.arclight.tensor.op.DTypes.andComplex;

import io.arclight.tensor.Dim;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import java.util.List;

/** What the plain views are tested with. */
final class ViewSamples {
  private ViewSamples() {}

  static List<OpInfo> infos() {
    return List.of(
        new OpInfo(
            "view",
            andComplex(ALL),
            in ->
                List.of(
                    Sample.of(new ViewOp.View(Shape.of(6, 2)), in.any(3, 4)).peer("x0.view(6, 2)"),
                    Sample.of(new ViewOp.View(Shape.of(2, 1, 2, 2)), in.any(4, 4).slice(0, 0, 2))
                        .peer("x0.view(2, 1, 2, 2)")),
            in ->
                List.of(
                    ErrorSample.of(
                        new ViewOp.View(Shape.of(12)),
                        ShapeException.class,
                        "without copying",
                        in.transposed(3, 4)))),
        OpInfo.of(
            "permute",
            andComplex(ALL),
            in ->
                List.of(
                    Sample.of(new ViewOp.Permute(Dim.of(2, 0, 1)), in.any(2, 3, 4))
                        .peer("x0.permute(2, 0, 1)"))),
        new OpInfo(
            "expand",
            andComplex(ALL),
            in ->
                List.of(
                    Sample.of(new ViewOp.Expand(Shape.of(2, 3, 4)), in.any(3, 1))
                        .peer("x0.expand(2, 3, 4)"),
                    Sample.of(new ViewOp.Expand(Shape.of(3)), in.any()).peer("x0.expand(3)")),
            in ->
                List.of(
                    ErrorSample.of(
                        new ViewOp.Expand(Shape.of(2, 3)),
                        ShapeException.class,
                        "does not broadcast",
                        in.any(2, 2)))),
        new OpInfo(
            "select",
            andComplex(ALL),
            in ->
                List.of(Sample.of(new ViewOp.Select(1, -1), in.any(2, 3)).peer("x0.select(1, -1)")),
            in ->
                List.of(
                    ErrorSample.of(
                        new ViewOp.Select(0, 2),
                        ShapeException.class,
                        "out of range",
                        in.any(2, 3)))),
        new OpInfo(
            "slice",
            andComplex(ALL),
            in ->
                List.of(
                    Sample.of(new ViewOp.Slice(0, 1, 6, 2), in.any(7, 2)).peer("x0[1:6:2]"),
                    Sample.of(new ViewOp.Slice(0, -3, 99, 1), in.any(7, 2)).peer("x0[-3:99]"),
                    Sample.of(new ViewOp.Slice(1, 2, -9, 1), in.any(2, 3)).peer("x0[:, 2:-9]")),
            in ->
                List.of(
                    ErrorSample.of(
                        new ViewOp.Slice(0, 0, 2, -1),
                        ShapeException.class,
                        "step must be positive",
                        in.any(2, 3)))));
  }
}
