package io.arclight.autograd;

import io.arclight.tensor.Tensor;
import io.arclight.tensor.VmapLevel;
import java.util.Arrays;

/** A {@link Function} over the slices of its inputs, forward and backward. */
final class BatchedFunction extends Function {
  private final Function one;
  private final long size;
  private final boolean[] batched;

  BatchedFunction(Function one, long size, boolean[] batched) {
    this.one = one;
    this.size = size;
    this.batched = batched.clone();
  }

  @Override
  public String name() {
    return one.name();
  }

  /** What a level's tensors are made of, to be made tensors of another level in backward. */
  private record Slices(FunctionContext ctx, boolean[] batched) {}

  @Override
  protected Tensor[] forward(FunctionContext ctx, Tensor... inputs) {
    FunctionContext inner = new FunctionContext(name(), ctx.needs());
    try (VmapLevel level = VmapLevel.open(size)) {
      Tensor[] slices = slices(level, batched, inputs);
      Tensor[] out = one.forward(inner, slices);
      Tensor[] saved = inner.toSave();
      boolean[] sliced = new boolean[saved.length];
      for (int i = 0; i < saved.length; i++) {
        sliced[i] = saved[i] != null && level.slices(saved[i]);
      }
      ctx.saveForBackward(behind(level, saved));
      ctx.markDirty(behind(level, inner.dirty()));
      ctx.setMaterializeGrads(inner.materializesGrads());
      ctx.attribute("slices", new Slices(inner, sliced));
      Tensor[] all = Arrays.stream(out).map(level::all).toArray(Tensor[]::new);
      ctx.markNonDifferentiable(
          java.util.stream.IntStream.range(0, out.length)
              .filter(i -> FunctionContext.among(inner.nonDifferentiable(), out[i]))
              .mapToObj(i -> all[i])
              .toArray(Tensor[]::new));
      return all;
    }
  }

  @Override
  protected Tensor[] backward(FunctionContext ctx, Tensor... grads) {
    Slices kept = (Slices) ctx.attribute("slices");
    try (VmapLevel level = VmapLevel.open(size)) {
      kept.ctx.restored(slices(level, kept.batched, ctx.savedTensors()));
      boolean[] all = new boolean[grads.length];
      Arrays.fill(all, true);
      Tensor[] out = one.backward(kept.ctx, slices(level, all, grads));
      for (int i = 0; i < Math.min(out.length, batched.length); i++) {
        if (out[i] != null) {
          Tensor whole = level.all(out[i]);
          out[i] = batched[i] ? whole : whole.sum(0);
        }
      }
      return out;
    }
  }

  private static Tensor[] slices(VmapLevel level, boolean[] batched, Tensor[] all) {
    Tensor[] out = all.clone();
    for (int i = 0; i < out.length; i++) {
      if (batched[i] && out[i] != null) {
        out[i] = level.slice(out[i]);
      }
    }
    return out;
  }

  private static Tensor[] behind(VmapLevel level, Tensor[] slices) {
    return Arrays.stream(slices)
        .map(t -> t == null ? null : level.behind(t))
        .toArray(Tensor[]::new);
  }
}
