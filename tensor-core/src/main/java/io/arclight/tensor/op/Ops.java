package io.arclight.tensor.op;

import static io.arclight.tensor.DType.BOOL;
import static io.arclight.tensor.DType.FLOAT32;
import static io.arclight.tensor.DType.FLOAT64;
import static io.arclight.tensor.DType.INT64;
import static io.arclight.tensor.op.Pointwise.*;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.DataException;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** The table of operations. */
public final class Ops {
  private static final Set<DType> FLOATS = EnumSet.of(FLOAT32, FLOAT64);
  private static final Set<DType> ALL = EnumSet.allOf(DType.class);
  private static final Set<DType> NUMBERS = EnumSet.complementOf(EnumSet.of(BOOL));
  private static final Set<DType> MATRIX = EnumSet.of(FLOAT32, FLOAT64, INT64, DType.INT32);

  private Ops() {}

  /** Every operation, with the samples its tests are generated from. */
  public static List<OpInfo> all() {
    List<OpInfo> all = new ArrayList<>();
    for (Pointwise p : Pointwise.values()) {
      all.add(pointwise(p));
    }
    for (ReduceOp.Kind kind : ReduceOp.Kind.values()) {
      all.add(reduction(kind));
    }
    rows(all);
    matrices(all);
    indexing(all);
    views(all);
    return all;
  }

  private static OpInfo info(
      String name, Set<DType> dtypes, Function<SampleInputs, List<Sample>> samples) {
    return new OpInfo(name, dtypes, samples, in -> List.of());
  }

  private static OpInfo pointwise(Pointwise p) {
    Set<DType> dtypes =
        switch (p.rule()) {
          case FLOAT -> FLOATS;
          case BOOL -> ALL;
          case FIRST -> p == MASKED_SCALE ? FLOATS : ALL;
          case SAME -> p == WHERE || p == SECOND ? ALL : p == POW ? FLOATS : NUMBERS;
        };
    return new OpInfo(p.label(), dtypes, in -> samples(p, in), in -> errors(p, in));
  }

  private static Tensor operand(Pointwise p, SampleInputs in, long... shape) {
    return switch (p) {
      case SQRT, RSQRT, RECIPROCAL, LOG, LOG1P, POW, DIV, FLOOR_DIVIDE, REMAINDER ->
          in.positive(shape);
      default -> in.any(shape);
    };
  }

  private static List<Sample> samples(Pointwise p, SampleInputs in) {
    List<Sample> out = new ArrayList<>();
    switch (p) {
      case WHERE -> {
        out.add(Sample.of(p, in.mask(4, 5), in.any(4, 5), in.any(4, 5)));
        out.add(Sample.of(p, in.mask(5), in.any(4, 1), in.any()));
        out.add(Sample.of(p, in.mask(0), in.any(0), in.any(0)));
      }
      case MASKED_FILL, MASKED_SCALE -> {
        out.add(Sample.of(p.with(null, null, 2), in.any(4, 5), in.mask(4, 5)));
        out.add(Sample.of(p.with(null, null, 2), in.any(4, 5), in.mask(5)));
      }
      case CLAMP -> out.add(Sample.of(p.with(null, -1, 1), in.any(3, 7)));
      case LEAKY_RELU -> out.add(Sample.of(p.with(null, 0.1), in.any(3, 7)));
      case ELU -> out.add(Sample.of(p.with(null, 1.5), in.any(3, 7)));
      case ADDCMUL, ADDCDIV ->
          out.add(
              Sample.of(p.with(null, null, null, 2), in.any(3, 7), in.any(3, 7), in.positive(7)));
      default -> {
        Tensor[] same = new Tensor[p.arity()];
        Tensor[] broadcast = new Tensor[p.arity()];
        Tensor[] empty = new Tensor[p.arity()];
        Tensor[] scalar = new Tensor[p.arity()];
        for (int i = 0; i < p.arity(); i++) {
          same[i] = operand(p, in, 3, 37);
          broadcast[i] = operand(p, in, i % 2 == 0 ? new long[] {4, 1, 3} : new long[] {5, 1});
          empty[i] = operand(p, in, 0, 3);
          scalar[i] = operand(p, in);
        }
        out.add(Sample.of(p, same));
        out.add(Sample.of(p, broadcast));
        out.add(Sample.of(p, empty));
        out.add(Sample.of(p, scalar));
        if (p.arity() == 2) {
          out.add(Sample.of(p.with(null, 2), operand(p, in, 9)));
          out.add(Sample.of(p.with(3, null), operand(p, in, 9)));
        }
      }
    }
    return out;
  }

