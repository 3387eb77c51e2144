package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;
import static io.arclight.tensor.op.DTypes.FLOATS;
import static io.arclight.tensor.op.Row.*;

/** The rows of {@link Pointwise} that are losses, of a prediction and a target elementwise. */
final class LossRows {
  private LossRows() {}

  static final Row SQUARED_ERROR =
      real(LossFormulas::squared).dtypes(FLOATS).peer("torch.mse_loss({0}, {1}, 0)");
  static final Row ABSOLUTE_ERROR =
      real((a, b) -> abs(sub(a, b))).dtypes(FLOATS).peer("torch.l1_loss({0}, {1}, 0)");

  /** The number is beta. */
  static final Row SMOOTH_L1 =
      real(LossFormulas::smoothL1)
          .dtypes(FLOATS)
          .number(2, 0.75)
          .peer("torch.smooth_l1_loss({0}, {1}, 0, {2})");

  /** The number is delta. */
  static final Row HUBER =
      real(LossFormulas::huber)
          .dtypes(FLOATS)
          .number(2, 0.75)
          .peer("torch.huber_loss({0}, {1}, 0, {2})");

  static final Row BINARY_CROSS_ENTROPY =
      real(LossFormulas::binaryCrossEntropy)
          .dtypes(FLOATS)
          .slopes(
              LossFormulas::binaryCrossEntropySlope, LossFormulas::binaryCrossEntropyTargetSlope)
          .on(range(0.1, 0.9))
          .tensorsOnly()
          .noRealEdges()
          .corners(new double[] {0, 0, 1, 1, 0, 1, 0.5}, new double[] {0, 1, 0, 1, 0.5, 0.5, 0})
          .peer(
              "torch.nn.functional.binary_cross_entropy({0}.expand_as({0} + {1}),"
                  + " {1}.expand_as({0} + {1}), None, 0)");

  /** Of logits; the third operand weighs the positive part. */
  static final Row BINARY_CROSS_ENTROPY_WITH_LOGITS =
      real(LossFormulas::binaryCrossEntropyWithLogits)
          .dtypes(FLOATS)
          .on(ANY, ANY, POSITIVE)
          .noRealEdges()
          .corners(
              new double[] {800, -800, 800, -800},
              new double[] {0, 0, 1, 1},
              new double[] {1, 1, 1, 2})
          .peer("(1 - {1}) * {0} - (1 + ({2} - 1) * {1}) * torch.log_sigmoid({0})");

  static final Row KL_DIV =
      real(LossFormulas::klDiv)
          .dtypes(FLOATS)
          .slopes((x, t) -> neg(t), LossFormulas::klDivTargetSlope)
          .on(ANY, POSITIVE)
          .noRealEdges()
          .corners(new double[] {2, -1, 0.5}, new double[] {0, 0, -1})
          .peer("torch.kl_div({0}, {1}, 0)");

  /** The target is a logarithm too. */
  static final Row KL_DIV_LOG =
      real(LossFormulas::klDivLog)
          .dtypes(FLOATS)
          .noRealEdges()
          .peer("torch.kl_div({0}, {1}, 0, log_target=True)");

  /** Operands are prediction, target, variance and the least variance. */
  static final Row GAUSSIAN_NLL =
      real(LossFormulas::gaussian)
          .dtypes(FLOATS)
          .slope(2, LossFormulas::gaussianVarianceSlope)
          .on(ANY, ANY, POSITIVE)
          .number(3, 0.125)
          .noRealEdges()
          .corners(
              new double[] {2, -1, 0.5, 3},
              new double[] {1, 2, -0.5, 1},
              new double[] {0.0625, 0, 0.125, 4})
          .peer(
              "c = {2} + (torch.clamp({2}, {3}, None) - {2}).detach();"
                  + " 0.5 * (torch.log(c) + ({0} - {1}) ** 2 / c)");

  /** The number keeps the logarithm finite. */
  static final Row POISSON_NLL =
      real(LossFormulas::poisson)
          .dtypes(FLOATS)
          .on(POSITIVE)
          .number(2, 0.125)
          .peer("{0} - {1} * torch.log({0} + {2})");

  /** The prediction is a logarithm. */
  static final Row POISSON_NLL_LOG =
      real(LossFormulas::poissonLog).dtypes(FLOATS).peer("torch.exp({0}) - {1} * {0}");

  static final Row STIRLING =
      real(LossFormulas::stirling)
          .dtypes(FLOATS)
          .on(range(1.2, 9))
          .noRealEdges()
          .corners(new double[] {0.5, 1, 2})
          .peer(
              "torch.where({0} > 1, {0} * torch.log({0}) - {0}"
                  + " + 0.5 * torch.log(6.283185307179586 * {0}), torch.zeros_like({0}))");

  /** The number is the margin. */
  static final Row HINGE_EMBEDDING =
      real(LossFormulas::hingeEmbedding)
          .dtypes(FLOATS)
          .number(2, 0.75)
          .noRealEdges()
          .corners(new double[] {2, 0.25, -3, 2, 0.25, -3}, new double[] {1, 1, 1, -1, -1, -1})
          .peer("torch.hinge_embedding_loss({0}, {1}, {2}, 0)");

  static final Row SOFT_MARGIN =
      real(LossFormulas::softMargin)
          .dtypes(FLOATS)
          .noRealEdges()
          .corners(new double[] {400, -400, 20, -20}, new double[] {2, -2, 0.5, 0.5})
          .peer("torch.log1p(torch.exp(-{0} * {1}))");

  /** The number is the margin. */
  static final Row MARGIN_RANKING =
      real(LossFormulas::marginRanking)
          .dtypes(FLOATS)
          .number(3, 0.75)
          .noRealEdges()
          .peer("torch.margin_ranking_loss({0}, {1}, {2}, {3}, 0)");
}
