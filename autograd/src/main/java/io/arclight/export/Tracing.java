package io.arclight.export;

import io.arclight.autograd.Autograd;
import io.arclight.nn.LazyLayer;
import io.arclight.nn.Module;
import io.arclight.tensor.Context;
import io.arclight.tensor.Device;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/** Runs a function on zeros at three batch sizes and makes a program of what it did. */
final class Tracing {
  // Primes that hardly occur as sizes of anything else.
  private static final long[] SIZES = {13, 17, 19};

  private Tracing() {}

  static Program trace(
      Module module,
      Function<Map<String, Tensor>, Map<String, Tensor>> function,
      Signature signature) {
    Map<Module, Boolean> training = new LinkedHashMap<>();
    module.namedModules().values().forEach(part -> training.put(part, part.isTraining()));
    module.eval();
    try (Context.Restore mode = Autograd.noGrad();
        Scope scope = Scope.open()) {
      if (module.namedModules().values().stream().anyMatch(Tracing::isLazy)) {
        var unused = function.apply(ready(signature, raw(signature, SIZES[0], Device.CPU)));
      }
      Trace[] traces = new Trace[SIZES.length];
      for (int i = 0; i < SIZES.length; i++) {
        traces[i] = run(module, function, signature, SIZES[i]);
      }
      return program(signature, traces);
    } finally {
      // Parts come after what they are part of, so their own mode is set last.
      training.forEach((part, mode) -> restore(part, mode));
    }
  }

  private static boolean isLazy(Module part) {
    return part instanceof LazyLayer<?> lazy && lazy.layer() == null;
  }

  private static void restore(Module part, boolean training) {
    if (training) {
      part.train();
    } else {
      part.eval();
    }
  }

  private static Trace run(
      Module module,
      Function<Map<String, Tensor>, Map<String, Tensor>> function,
      Signature signature,
      long rows) {
    Map<String, Tensor> weights = new LinkedHashMap<>(module.namedParameters());
    weights.putAll(module.namedBuffers());
    Device device = weights.isEmpty() ? Device.CPU : weights.values().iterator().next().device();
    Map<String, Tensor> raw = raw(signature, rows, device);
    Trace trace = new Trace(rows, raw, weights);
    try (Context.Restore tracing = Context.current().trace(trace)) {
      trace.outputs(function.apply(ready(signature, raw)));
    }
    return trace;
  }

  private static Map<String, Tensor> raw(Signature signature, long rows, Device device) {
    Map<String, Tensor> raw = new LinkedHashMap<>();
    for (InputSpec spec : signature.inputs()) {
      raw.put(spec.name(), Tensor.zeros(spec.shape(rows), spec.dtype(), device));
    }
    return raw;
  }

  private static Map<String, Tensor> ready(Signature signature, Map<String, Tensor> raw) {
    Map<String, Tensor> ready = new LinkedHashMap<>();
    for (InputSpec spec : signature.inputs()) {
      ready.put(spec.name(), spec.transform().apply(raw.get(spec.name())));
    }
    return ready;
  }

  private static Program program(Signature signature, Trace[] traces) {
    Unify unify = new Unify(traces[0], traces[1], traces[2]);
    Reachable reachable = new Reachable(unify.steps(), unify.outputs());
    Map<String, Tensor> constants = new LinkedHashMap<>();
    for (String name : reachable.constants()) {
      constants.put(name, unify.constant(name).copy().keep());
    }
    return new Program(signature, reachable.steps(), constants, reachable.outputs());
  }
}
