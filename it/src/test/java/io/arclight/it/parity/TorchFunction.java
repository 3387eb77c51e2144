package io.arclight.it.parity;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.CompilationUnit;
import org.bytedeco.pytorch.Function;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.QualifiedName;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** A TorchScript expression over {@code x0, x1, ...}, compiled once by libtorch. */
final class TorchFunction {
  private record Source(String expression, int inputs) {}

  private static final Map<Source, TorchFunction> COMPILED = new ConcurrentHashMap<>();
  private static final Pattern SPACES =
      Pattern.compile("torch\\.(linalg|fft|special|nn\\.functional)\\.");
  private static final Pattern DTYPE =
      Pattern.compile("torch\\.(bool|u?int\\d+|b?float\\d+|complex\\d+)\\b");

  /** Kept, as a function is its unit's. */
  @SuppressWarnings("unused")
  private final CompilationUnit unit;

  private final Function function;

  private TorchFunction(Source source) {
    try (PointerScope scope = new PointerScope()) {
      unit = torch.compile(script(source));
      function = unit.get_function(new QualifiedName("f"));
      unit.retainReference();
      function.retainReference();
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(
          "no TorchScript: " + source.expression + ": " + Parity.sentence(e), e);
    }
  }

  /**
   * Compiles, or finds again.
   *
   * @throws IllegalArgumentException with libtorch's message
   */
  static TorchFunction of(String expression, int inputs) {
    return COMPILED.computeIfAbsent(new Source(expression, inputs), TorchFunction::new);
  }

  /** The compiler without Python knows the functions of a namespace by one long name. */
  private static String script(Source source) {
    String body = SPACES.matcher(source.expression).replaceAll(TorchFunction::flat);
    // Two names that differ, and a dtype's number that would be taken for a size.
    body =
        body.replace(".logsigmoid(", ".log_sigmoid(").replace(".view(torch.", ".view(dtype=torch.");
    body = DTYPE.matcher(body).replaceAll(m -> Integer.toString(Libtorch.type(m.group(1)).value));
    StringBuilder s = new StringBuilder("def f(");
    for (int i = 0; i < source.inputs; i++) {
      s.append(i == 0 ? "x" : ", x").append(i);
    }
    s.append("):\n");
    String[] statements = body.split(";");
    for (int i = 0; i < statements.length; i++) {
      s.append("  ")
          .append(i == statements.length - 1 ? "return " : "")
          .append(statements[i].strip())
          .append('\n');
    }
    return s.toString();
  }

  private static String flat(java.util.regex.MatchResult m) {
    return Matcher.quoteReplacement(
        m.group(1).startsWith("nn") ? "torch." : "torch." + m.group(1) + "_");
  }

  /** The outputs, one after another. */
  List<Tensor> call(List<Tensor> inputs) {
    torch.setGraphExecutorOptimize(false);
    IValueVector arguments = new IValueVector();
    for (Tensor t : inputs) {
      arguments.push_back(new IValue(t));
    }
    List<Tensor> out = new ArrayList<>();
    flatten(function.apply(arguments), out);
    return out;
  }

  private static void flatten(IValue v, List<Tensor> out) {
    if (v.isTensor()) {
      out.add(v.toTensor());
    } else if (v.isTensorList()) {
      TensorVector all = v.toTensorVector();
      for (long i = 0; i < all.size(); i++) {
        out.add(all.get(i));
      }
    } else if (v.isTuple()) {
      IValueVector all = v.toTuple().elements().vec();
      for (long i = 0; i < all.size(); i++) {
        flatten(all.get(i), out);
      }
    } else if (v.isScalar() || v.isBool()) {
      out.add(torch.scalar_tensor(v.toScalar()));
    } else {
      throw new IllegalStateException(
          "a peer gives a tensor, a tuple, a list or a number, not " + v.tagKind().getString());
    }
  }
}
