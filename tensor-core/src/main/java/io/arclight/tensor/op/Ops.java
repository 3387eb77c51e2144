package io.arclight.tensor.op;

import java.util.ArrayList;
import java.util.List;

/**
 * The table of operations, in the order of the documentation. A line says where an operation is
 * declared; its samples stand there.
 */
public final class Ops {
  private Ops() {}

  /** Every operation, with the samples its tests are generated from. */
  public static List<OpInfo> all() {
    List<OpInfo> all = new ArrayList<>();
    for (Pointwise p : Pointwise.values()) {
      all.add(PointwiseSamples.info(p));
    }
    for (ReduceOp.Kind kind : ReduceOp.Kind.values()) {
      all.add(ReduceOp.info(kind));
    }
    all.addAll(SoftmaxOp.infos());
    all.addAll(CumSumOp.infos());
    all.add(CrossEntropyOp.info());
    all.add(LayerNormOp.info());

    all.add(MatMulOp.info());
    all.add(LinearOp.info());

    all.addAll(IndexOp.infos());
    all.addAll(IndexPutOp.infos());
    all.add(GatherOp.info());
    all.addAll(ScatterOp.infos());
    all.add(OneHotOp.info());
    all.add(CatOp.info());
    all.add(PadOp.info());

    all.addAll(ViewOp.infos());
    all.add(DiagonalOp.info());
    all.add(UnfoldOp.info());
    all.add(AsStridedOp.info());
    all.add(ReinterpretOp.info());
    all.addAll(ComplexViewOp.infos());
    all.addAll(ViewScatterOp.infos());
    all.add(FlipOp.info());
    all.add(ConvertOp.info());
    return all;
  }
}
