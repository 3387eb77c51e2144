package io.arclight.autograd;

import io.arclight.tensor.Context;
import io.arclight.tensor.Context.CheckpointPass;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Generator;
import io.arclight.tensor.SampleRandom;
import io.arclight.tensor.SavedTensor;
import io.arclight.tensor.SavedTensorHooks;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.VmapLevel;
import io.arclight.tensor.memory.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * One application of a checkpointed function. What its operations would save has a number instead;
 * the first number that a backward asks for runs the function again, and gives all.
 */
final class CheckpointFrame implements SavedTensorHooks {
  /** How to recompute. */
  record Options(
      boolean rngState, boolean determinismCheck, boolean earlyStop, CheckpointPolicy.Rule policy) {
    static final Options STANDARD = new Options(true, true, true, null);

    Options withoutRngState() {
      return new Options(false, determinismCheck, earlyStop, policy);
    }

    Options withoutDeterminismCheck() {
      return new Options(rngState, false, earlyStop, policy);
    }

    Options withoutEarlyStop() {
      return new Options(rngState, determinismCheck, false, policy);
    }

    Options withPolicy(CheckpointPolicy.Rule rule) {
      return new Options(rngState, determinismCheck, earlyStop, rule);
    }
  }

  private record Saved(int number, Shape shape, DType dtype, Device device) {
    @Override
    public String toString() {
      return dtype + " " + shape + " on " + device;
    }
  }

