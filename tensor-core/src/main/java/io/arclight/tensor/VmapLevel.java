package io.arclight.tensor;

import io.arclight.tensor.op.CompositeOp;
import io.arclight.tensor.op.Op;
import io.arclight.tensor.op.Pointwise;
import io.arclight.tensor.op.ViewOp;
import java.util.Arrays;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * A vmap under way on this thread. Inside it a tensor stands for one slice of a batch: it has the
 * slice's shape, and behind it is the tensor of all slices, to which operations are applied by
 * their batching rules. Levels nest; what is recorded for gradients inside a level is a graph of
 * slices, apart from the graph of what is behind them.
 */
public final class VmapLevel implements AutoCloseable {
  /** What random operations do inside a vmap. */
  public enum Randomness {
    /** They are errors, as it is unclear what is meant. */
    ERROR,
    /** Every slice draws values of its own. */
    DIFFERENT,
    /** All slices share what is drawn. */
    SAME
  }

  /**
   * What a tensor stands for.
   *
   * @param inner at the level around: all slices, with a leading axis, or the value of all slices
   * @param batched whether {@code inner} has the axis
   */
  record Lifted(VmapLevel level, Tensor inner, boolean batched) {
    /** Of a view by layout of a slice's memory, which says nothing of the other slices. */
    static final Lifted LOST = new Lifted(null, null, true);

    boolean lost() {
      return level == null;
    }

    Lifted detach() {
      return lost() ? this : new Lifted(level, inner.detach(), batched);
    }
  }

  private record Computed(Tensor[] outputs, boolean batched) {}

  private final VmapLevel outer;
  private final int depth;
  private final long size;
  private final Randomness randomness;
  private final Context.Restore restore;
  private boolean open = true;

  private VmapLevel(long size, Randomness randomness) {
    Context context = Context.current();
    outer = context.vmap();
    depth = outer == null ? 1 : outer.depth + 1;
    this.size = size;
    this.randomness = randomness;
    restore = context.vmap(this);
  }

  /** Begins a level of {@code size} slices on this thread. */
  public static VmapLevel open(long size, Randomness randomness) {
    return new VmapLevel(size, randomness);
  }

  /** As {@link #open(long, Randomness)}, with the randomness of the level around, else ERROR. */
  public static VmapLevel open(long size) {
    VmapLevel around = Context.current().vmap();
    return open(size, around == null ? Randomness.ERROR : around.randomness);
  }

  @Override
  public void close() {
    if (open) {
      open = false;
      restore.close();
    }
  }

  /** How many slices there are. */
  public long size() {
    return size;
  }

  /** One slice of {@code all}, whose leading axis has this level's size. */
  public Tensor slice(Tensor all) {
    return wrap(all, true);
  }

  /** All slices of a result of this level, with a leading axis. */
  public Tensor all(Tensor slice) {
    return slices(slice) ? slice.lifted.inner : expanded(behind(slice));
  }

  /** Whether {@code t} stands for slices of this level that differ. */
  public boolean slices(Tensor t) {
    return owns(t) && t.lifted.batched;
  }

  /** What is behind {@code t} at this level: all slices, or the one value that they share. */
  public Tensor behind(Tensor t) {
    return owns(t) ? t.lifted.inner : t;
  }

  private Tensor expanded(Tensor one) {
    return one.unsqueeze(0).expand(lead(one.shape()));
  }

  private Shape lead(Shape shape) {
    long[] dims = new long[shape.rank() + 1];
    dims[0] = size;
    System.arraycopy(shape.toArray(), 0, dims, 1, shape.rank());
    return Shape.of(dims);
  }

  private Tensor wrap(Tensor inner, boolean batched) {
    Layout layout = inner.layout();
    if (batched) {
      Shape shape = layout.shape();
      layout =
          new Layout(
              Shape.of(Arrays.copyOfRange(shape.toArray(), 1, shape.rank())),
              Arrays.copyOfRange(layout.strides(), 1, shape.rank()),
              layout.offset());
    }
    Tensor out = new Tensor(inner.storage(), layout, inner.dtype());
    out.lifted = new Lifted(this, inner, batched);
    return out;
  }

  /** Makes {@code t} a tensor of the level under way, which its gradients will belong to. */
  static void lift(Tensor t) {
    VmapLevel level = Context.current().vmap();
    if (level != null && !level.owns(t)) {
      t.lifted = new Lifted(level, t.alias(), false);
    }
  }