  private static List<ErrorSample> errors(Pointwise p, SampleInputs in) {
    List<ErrorSample> out = new ArrayList<>();
    if (p.arity() == 2) {
      out.add(
          ErrorSample.of(p, ShapeException.class, "do not broadcast", in.any(2, 3), in.any(2, 4)));
    }
    if (p == WHERE) {
      Tensor x = new SampleInputs(INT64, in.any().device()).any(3);
      out.add(ErrorSample.of(p, DTypeException.class, "must be bool", x, x, x));
    }
    if ((p == FLOOR_DIVIDE || p == REMAINDER) && in.dtype().isInteger()) {
      out.add(
          ErrorSample.of(p.with(null, 0), DataException.class, "division by zero", in.positive(3)));
    }
    return out;
  }

  private static OpInfo reduction(ReduceOp.Kind kind) {
    Set<DType> dtypes = kind.floatsOnly() ? FLOATS : ALL;
    return new OpInfo(
        kind.name().toLowerCase(java.util.Locale.ROOT),
        dtypes,
        in -> {
          List<Sample> out = new ArrayList<>();
          for (Dim.Keep keep : Dim.Keep.values()) {
            out.add(Sample.of(new ReduceOp(kind, Dim.of(1), keep), in.any(4, 5)));
            out.add(Sample.of(new ReduceOp(kind, Dim.of(0), keep), in.any(4, 5)));
          }
          out.add(Sample.of(new ReduceOp(kind, Dim.of(-1), Dim.Keep.DROP), in.transposed(6, 33)));
          out.add(Sample.of(new ReduceOp(kind, Dim.of(1), Dim.Keep.DROP), in.any(3, 4, 2)));
          if (kind != ReduceOp.Kind.ARGMAX && kind != ReduceOp.Kind.ARGMIN) {
            out.add(Sample.of(new ReduceOp(kind, Dim.ALL, Dim.Keep.DROP), in.any(3, 4)));
            out.add(Sample.of(new ReduceOp(kind, Dim.of(0, 2), Dim.Keep.KEEP), in.any(3, 4, 2)));
          }
          if (!kind.needsElements()) {
            out.add(Sample.of(new ReduceOp(kind, Dim.of(0), Dim.Keep.DROP), in.any(3, 0)));
          }
          return out;
        },
        in -> {
          List<ErrorSample> out = new ArrayList<>();
          out.add(
              ErrorSample.of(
                  new ReduceOp(kind, Dim.of(2), Dim.Keep.DROP),
                  ShapeException.class,
                  "out of range",
                  in.any(2, 2)));
          if (kind.needsElements()) {
            out.add(
                ErrorSample.of(
                    new ReduceOp(kind, Dim.of(1), Dim.Keep.DROP),
                    ShapeException.class,
                    "no elements",
                    in.any(2, 0)));
          }
          return out;
        });
  }