  /** All that is needed is there. */
  private static final class Stop extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private Stop() {
      super("the recomputation has all that it needs", null, false, false);
    }
  }

  private final TensorsFunction function;
  private final Options options;
  private final SavedTensor[] inputs;
  private final boolean[] wanting;

  /** The first argument that is the same tensor, which the function may compare. */
  private final int[] same;

  private final Generator generator;
  private final SampleRandom samples;
  private final VmapLevel level;
  private final Context.Autocast autocast;
  private final List<Saved> saved = new ArrayList<>();
  private final SelectiveCache cache;

  /** Recomputed tensors by walk and number. */
  private final IdentityHashMap<Backward, Tensor[]> recomputed = new IdentityHashMap<>();

  CheckpointFrame(TensorsFunction function, Options options, Tensor[] arguments) {
    this.function = function;
    this.options = options;
    Context context = Context.current();
    generator = options.rngState() ? context.generator().fork() : null;
    samples =
        options.rngState() && context.sampleRandom() != null ? context.sampleRandom().fork() : null;
    level = context.vmap();
    autocast = context.autocast();
    cache = options.policy() == null ? null : new SelectiveCache(options.policy());
    inputs = new SavedTensor[arguments.length];
    wanting = new boolean[arguments.length];
    same = new int[arguments.length];
    for (int i = 0; i < inputs.length; i++) {
      same[i] = Arrays.asList(arguments).indexOf(arguments[i]);
      // In a checkpoint around this one, its hooks pack the arguments.
      inputs[i] = SavedTensor.of(arguments[i], arguments[i].gradMeta(), "checkpoint");
      wanting[i] = arguments[i].requiresGrad();
    }
  }

  Tensor[] forward(Tensor[] arguments) {
    Context context = Context.current();
    try (Context.Restore hooks = context.savedTensorHooks(this);
        Context.Restore pass = context.checkpointPass(forwardPass(context));
        Context.Restore cast = context.autocast(freshAutocast());
        Context.Restore keeping = cache == null ? () -> {} : context.intercept(cache.keeping())) {
      return function.applyAll(arguments);
    }
  }

  /** A checkpoint in one that is computed again is computed again too. */
  private static CheckpointPass forwardPass(Context context) {
    return context.checkpointPass() == CheckpointPass.NONE
        ? CheckpointPass.FORWARD
        : context.checkpointPass();
  }

  /** Forward and recomputation both start without weights that were cast before. */
  private Context.Autocast freshAutocast() {
    return autocast == null ? null : autocast.fresh();
  }

  /** Outputs that the policy keeps. */
  List<Tensor[]> cached() {
    return cache == null ? List.of() : cache.outputs();
  }

  @Override
  public Object pack(Tensor tensor) {
    saved.add(new Saved(saved.size(), tensor.shape(), tensor.dtype(), tensor.device()));
    return saved.get(saved.size() - 1);
  }

  @Override
  public Tensor unpack(Object packed) {
    Saved wanted = (Saved) packed;
    Backward walk = Backward.current();
    Tensor[] all = recomputed.get(walk);
    if (all == null || all[wanted.number()] == null) {
      all = recompute();
      recomputed.put(walk, all);
      if (walk != null) {
        walk.afterwards(() -> forget(recomputed.remove(walk)));
      }
    }
    return all[wanted.number()];
  }

  /** Only values of walks that use up the graph are released one by one. */
  @Override
  public void release(Object packed) {
    Tensor[] all = recomputed.get(Backward.current());
    int number = ((Saved) packed).number();
    if (all != null && all[number] != null) {
      all[number].storage().release();
      all[number] = null;
    }
  }

  private static void forget(Tensor[] all) {
    for (int i = 0; all != null && i < all.length; i++) {
      if (all[i] != null) {
        all[i].storage().release();
        all[i] = null;
      }
    }
  }

  private Tensor[] recompute() {
    Context context = Context.current();
    Recomputation into = new Recomputation();
    // When gradients are recorded their graph needs what is computed here: it stays around.
    try (Scope scope = context.gradEnabled() ? null : Scope.open();
        Context.Restore mode = context.gradMode(true);
        Context.Restore hooks = context.savedTensorHooks(null)) {
      Tensor[] arguments = new Tensor[inputs.length];
      for (int i = 0; i < inputs.length; i++) {
        if (same[i] < i) {
          arguments[i] = arguments[same[i]];
          continue;
        }
        arguments[i] = inputs[i].unpack("checkpoint", "argument " + i).detach();
        arguments[i].requiresGrad(wanting[i]);
      }
      run(context, into, arguments);
      into.requireComplete();
      return into.tensors;
    }
  }

  private void run(Context context, Recomputation into, Tensor[] arguments) {
    try (Context.Restore hooks = context.savedTensorHooks(into);
        Context.Restore pass = context.checkpointPass(CheckpointPass.RECOMPUTATION);
        Context.Restore random =
            restore(generator == null, () -> context.generator(generator.fork()));
        Context.Restore keyed =
            restore(samples == null, () -> context.sampleRandom(samples.fork()));
        Context.Restore vmap = context.vmap(level);
        Context.Restore cast = context.autocast(freshAutocast());
        Context.Restore using = restore(cache == null, () -> context.intercept(cache.using()))) {
      function.applyAll(arguments);
    } catch (Stop enough) {
      return;
    }
  }

  private static Context.Restore restore(
      boolean nothing, java.util.function.Supplier<Context.Restore> change) {
    return nothing ? () -> {} : change.get();
  }

  /** Collects what the function saves when it runs again. */
  private final class Recomputation implements SavedTensorHooks {
    private final Tensor[] tensors = new Tensor[saved.size()];
    private int count;

    @Override
    public Object pack(Tensor tensor) {
      int number = count++;
      if (number < tensors.length) {
        if (options.determinismCheck()) {
          requireLike(saved.get(number), tensor);
        }
        tensor.storage().retain();
        tensors[number] = tensor;
      }
      if (options.earlyStop() && count == tensors.length) {
        throw new Stop();
      }
      return tensor;
    }

    @Override
    public Tensor unpack(Object packed) {
      return (Tensor) packed;
    }

    private void requireLike(Saved forward, Tensor tensor) {
      Saved now = new Saved(forward.number(), tensor.shape(), tensor.dtype(), tensor.device());
      if (!now.equals(forward)) {
        fail(
            "saved tensor "
                + forward.number()
                + " of "
                + tensors.length
                + " was "
                + forward
                + " in forward and is "
                + now
                + " now");
      }
    }

    private void requireComplete() {
      if (count != tensors.length) {
        fail(
            "its operations saved " + tensors.length + " tensors in forward and " + count + " now");
      }
    }

    private void fail(String what) {
      forget(tensors);
      throw new CheckpointException(
          "a checkpointed function computes something else in backward than in forward: "
              + what
              + "; it must depend on nothing that changes in between, such as counters, modes of"
              + " modules, or random generators of its own");
    }
  }

  /** For messages of tests and debuggers. */
  @Override
  public String toString() {
    return "checkpoint of " + Arrays.toString(wanting) + ", " + saved.size() + " tensors";
  }
}
