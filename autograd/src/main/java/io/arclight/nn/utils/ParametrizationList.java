package io.arclight.nn.utils;

import io.arclight.autograd.Autograd;
import io.arclight.nn.Module;
import io.arclight.tensor.Context;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** The parametrizations of one parameter, 0, 1 and so on, and the originals they start from. */
final class ParametrizationList extends Module {
  private final List<String> names = new ArrayList<>();
  private final boolean wanted;
  private int count;

  /** With the originals that stand for {@code parameter}, which may be among them. */
  ParametrizationList(Parametrization first, Tensor parameter, Tensor[] originals) {
    wanted = parameter.requiresGrad();
    boolean alone = originals.length == 1;
    for (int i = 0; i < originals.length; i++) {
      String name = alone ? "original" : "original" + i;
      boolean same = originals[i] == parameter;
      register(name, same ? parameter : fresh(originals[i], parameter)).requiresGrad(wanted);
      names.add(name);
    }
    add(first);
  }

  /** With memory of its own. */
  private static Tensor fresh(Tensor original, Tensor parameter) {
    boolean shared = original.storage() == parameter.storage() || !original.isContiguous();
    return shared ? original.detach().copy() : original.detach();
  }

  void add(Parametrization next) {
    register(Integer.toString(count++), next);
  }

  private List<Parametrization> all() {
    return children().stream().map(Parametrization.class::cast).toList();
  }

  Tensor[] originals() {
    return names.stream().map(this::parameter).toArray(Tensor[]::new);
  }

  boolean wanted() {
    return wanted;
  }

  Tensor value() {
    List<Parametrization> all = all();
    Tensor out = all.get(0).call(originals());
    for (Parametrization next : all.subList(1, count)) {
      out = next.call(out);
    }
    return out;
  }

  /** Takes {@code value} back to originals, and copies these in. */
  void assign(Tensor value) {
    try (Context.Restore mode = Autograd.noGrad()) {
      List<Parametrization> all = all();
      Tensor[] now = {value};
      for (int i = count - 1; i >= 0; i--) {
        now = all.get(i).rightInverse(now[0]);
      }
      Tensor[] originals = originals();
      for (int i = 0; i < originals.length; i++) {
        originals[i].copyInPlace(now[i]);
      }
    }
  }
}