  private static void rows(List<OpInfo> all) {
    for (SoftmaxOp.Kind kind : SoftmaxOp.Kind.values()) {
      all.add(
          info(
              kind.name().toLowerCase(java.util.Locale.ROOT),
              FLOATS,
              in ->
                  List.of(
                      Sample.of(new SoftmaxOp(1, kind), in.any(3, 40)),
                      Sample.of(new SoftmaxOp(0, kind), in.any(3, 4)),
                      Sample.of(new SoftmaxOp(-1, kind), in.transposed(3, 4)),
                      Sample.of(new SoftmaxOp(1, kind), in.any(0, 4)))));
    }
    for (CumSumOp.Direction d : CumSumOp.Direction.values()) {
      all.add(
          info(
              "cumsum_" + d.name().toLowerCase(java.util.Locale.ROOT),
              ALL,
              in ->
                  List.of(
                      Sample.of(new CumSumOp(1, d), in.any(3, 7)),
                      Sample.of(new CumSumOp(0, d), in.any(3, 4, 2)),
                      Sample.of(new CumSumOp(1, d), in.any(3, 0)))));
    }
    all.add(
        new OpInfo(
            "cross_entropy",
            FLOATS,
            in -> List.of(Sample.of(new CrossEntropyOp(), in.any(6, 5), in.indices(5, 6))),
            in ->
                List.of(
                    ErrorSample.of(
                        new CrossEntropyOp(),
                        DataException.class,
                        "is not a class",
                        in.any(2, 3),
                        Tensor.of(0L, 3L).to(in.any().device())),
                    ErrorSample.of(
                        new CrossEntropyOp(),
                        ShapeException.class,
                        "expects logits",
                        in.any(2, 3),
                        in.indices(3, 4)))));
    all.add(
        new OpInfo(
            "layer_norm",
            FLOATS,
            in ->
                List.of(
                    Sample.of(new LayerNormOp(1e-5), in.any(3, 8), in.any(8), in.any(8)),
                    Sample.of(new LayerNormOp(1e-5), in.any(2, 3, 4), in.any(4), in.any(4))),
            in ->
                List.of(
                    ErrorSample.of(
                        new LayerNormOp(1e-5),
                        ShapeException.class,
                        "must have the shape",
                        in.any(3, 8),
                        in.any(7),
                        in.any(8)))));
  }

  private static void matrices(List<OpInfo> all) {
    all.add(
        new OpInfo(
            "matmul",
            MATRIX,
            in ->
                List.of(
                    Sample.of(new MatMulOp(), in.any(3, 4), in.any(4, 5)),
                    Sample.of(new MatMulOp(), in.transposed(3, 4), in.strided(4, 5)),
                    Sample.of(new MatMulOp(), in.any(2, 3, 4), in.any(2, 4, 5)),
                    Sample.of(new MatMulOp(), in.any(1, 4), in.any(4, 1)),
                    Sample.of(new MatMulOp(), in.any(0, 4), in.any(4, 2))),
            in ->
                List.of(
                    ErrorSample.of(
                        new MatMulOp(),
                        ShapeException.class,
                        "do not multiply",
                        in.any(2, 3),
                        in.any(2, 3)))));
    all.add(
        new OpInfo(
            "linear",
            FLOATS,
            in ->
                List.of(
                    Sample.of(new LinearOp(), in.any(3, 4), in.any(5, 4), in.any(5)),
                    Sample.of(new LinearOp(), in.transposed(3, 4), in.transposed(5, 4), in.any(5))),
            in ->
                List.of(
                    ErrorSample.of(
                        new LinearOp(),
                        ShapeException.class,
                        "does not fit weight",
                        in.any(3, 4),
                        in.any(5, 3),
                        in.any(5)))));
  }

