package io.arclight.nn;

import io.arclight.tensor.Tensor;
import java.util.function.UnaryOperator;

/**
 * What the layers of transformers have in common: {@code
 * TransformerOptions.of().dropout(0).batchFirst()}.
 *
 * @param dimFeedforward width of the hidden layer; 2048 unless set
 * @param dropout probability in attention and after each part; 0.1 unless set
 * @param activation of the hidden layer; ReLU unless set
 * @param layerNormEps added to variances; 1e-5 unless set
 * @param layout of sequences; SEQUENCE_FIRST unless set
 * @param norm whether parts are normalised after, unless set, or before
 * @param bias whether linear layers and normalisations have one; they do unless set
 */
public record TransformerOptions(
    long dimFeedforward,
    double dropout,
    UnaryOperator<Tensor> activation,
    double layerNormEps,
    Layout layout,
    Norm norm,
    Bias bias) {

  /** Where the batch is in the shape of sequences. */
  public enum Layout {
    /** [length, batch, width]. */
    SEQUENCE_FIRST,
    /** [batch, length, width]. */
    BATCH_FIRST
  }

  /** When parts are normalised. */
  public enum Norm {
    LAST,
    FIRST
  }

  /** Whether there are biases. */
  public enum Bias {
    WITH,
    WITHOUT
  }

  private static final long DIM_FEEDFORWARD = 2048;
  private static final double DROPOUT = 0.1;
  private static final double EPS = 1e-5;

  /** The defaults. */
  public static TransformerOptions of() {
    return new TransformerOptions(
        DIM_FEEDFORWARD,
        DROPOUT,
        ActivationFunction.RELU,
        EPS,
        Layout.SEQUENCE_FIRST,
        Norm.LAST,
        Bias.WITH);
  }

  /** The width of the hidden layer; 2048 unless set. */
  public TransformerOptions dimFeedforward(long width) {
    return new TransformerOptions(width, dropout, activation, layerNormEps, layout, norm, bias);
  }

  /** The probability of all dropout; 0.1 unless set. */
  public TransformerOptions dropout(double p) {
    return new TransformerOptions(dimFeedforward, p, activation, layerNormEps, layout, norm, bias);
  }

  /** Such as {@link ActivationFunction#GELU}, or any function. */
  public TransformerOptions activation(UnaryOperator<Tensor> function) {
    return new TransformerOptions(
        dimFeedforward, dropout, function, layerNormEps, layout, norm, bias);
  }

  /** What norms add to the variance; 1e-5 unless set. */
  public TransformerOptions layerNormEps(double eps) {
    return new TransformerOptions(dimFeedforward, dropout, activation, eps, layout, norm, bias);
  }

  /** Sequences are [batch, length, dModel]. */
  public TransformerOptions batchFirst() {
    return new TransformerOptions(
        dimFeedforward, dropout, activation, layerNormEps, Layout.BATCH_FIRST, norm, bias);
  }

  /** Norms stand before attention and hidden layer, not behind. */
  public TransformerOptions normFirst() {
    return new TransformerOptions(
        dimFeedforward, dropout, activation, layerNormEps, layout, Norm.FIRST, bias);
  }

  /** Without biases. */
  public TransformerOptions noBias() {
    return new TransformerOptions(
        dimFeedforward, dropout, activation, layerNormEps, layout, norm, Bias.WITHOUT);
  }

  MultiheadAttention attention(long dModel, long nhead) {
    MultiheadAttention out = new MultiheadAttention(dModel, nhead).dropout(dropout);
    out = bias == Bias.WITHOUT ? out.noBias() : out;
    return layout == Layout.BATCH_FIRST ? out.batchFirst() : out;
  }

  Linear linear(long from, long to) {
    Linear out = new Linear(from, to);
    return bias == Bias.WITHOUT ? out.noBias() : out;
  }

  LayerNorm layerNorm(long dModel) {
    LayerNorm out = new LayerNorm(dModel).eps(layerNormEps);
    return bias == Bias.WITHOUT ? out.noBias() : out;
  }
}
