package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;
import static io.arclight.tensor.op.DTypes.FLOATS;
import static io.arclight.tensor.op.Formulas.zero;
import static io.arclight.tensor.op.Row.*;

/** The rows of {@link Pointwise} that are activations of neural networks. */
final class ActivationRows {
  private ActivationRows() {}

  static final Row LEAKY_RELU =
      real((x, slope) -> select(gt(x, zero(x)), x, mul(slope, x)))
          .dtypes(FLOATS)
          .number(1, 0.125)
          .peer("torch.nn.functional.leaky_relu({0}, {1})");
  static final Row ELU =
      real(ActivationFormulas::elu)
          .dtypes(FLOATS)
          .number(1, 1.5)
          .peer("torch.nn.functional.elu({0}, {1})");
  static final Row CELU =
      real(ActivationFormulas::celu)
          .dtypes(FLOATS)
          .number(1, 1.5)
          .peer("torch.nn.functional.celu({0}, {1})");
  static final Row SELU =
      real(ActivationFormulas::selu).dtypes(FLOATS).peer("torch.nn.functional.selu({0})");

  /** The slope below 0 is the second operand. */
  static final Row PRELU =
      real(ActivationFormulas::prelu)
          .dtypes(FLOATS)
          .noRealEdges()
          .peer("torch.where({0} > 0, {0}, {0} * {1})");

  /** PyTorch gives NaN at infinity in float32. */
  static final Row GELU =
      real(Formulas::gelu).dtypes(FLOATS).noRealEdges().peer("torch.nn.functional.gelu({0})");

  static final Row SILU =
      real(x -> mul(x, Formulas.sigmoid(x))).dtypes(FLOATS).peer("torch.nn.functional.silu({0})");
  static final Row MISH =
      real(ActivationFormulas::mish)
          .dtypes(FLOATS)
          .slope(ActivationFormulas::mishSlope)
          .peer("torch.nn.functional.mish({0})");

  /** PyTorch gives NaN at infinity in float32. */
  static final Row GELU_TANH =
      real(ActivationFormulas::geluTanh)
          .dtypes(FLOATS)
          .noRealEdges()
          .peer("torch.nn.functional.gelu({0}, approximate='tanh')");

  /** The numbers are beta and the threshold. */
  static final Row SOFTPLUS =
      real(ActivationFormulas::softplus)
          .dtypes(FLOATS)
          .number(1, 1.5)
          .number(2, 2)
          .peer("torch.nn.functional.softplus({0}, {1}, {2})");

  static final Row SOFTSIGN =
      real(ActivationFormulas::softsign)
          .dtypes(FLOATS)
          .slope(ActivationFormulas::softsignSlope)
          .peer("{0} / ({0}.abs() + 1)");
  static final Row HARDSHRINK =
      real(ActivationFormulas::hardshrink)
          .dtypes(FLOATS)
          .slope(ActivationFormulas::shrinkSlope)
          .number(1, 0.5)
          .peer("torch.hardshrink({0}, {1})");
  static final Row SOFTSHRINK =
      real(ActivationFormulas::softshrink)
          .dtypes(FLOATS)
          .slope(ActivationFormulas::shrinkSlope)
          .number(1, 0.5)
          .peer("torch.nn.functional.softshrink({0}, {1})");
  static final Row HARDTANH =
      real(ActivationFormulas::hardtanh)
          .dtypes(FLOATS)
          .slope(ActivationFormulas::hardtanhSlope)
          .number(1, -1)
          .number(2, 1.5)
          .peer("torch.nn.functional.hardtanh({0}, {1}, {2})");
  static final Row HARDSIGMOID =
      real(ActivationFormulas::hardsigmoid)
          .dtypes(FLOATS)
          .slope(ActivationFormulas::hardsigmoidSlope)
          .peer("torch.nn.functional.hardsigmoid({0})");
  static final Row HARDSWISH =
      real(ActivationFormulas::hardswish)
          .dtypes(FLOATS)
          .slope(ActivationFormulas::hardswishSlope)
          .peer("torch.nn.functional.hardswish({0})");
  static final Row TANHSHRINK =
      real(ActivationFormulas::tanhshrink)
          .dtypes(FLOATS)
          .slope(ActivationFormulas::tanhshrinkSlope)
          .peer("{0} - {0}.tanh()");

  /** The second number where the operand is at most the first. */
  static final Row THRESHOLD =
      real(ActivationFormulas::threshold)
          .dtypes(FLOATS)
          .number(1, 0.5)
          .number(2, 3)
          .peer("torch.threshold({0}, {1}, {2})");

  /** The first operand times the sigmoid of the second; GLU of the two halves. */
  static final Row SIGMOID_GATE =
      real(ActivationFormulas::gate).dtypes(FLOATS).noRealEdges().peer("{0} * {1}.sigmoid()");
}