  private static void indexing(List<OpInfo> all) {
    all.add(
        new OpInfo(
            "index_select",
            ALL,
            in ->
                List.of(
                    Sample.of(new IndexSelectOp(0), in.any(4, 3), in.indices(4, 6)),
                    Sample.of(new IndexSelectOp(1), in.any(2, 4, 3), in.indices(4, 5)),
                    Sample.of(new IndexSelectOp(1), in.transposed(3, 4), in.indices(4, 2))),
            in ->
                List.of(
                    ErrorSample.of(
                        new IndexSelectOp(0),
                        DataException.class,
                        "index 4 is out of range",
                        in.any(4, 3),
                        in.index(4, 1)),
                    ErrorSample.of(
                        new IndexSelectOp(0),
                        DataException.class,
                        "index -1 is out of range",
                        in.any(4, 3),
                        in.index(-1, 1)))));
    all.add(
        new OpInfo(
            "index_add",
            NUMBERS,
            in ->
                List.of(Sample.of(new IndexAddOp(0), in.any(4, 3), in.indices(4, 6), in.any(6, 3))),
            in ->
                List.of(
                    ErrorSample.of(
                        new IndexAddOp(0),
                        DataException.class,
                        "index -1 is out of range",
                        in.any(4, 3),
                        in.index(-1, 1),
                        in.any(1, 3)))));
    all.add(
        new OpInfo(
            "gather",
            ALL,
            in ->
                List.of(
                    Sample.of(new GatherOp(0), in.any(4, 3), in.indices(4, 2, 3)),
                    Sample.of(new GatherOp(1), in.any(4, 3), in.indices(3, 2, 5))),
            in ->
                List.of(
                    ErrorSample.of(
                        new GatherOp(0),
                        ShapeException.class,
                        "must have 2 dimensions",
                        in.any(4, 3),
                        in.indices(2, 3)),
                    ErrorSample.of(
                        new GatherOp(0),
                        DataException.class,
                        "index -1 is out of range",
                        in.any(4, 3),
                        in.index(-1, 1, 1)))));
    all.add(
        new OpInfo(
            "scatter_add",
            NUMBERS,
            in ->
                List.of(
                    Sample.of(new ScatterAddOp(0), in.any(4, 3), in.indices(4, 6, 3), in.any(6, 3)),
                    Sample.of(
                        new ScatterAddOp(1), in.any(4, 3), in.indices(3, 2, 5), in.any(2, 5))),
            in ->
                List.of(
                    ErrorSample.of(
                        new ScatterAddOp(0),
                        DataException.class,
                        "index 4 is out of range",
                        in.any(4, 3),
                        in.index(4, 1, 1),
                        in.any(1, 1)))));
    all.add(
        new OpInfo(
            "one_hot",
            EnumSet.of(INT64, DType.INT32),
            in -> List.of(Sample.of(new OneHotOp(9), in.range(0, 9, 2, 3))),
            in ->
                List.of(
                    ErrorSample.of(
                        new OneHotOp(2), DataException.class, "not a class", in.range(5, 6, 2)))));
    all.add(
        new OpInfo(
            "cat",
            ALL,
            in ->
                List.of(
                    Sample.of(new CatOp(0), in.any(2, 3), in.any(1, 3), in.any(0, 3)),
                    Sample.of(new CatOp(-1), in.any(2, 3), in.transposed(2, 4))),
            in ->
                List.of(
                    ErrorSample.of(
                        new CatOp(0),
                        ShapeException.class,
                        "does not fit",
                        in.any(2, 3),
                        in.any(2, 4)))));
    all.add(info("pad", ALL, in -> List.of(Sample.of(new PadOp(1, 2, 1, 3), in.any(2, 3)))));
  }

  private static void views(List<OpInfo> all) {
    all.add(
        new OpInfo(
            "view",
            ALL,
            in ->
                List.of(
                    Sample.of(new ViewOp.View(Shape.of(6, 2)), in.any(3, 4)),
                    Sample.of(new ViewOp.View(Shape.of(2, 1, 2, 2)), in.any(4, 4).slice(0, 0, 2))),
            in ->
                List.of(
                    ErrorSample.of(
                        new ViewOp.View(Shape.of(12)),
                        ShapeException.class,
                        "without copying",
                        in.transposed(3, 4)))));
    all.add(
        info(
            "permute",
            ALL,
            in -> List.of(Sample.of(new ViewOp.Permute(Dim.of(2, 0, 1)), in.any(2, 3, 4)))));
    all.add(
        new OpInfo(
            "expand",
            ALL,
            in -> List.of(Sample.of(new ViewOp.Expand(Shape.of(2, 3, 4)), in.any(3, 1))),
            in ->
                List.of(
                    ErrorSample.of(
                        new ViewOp.Expand(Shape.of(2, 3)),
                        ShapeException.class,
                        "does not broadcast",
                        in.any(2, 2)))));
    all.add(
        new OpInfo(
            "select",
            ALL,
            in -> List.of(Sample.of(new ViewOp.Select(1, -1), in.any(2, 3))),
            in ->
                List.of(
                    ErrorSample.of(
                        new ViewOp.Select(0, 2),
                        ShapeException.class,
                        "out of range",
                        in.any(2, 3)))));
    all.add(
        info(
            "slice",
            ALL,
            in ->
                List.of(
                    Sample.of(new ViewOp.Slice(0, 1, 6, 2), in.any(7, 2)),
                    Sample.of(new ViewOp.Slice(0, -3, 99, 1), in.any(7, 2)))));
    all.add(
        info(
            "convert",
            ALL,
            in ->
                List.of(
                    Sample.of(ConvertOp.copy(FLOAT64, null), in.any(3, 4)),
                    Sample.of(ConvertOp.copy(in.dtype(), null), in.transposed(3, 4)))));
  }
}