  /**
   * A handle on {@code t}'s values for gradients of their own, which stays in {@code t}'s graph.
   * Gradients must be recorded at the time.
   */
  public static Tensor independent(Tensor t) {
    VmapLevel level = Context.current().vmap();
    boolean here = level == null ? t.lifted == null : level.owns(t);
    if (here && t.requiresGrad()) {
      return Tensor.apply(new ViewOp.Expand(t.shape()), t);
    }
    Tensor out = t.alias();
    if (!here) {
      out.lifted = new Lifted(level, t, false);
    }
    return out.requiresGrad(true);
  }

  /** Whether the values behind {@code t} are in a graph of a level around. */
  public static boolean recordedAround(Tensor t) {
    for (Lifted at = t.lifted; at != null && !at.lost(); at = at.inner.lifted) {
      if (at.inner.requiresGrad()) {
        return true;
      }
    }
    return false;
  }

  private boolean owns(Tensor t) {
    return t.lifted != null && t.lifted.level == this;
  }

  static Tensor[] apply(Context context, Op op, Tensor[] inputs) {
    VmapLevel level = deepest(op.name(), inputs);
    GradMeta[] edges = level.edges(inputs);
    boolean records = edges != null && context.gradEnabled() && op.differentiable();
    Tensor[] out;
    if (op instanceof CompositeOp && !level.recordedBehind(context, inputs)) {
      out = op.eval(op.infer(inputs), inputs);
    } else {
      if (op instanceof CompositeOp && records) {
        throw new TensorException(
            op.name()
                + ": inside this vmap gradients are recorded for the slices, and around it for the"
                + " whole batch; a custom Function can serve one of them only: take one of the"
                + " gradients apart, or build the function from operations");
      }
      op.infer(inputs);
      Computed computed = level.compute(op, inputs);
      out = new Tensor[computed.outputs.length];
      for (int i = 0; i < out.length; i++) {
        out[i] = level.wrap(computed.outputs[i], computed.batched);
      }
    }
    if (op instanceof ViewOp view && out[0].storage() == inputs[0].storage()) {
      out[0].view = new View(inputs[0], view, out[0].layout());
    }
    if (records) {
      Dispatch.record(context, op, inputs, edges, out);
    }
    return out;
  }

  static Tensor inPlace(String name, Op op, Tensor[] inputs) {
    VmapLevel level = deepest(name, inputs);
    InPlace.check(name, op, inputs);
    Context context = Context.current();
    Tensor target = inputs[0];
    boolean mine = level.owns(target);
    GradMeta[] edges = level.edges(inputs);
    boolean records = edges != null && context.gradEnabled();
    if (!mine && records) {
      throw outside(name, target, "it would need a gradient of its slices");
    }
    Runnable write =
        () -> {
          Computed computed = level.compute(op, inputs);
          if (computed.batched && !(mine && target.lifted.batched)) {
            throw outside(name, target, "the result differs from slice to slice");
          }
          Tensor result = computed.outputs[0];
          if (result.dtype().category().compareTo(target.dtype().category()) > 0) {
            throw new DTypeException(
                name
                    + ": a result of dtype "
                    + result.dtype()
                    + " cannot be stored in place in a "
                    + target.dtype()
                    + " tensor: use the out-of-place operation");
          }
          InPlace.apply(name, Pointwise.SECOND, mine ? target.lifted.inner : target, result);
        };
    if (records) {
      InPlace.record(context, name, op, inputs, edges, write);
    } else {
      write.run();
    }
    return target;
  }

  private static InPlaceException outside(String name, Tensor target, String why) {
    return new InPlaceException(
        name
            + ": inside vmap a tensor of shape "
            + target.shape()
            + " that is the same for all slices cannot be changed in place, as "
            + why
            + ": use the out-of-place operation, or make it from a batched tensor, such as by"
            + " x.zerosLike()");
  }

  private static VmapLevel deepest(String op, Tensor[] inputs) {
    VmapLevel found = null;
    for (Tensor t : inputs) {
      requireWhole(t);
      if (t.lifted != null && (found == null || t.lifted.level.depth > found.depth)) {
        found = t.lifted.level;
      }
    }
    if (!found.open) {
      throw new TensorException(
          op
              + ": a tensor that was made inside a vmap is used after the vmap has ended: return it"
              + " from the function instead");
    }
    return found;
  }

  private static void requireWhole(Tensor t) {
    if (t.lifted != null && t.lifted.lost()) {
      throw new TensorException(
          "inside vmap the memory of a slice of shape "
              + t.shape()
              + " is looked at by its layout, which vmap cannot follow: use view operations");
    }
  }

