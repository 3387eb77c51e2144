package io.arclight.tensor.op;

import static io.arclight.tensor.op.Sample.Difference.Aspect.GRADIENT;

import java.util.List;

/** PyTorch's equals of the rows of {@link Pointwise}: as a rule, the function of the same name. */
final class PointwisePeers {
  private PointwisePeers() {}

  static Sample of(Pointwise p, Sample s) {
    if (s.peer() != null || s.difference() != null) {
      return s;
    }
    List<Number> scalars = s.op() instanceof PointwiseCall c ? c.scalars() : Pointwise.NONE;
    String[] x = new String[p.arity()];
    int tensor = 0;
    for (int i = 0; i < x.length; i++) {
      x[i] = scalars.get(i) == null ? "x" + tensor++ : scalars.get(i).toString();
    }
    return switch (p) {
      case SECOND -> s.withoutPeer("what copies and fills are made of, no function of its own");
      case MASKED_SCALE -> s.peer("torch.where(x1, x0 * " + x[2] + ", torch.zeros_like(x0))");
      case ADDCMUL, ADDCDIV -> s.peer("torch." + p.label() + "(x0, x1, x2, value=" + x[3] + ")");
      case FLOOR_DIVIDE ->
          differs(
              s.peer("torch.floor_divide(" + tensor(x[0]) + ", " + x[1] + ")"),
              "zero, as the result is constant almost everywhere; PyTorch refuses");
      case REMAINDER -> {
        Sample peer = s.peer("torch.remainder(" + x[0] + ", " + x[1] + ")");
        yield x[0].startsWith("x") ? peer : differs(peer, "PyTorch has a rule for tensors only");
      }
      case CLAMP -> s.peer("torch.clamp(" + String.join(", ", x) + ")");
      // Numbers come after the tensor there.
      case MAXIMUM, MINIMUM, ATAN2, LOGICAL_AND, LOGICAL_OR, LOGICAL_XOR ->
          s.peer("torch." + p.label() + "(" + tensor(x[0]) + ", " + tensor(x[1]) + ")");
      case ADD, SUB, MUL, DIV -> s.peer(x[0] + operator(p) + x[1]);
      case EQ, NE, LT, LE, GT, GE ->
          s.peer(
              x[0].startsWith("x")
                  ? "torch." + p.label() + "(" + x[0] + ", " + x[1] + ")"
                  : "torch." + p.label() + "(" + tensor(x[0]) + ", " + x[1] + ")");
      case CONJ -> s.peer("torch.conj(" + x[0] + ")");
      default -> s.peer("torch." + p.label() + "(" + String.join(", ", x) + ")");
    };
  }

  private static String operator(Pointwise p) {
    return switch (p) {
      case ADD -> " + ";
      case SUB -> " - ";
      case MUL -> " * ";
      default -> " / ";
    };
  }

  private static Sample differs(Sample s, String reason) {
    return s.inputs().get(0).dtype().isFloatingPoint() ? s.differs(GRADIENT, reason) : s;
  }

  private static String tensor(String operand) {
    return operand.startsWith("x")
        ? operand
        : "torch.scalar_tensor(" + operand + ", dtype=torch.int64)";
  }
}
