package io.arclight.it.parity;

import io.arclight.autograd.Autograd;
import io.arclight.autograd.GradOptions;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.op.Pointwise;
import io.arclight.tensor.op.PointwiseCall;
import io.arclight.tensor.op.Sample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Compares one sample with libtorch: dtypes, shapes, values, gradients. */
final class Parity {

  /** How a comparison ended. */
  enum Outcome {
    AGREES,
    /** libtorch has no kernel for the dtype. */
    ABSENT,
    /** Both refuse the inputs. */
    BOTH_REFUSE,
    DIFFERS
  }

  /**
   * @param problem null where both agree
   */
  record Verdict(Outcome outcome, String problem, int values, int gradients) {
    static Verdict differs(String problem) {
      return new Verdict(Outcome.DIFFERS, problem, 0, 0);
    }
  }

  private final Sample sample;

  /** Of elementwise operations values are compared without regard to how inputs were rounded. */
  private final boolean elementwise;

  /** Of neighbouring numbers not even the next is close. */
  private final boolean exact;

  private final TorchFunction function;
  private final List<Tensor> inputs;
  private final List<org.bytedeco.pytorch.Tensor> peers = new ArrayList<>();
  private final List<Integer> real = new ArrayList<>();

  private Parity(Sample sample, Sample original) {
    this.sample = sample;
    this.elementwise = original.op() instanceof Pointwise || original.op() instanceof PointwiseCall;
    this.exact = original.op() == Pointwise.NEXTAFTER;
    this.inputs = sample.inputs().stream().map(Tensor::detach).map(Parity::again).toList();
    this.function = TorchFunction.of(sample.peer(), inputs.size());
    for (int i = 0; i < inputs.size(); i++) {
      peers.add(Libtorch.copy(inputs.get(i)));
      if (inputs.get(i).dtype().isDifferentiable()) {
        real.add(i);
      }
    }
  }

  /** A handle of its own, as a gradient is asked for by handle. */
  private static Tensor again(Tensor t) {
    return t.withLayout(t.layout());
  }

  /**
   * Compares values, and gradients if wanted.
   *
   * @throws IllegalArgumentException if the peer is no expression that libtorch compiles
   */
  static Verdict compare(Sample sample, Gradients gradients) {
    return compare(sample, sample, gradients);
  }

  /**
   * As {@link #compare(Sample, Gradients)}, of a sample that something was changed of.
   *
   * @param original by which comparisons are as exact as by its own
   */
  static Verdict compare(Sample sample, Sample original, Gradients gradients) {
    try (PointerScope scope = new PointerScope()) {
      return new Parity(sample, original).run(gradients == Gradients.COMPARED);
    }
  }

  /** Whether gradients are compared too. */
  enum Gradients {
    COMPARED,
    LEFT_OUT
  }

  private Verdict run(boolean gradients) {
    TensorException refusal = null;
    Tensor[] ours = null;
    if (gradients) {
      real.forEach(i -> inputs.get(i).requiresGrad(true));
      real.forEach(i -> peers.get(i).requires_grad_(true));
    }
    try {
      ours = sample.run(inputs.toArray(new Tensor[0]));
    } catch (TensorException e) {
      refusal = e;
    }
    List<org.bytedeco.pytorch.Tensor> theirs;
    try {
      theirs = function.call(peers);
    } catch (RuntimeException e) {
      String message = sentence(e);
      if (message.contains("not implemented for")) {
        return new Verdict(Outcome.ABSENT, null, 0, 0);
      }
      return refusal != null
          ? new Verdict(Outcome.BOTH_REFUSE, null, 0, 0)
          : Verdict.differs("PyTorch refuses: " + message);
    }
    if (refusal != null) {
      return Verdict.differs("PyTorch takes what is refused here: " + refusal.getMessage());
    }
    if (ours.length < theirs.size()) {
      return Verdict.differs(ours.length + " outputs, PyTorch " + theirs.size());
    }
    String problem = values(ours, theirs);
    int compared = 0;
    if (problem == null && gradients && theirs.stream().anyMatch(t -> t.requires_grad())) {
      problem = gradients(ours, theirs);
      compared = real.size();
    }
    return problem == null
        ? new Verdict(Outcome.AGREES, null, theirs.size(), compared)
        : Verdict.differs(problem);
  }

  private String values(Tensor[] ours, List<org.bytedeco.pytorch.Tensor> theirs) {
    ErrorBound bound =
        new ErrorBound(
            x -> function.call(x).stream().map(Libtorch::value).toList(), peers, dtype());
    for (int o = 0; o < theirs.size(); o++) {
      Value a = Libtorch.value(ours[o]);
      Value e = Libtorch.value(theirs.get(o));
      String what = theirs.size() == 1 ? "" : "output " + o + ": ";
      if (!a.type().equals(e.type())) {
        return what + a.type() + ", PyTorch " + e.type();
      }
      int bad = firstFar(a, e);
      if (bad >= 0 && (halves() || e.isReal() && !elementwise)) {
        bad = bound.firstWorse(a, e, o);
      }
      if (bad >= 0) {
        return what + "at " + bad + " " + a.data()[bad] + ", PyTorch " + e.data()[bad];
      }
    }
    return null;
  }

  /** PyTorch rounds between the steps of a function there, which need not be copied. */
  private boolean halves() {
    return dtype().equals("float16") || dtype().equals("bfloat16");
  }

  /** Whose rounding counts. */
  private String dtype() {
    return real.isEmpty() ? "float32" : inputs.get(real.get(0)).dtype().toString();
  }