  /** Places in this level's graph, or null where no input has one. */
  private GradMeta[] edges(Tensor[] inputs) {
    GradMeta[] edges = null;
    for (int i = 0; i < inputs.length; i++) {
      GradMeta meta = owns(inputs[i]) ? inputs[i].gradMeta() : null;
      if (meta != null) {
        edges = edges == null ? new GradMeta[inputs.length] : edges;
        edges[i] = meta;
      }
    }
    return edges;
  }

  private boolean recordedBehind(Context context, Tensor[] inputs) {
    if (context.gradEnabled()) {
      for (Tensor t : inputs) {
        if (owns(t) ? recordedAround(t) : t.requiresGrad()) {
          return true;
        }
      }
    }
    return false;
  }

  private Computed compute(Op op, Tensor[] inputs) {
    Tensor[] behind = new Tensor[inputs.length];
    boolean[] batched = new boolean[inputs.length];
    boolean any = false;
    for (int i = 0; i < inputs.length; i++) {
      boolean mine = owns(inputs[i]);
      behind[i] = mine ? inputs[i].lifted.inner : inputs[i];
      batched[i] = mine && inputs[i].lifted.batched;
      any |= batched[i];
    }
    return new Computed(any ? op.batch(size, batched, behind) : Tensor.applyAll(op, behind), any);
  }

  /** Draws values for a tensor of {@code shape} as the levels say; {@code draw} knows of none. */
  Tensor random(String op, Shape shape, Function<Shape, Tensor> draw) {
    return switch (randomness) {
      case ERROR ->
          throw new TensorException(
              op
                  + ": inside vmap it is unclear whether slices share random values: say so by"
                  + " randomness DIFFERENT or SAME");
      case SAME -> around(op, shape, draw);
      case DIFFERENT -> slice(around(op, lead(shape), draw));
    };
  }

  private Tensor around(String op, Shape shape, Function<Shape, Tensor> draw) {
    return outer == null ? draw.apply(shape) : outer.random(op, shape, draw);
  }

  /**
   * {@code t} with values of its own for every slice that draws its own, for random operations with
   * a parameter in each element.
   */
  static Tensor drawing(String op, Tensor t) {
    Tensor out = t;
    for (VmapLevel at = Context.current().vmap(); at != null; at = at.outer) {
      boolean differs = batchedAt(at, out);
      if (at.randomness == Randomness.ERROR || at.randomness == Randomness.SAME && differs) {
        throw new TensorException(
            op
                + (differs
                    ? ": inside vmap slices with parameters of their own cannot share random"
                        + " values: use randomness DIFFERENT"
                    : ": inside vmap it is unclear whether slices share random values: say so by"
                        + " randomness DIFFERENT or SAME"));
      }
      if (at.randomness == Randomness.DIFFERENT && !differs) {
        out = out.add(at.slice(Tensor.zeros(Shape.of(at.size), t.dtype(), t.device())));
      }
    }
    return out;
  }

  private static boolean batchedAt(VmapLevel level, Tensor t) {
    return t.lifted != null
        && (t.lifted.level == level && t.lifted.batched || batchedAt(level, t.lifted.inner));
  }

  /** Applies {@code kernel}, which knows of no slices, to all values behind {@code t} at once. */
  static Tensor behind(Tensor t, UnaryOperator<Tensor> kernel) {
    return t.lifted == null
        ? kernel.apply(t)
        : t.lifted.level.wrap(behind(t.lifted.inner, kernel), t.lifted.batched);
  }

  /** How many values stand behind an element of {@code t}. */
  static long copies(Tensor t) {
    return t.lifted == null
        ? 1
        : (t.lifted.batched ? t.lifted.level.size : 1) * copies(t.lifted.inner);
  }

  /**
   * The values behind {@code t} that the host may read.
   *
   * @throws TensorException where slices have values of their own
   */
  static Tensor readable(Tensor t) {
    Tensor at = t;
    while (at.lifted != null) {
      requireWhole(at);
      if (at.lifted.batched) {
        throw new TensorException(
            "a value of shape "
                + t.shape()
                + " is read inside vmap, where it stands for "
                + at.lifted.level.size
                + " different ones: express what depends on it by tensor operations such as where");
      }
      at = at.lifted.inner;
    }
    return at;
  }

  /** Whether {@code t} stands for many values. */
  static boolean batched(Tensor t) {
    return t.lifted != null && (t.lifted.batched || batched(t.lifted.inner));
  }
}
