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
    all.addAll(ComposedPointwise.infos());
    all.addAll(ReductionSamples.infos());
    all.addAll(SoftmaxOp.infos());
    all.addAll(ScanSamples.infos());
    all.addAll(OrderSamples.infos());
    all.add(SearchSortedOp.info());
    all.add(CountOp.info());
    all.addAll(StatisticsSamples.infos());
    all.add(RecurrenceOp.info());
    all.addAll(RecurrentSamples.infos());
    all.add(LossOp.info());
    all.add(CrossEntropyOp.info());
    all.add(ProbabilityCrossEntropyOp.info());
    all.addAll(CtcLossOp.infos());
    all.add(LayerNormOp.info());
    all.addAll(ConvolutionSamples.infos());
    all.add(Im2ColOp.info());
    all.add(Col2ImOp.info());
    all.add(RmsNormOp.info());
    all.add(BatchNormOp.info());
    all.add(GroupNormOp.info());
    all.add(ChannelAffineOp.info());
    all.add(MaxPoolOp.info());
    all.add(AvgPoolOp.info());
    all.add(AdaptiveMaxPoolOp.info());
    all.add(AdaptiveAvgPoolOp.info());
    all.add(FractionalMaxPoolOp.info());
    all.add(ResampleOp.info());
    all.add(ResidualLinearOp.info());
    all.add(AttentionOp.info());
    all.add(PackedAttentionOp.info());
    all.add(DropoutMaskOp.info());
    all.add(RotaryOp.info());

    all.add(MatMulOp.info());
    all.add(LinearOp.info());
    all.add(AddMmOp.info());
    all.add(CdistOp.info());
    all.addAll(TriOp.infos());
    all.add(DiagEmbedOp.info());
    all.addAll(MatrixSamples.infos());

    all.add(CholeskyOp.info());
    all.add(SolveTriangularOp.info());
    all.add(LuOp.info());
    all.add(PivotsOp.info());
    all.add(LuSolveOp.info());
    all.add(SolveOp.info());
    all.add(InvOp.info());
    all.add(QrOp.info());
    all.add(HouseholderOp.info());
    all.addAll(SvdOp.infos());
    all.add(EighOp.info());
    all.add(EigOp.info());
    all.addAll(DetOp.infos());
    all.add(CofactorOp.info());
    all.add(PinvOp.info());
    all.add(LstsqOp.info());
    all.add(MatrixExpOp.info());
    all.addAll(LinalgSamples.infos());

    all.addAll(FftOp.infos());
    all.addAll(FftSamples.infos());

    all.addAll(IndexOp.infos());
    all.addAll(IndexPutOp.infos());
    all.add(EmbeddingOp.info());
    all.add(EmbeddingBagOp.info());
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
    all.addAll(ShapeSamples.infos());
    all.addAll(CreationSamples.infos());
    all.addAll(IndexingSamples.infos());
    all.add(ConvertOp.info());
    return all;
  }
}