  private int firstFar(Value a, Value e) {
    Tolerance tolerance = exact ? Tolerance.NONE : Tolerance.of(e.dtype());
    for (int i = 0; i < e.data().length; i++) {
      if (!tolerance.close(a.data()[i], e.data()[i], e.magnitude(i))) {
        return i;
      }
    }
    return -1;
  }

  // ---- gradients

  /** Of the weighted sum of all outputs that PyTorch differentiates. */
  private String gradients(Tensor[] ours, List<org.bytedeco.pytorch.Tensor> theirs) {
    List<Tensor> outputs = new ArrayList<>();
    List<Tensor> weights = new ArrayList<>();
    List<org.bytedeco.pytorch.Tensor> peerOutputs = new ArrayList<>();
    Generator random = new Generator(5);
    for (int o = 0; o < theirs.size(); o++) {
      if (theirs.get(o).requires_grad()) {
        if (!ours[o].requiresGrad()) {
          return "output " + o + " has no gradient, but PyTorch's has";
        }
        outputs.add(ours[o]);
        weights.add(
            random
                .uniform(
                    ours[o].shape(),
                    ours[o].isComplex() ? DType.COMPLEX128 : DType.FLOAT64,
                    Device.CPU)
                .add(0.5)
                .to(ours[o].dtype()));
        peerOutputs.add(theirs.get(o));
      }
    }
    List<Tensor> wanted = real.stream().map(inputs::get).toList();
    Tensor[] actual = null;
    TensorException refusal = null;
    try {
      actual =
          Autograd.grad(
              outputs,
              wanted,
              GradOptions.standard().gradOutputs(weights.toArray(new Tensor[0])).allowUnused());
    } catch (TensorException e) {
      refusal = e;
    }
    List<org.bytedeco.pytorch.Tensor> w = weights.stream().map(Libtorch::copy).toList();
    List<Value> expected;
    try {
      expected = peerGradients(peerOutputs, peers, w);
    } catch (RuntimeException e) {
      String message = sentence(e);
      return refusal != null || message.contains("not implemented for")
          ? null
          : "PyTorch has no gradient: " + message;
    }
    if (refusal != null) {
      return "PyTorch has the gradient that is refused here: " + refusal.getMessage();
    }
    ErrorBound bound = new ErrorBound(x -> wideGradients(theirs, w, x), peers, dtype());
    for (int k = 0; k < wanted.size(); k++) {
      Value e = expected.get(k);
      Value a = actual[k] == null ? null : Libtorch.value(actual[k]);
      String what = "gradient of x" + real.get(k) + ": ";
      if (a == null || e == null) {
        Value there = a == null ? e : a;
        if (there != null && there.largest() > 0) {
          return what + (a == null ? "none, but PyTorch gives one" : "PyTorch gives none");
        }
        continue;
      }
      if (!a.type().equals(e.type())) {
        return what + a.type() + ", PyTorch " + e.type();
      }
      int bad = firstFar(a, e);
      if (bad >= 0) {
        bad = bound.firstWorse(a, e, k);
      }
      if (bad >= 0) {
        return what + "at " + bad + " " + a.data()[bad] + ", PyTorch " + e.data()[bad];
      }
    }
    return null;
  }

  private List<Value> wideGradients(
      List<org.bytedeco.pytorch.Tensor> theirs,
      List<org.bytedeco.pytorch.Tensor> weights,
      List<org.bytedeco.pytorch.Tensor> x) {
    real.forEach(i -> x.get(i).requires_grad_(true));
    List<org.bytedeco.pytorch.Tensor> all = function.call(x);
    List<org.bytedeco.pytorch.Tensor> outputs = new ArrayList<>();
    List<org.bytedeco.pytorch.Tensor> w = new ArrayList<>();
    for (int o = 0; o < theirs.size(); o++) {
      if (theirs.get(o).requires_grad()) {
        w.add(weights.get(outputs.size()).to(all.get(o).scalar_type()));
        outputs.add(all.get(o));
      }
    }
    return peerGradients(outputs, x, w);
  }

  private List<Value> peerGradients(
      List<org.bytedeco.pytorch.Tensor> outputs,
      List<org.bytedeco.pytorch.Tensor> from,
      List<org.bytedeco.pytorch.Tensor> weights) {
    TensorVector grads =
        torch.grad(
            vector(outputs),
            vector(real.stream().map(from::get).toList()),
            vector(weights),
            new BoolOptional(false),
            false,
            true);
    List<Value> out = new ArrayList<>();
    for (org.bytedeco.pytorch.Tensor g : grads.get()) {
      out.add(g.defined() ? Libtorch.value(g) : null);
    }
    return out;
  }

  private static TensorVector vector(List<org.bytedeco.pytorch.Tensor> tensors) {
    return new TensorVector(tensors.toArray(new org.bytedeco.pytorch.Tensor[0]));
  }

  /** libtorch's own sentence, without its stack and its script. */
  static String sentence(Throwable e) {
    String[] lines = String.valueOf(e.getMessage()).split("\n");
    for (String line : lines) {
      if (line.startsWith("RuntimeError: ")) {
        return line.substring("RuntimeError: ".length());
      }
    }
    return String.join(
        " ",
        Arrays.stream(lines)
            .filter(l -> !l.isBlank())
            .takeWhile(l -> !l.startsWith("Exception raised from"))
            .limit(6)
            .toList());
  }
}
