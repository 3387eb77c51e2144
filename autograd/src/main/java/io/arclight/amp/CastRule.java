package io.arclight.amp;

import io.arclight.tensor.op.CompositeOp;
import io.arclight.tensor.op.Op;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** In which dtype an operation runs in an autocast region; most run as their operands are. */
enum CastRule {
  /** Products: much faster, and as good, as they sum in float32. */
  LOWER("MATMUL", "LINEAR", "ADDMM", "CONVOLUTION", "CONVOLUTION_DATA", "ATTENTION", "PRELU"),

  /** What loses too much, or is not there, in lower precision. */
  WIDE(
      "CROSS_ENTROPY",
      "PROBABILITY_CROSS_ENTROPY",
      "NLL_LOSS",
      "SQUARED_ERROR",
      "ABSOLUTE_ERROR",
      "SMOOTH_L1",
      "HUBER",
      "BINARY_CROSS_ENTROPY",
      "BINARY_CROSS_ENTROPY_WITH_LOGITS",
      "KL_DIV",
      "KL_DIV_LOG",
      "GAUSSIAN_NLL",
      "POISSON_NLL",
      "POISSON_NLL_LOG",
      "HINGE_EMBEDDING",
      "SOFT_MARGIN",
      "MARGIN_RANKING",
      "CTC_LOSS",
      "PROD",
      "CDIST",
      "CHOLESKY",
      "DET",
      "EIG",
      "EIGH",
      "FFT",
      "HOUSEHOLDER_PRODUCT",
      "INV",
      "LSTSQ",
      "LU",
      "LU_SOLVE",
      "PINV",
      "QR",
      "SLOGDET",
      "SOLVE",
      "SOLVE_TRIANGULAR",
      "SVD"),

  /** What takes weights of float32 with halves by itself. */
  WEIGHED("LAYER_NORM", "RMS_NORM"),

  /** What is to take weights of float32 with inputs of any dtype, and give the inputs'. */
  MIXED("BATCH_NORM", "CHANNEL_AFFINE", "GROUP_NORM", "GRU", "LSTM", "RNN_RELU", "RNN_TANH");

  private static final Map<String, CastRule> RULES = new HashMap<>();

  static {
    for (CastRule rule : values()) {
      rule.operations.forEach(name -> RULES.put(name, rule));
    }
  }

  private final List<String> operations;

  CastRule(String... operations) {
    this.operations = List.of(operations);
  }

  /** Null where operands stay as they are. */
  static CastRule of(Op op) {
    return op instanceof CompositeOp ? null : RULES.get(op.name());
  }
}
