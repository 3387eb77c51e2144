package io.arclight.amp;

import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.Op;
import java.util.IdentityHashMap;
import java.util.Map;

/** A region of lower precision on a thread. */
final class AutocastRegion implements Context.Autocast {
  /** A converted weight, and the state that the weight had. */
  private record Converted(Tensor tensor, int version) {
    boolean stillOf(Tensor weight) {
      boolean recorded = tensor.requiresGrad() || !Context.current().gradEnabled();
      return recorded && version == weight.version() && !tensor.storage().isClosed();
    }
  }

  private final DType lower;
  private final Map<Tensor, Converted> cache;

  private AutocastRegion(DType lower, Map<Tensor, Converted> cache) {
    this.lower = lower;
    this.cache = cache;
  }

  /** One of the same dtype inside another shares what that has converted. */
  static Context.Restore open(DType lower, Autocast.Cache cache) {
    Context context = Context.current();
    boolean shares =
        context.autocast() instanceof AutocastRegion around
            && around.lower == lower
            && around.cache != null;
    Map<Tensor, Converted> converted =
        cache == Autocast.Cache.UNUSED
            ? null
            : shares ? ((AutocastRegion) context.autocast()).cache : new IdentityHashMap<>();
    Context.Restore before = context.autocast(new AutocastRegion(lower, converted));
    return () -> {
      before.close();
      if (converted != null && !shares) {
        converted.clear();
      }
    };
  }

  DType dtype() {
    return lower;
  }

  @Override
  public Context.Autocast fresh() {
    return new AutocastRegion(lower, cache == null ? null : new IdentityHashMap<>());
  }

  @Override
  public Tensor wide(Tensor tensor) {
    return tensor.dtype().isFloatingPoint() ? tensor.to(tensor.dtype().accumulator()) : tensor;
  }

  @Override
  public Tensor[] apply(Op op, Tensor[] inputs) {
    CastRule rule = CastRule.of(op);
    if (rule == null) {
      return null;
    }
    Tensor[] cast = rule == CastRule.LOWER ? lowered(inputs) : widened(rule, inputs);
    if (cast == inputs) {
      return null;
    }
    Tensor[] out;
    try (Context.Restore mode = Context.current().autocast(null)) {
      out = Tensor.applyAll(op, cast);
    }
    if (rule == CastRule.MIXED || rule == CastRule.WEIGHED) {
      out[0] = out[0].to(inputs[0].dtype());
    }
    return out;
  }

  private Tensor[] lowered(Tensor[] inputs) {
    Tensor[] out = inputs;
    for (Tensor input : inputs) {
      if (input.dtype() == DType.FLOAT64) {
        return inputs;
      }
    }
    for (int i = 0; i < inputs.length; i++) {
      DType dtype = inputs[i].dtype();
      if (dtype.isFloatingPoint() && dtype != lower) {
        out = out == inputs ? inputs.clone() : out;
        out[i] = lowered(inputs[i]);
      }
    }
    return out;
  }

  private Tensor lowered(Tensor input) {
    Context context = Context.current();
    boolean weight =
        input.dtype() == DType.FLOAT32 && input.requiresGrad() && input.isLeaf() && cache != null;
    // A trace must see the conversion, and a level of vmap ends before the region.
    if (!weight || context.tracer() != null || context.vmap() != null || context.inference()) {
      return input.to(lower);
    }
    Converted known = cache.get(input);
    if (known == null || !known.stillOf(input)) {
      known = new Converted(input.to(lower), input.version());
      cache.put(input, known);
    }
    return known.tensor;
  }

  /** Whether the operation takes these as they are. */
  private static boolean fits(CastRule rule, Tensor... inputs) {
    DType first = inputs[0].dtype();
    DType weights = rule == CastRule.WEIGHED ? first.accumulator() : first;
    boolean even = true;
    boolean weighed = true;
    for (int i = 1; i < inputs.length; i++) {
      even &= inputs[i].dtype() == first;
      weighed &= inputs[i].dtype() == weights;
    }
    return even || weighed;
  }

  private Tensor[] widened(CastRule rule, Tensor[] inputs) {
    Tensor[] out = inputs;
    if (rule != CastRule.WIDE && fits(rule, inputs)) {
      return inputs;
    }
    for (int i = 0; i < inputs.length; i++) {
      Tensor wide = wide(inputs[i]);
      if (wide != inputs[i]) {
        out = out == inputs ? inputs.clone() : out;
        out[i] = wide;
      }
    }
    return out;
  }
}
