package io.arclight.tensor;

import io.arclight.tensor.memory.Storage;
import io.arclight.tensor.op.CompositeOp;
import io.arclight.tensor.op.Op;
import io.arclight.tensor.op.Vjp;
import java.util.Arrays;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;

/**
 * One recorded application of an operation: its gradient edges and the tensors that its gradient
 * rule will read. The walk over nodes is in {@link GradientEngine}.
 */
public final class Node implements Vjp {
  private final Op op;
  private final GradMeta[] edges;
  private final Shape[] inputShapes;
  private final DType[] inputDTypes;
  private final Device[] inputDevices;
  private final long sequence;
  private final Throwable frame;
  private GradMeta[] outputs;

  /** By input, then by output; null where nothing is saved. */
  private SavedTensor[] saved;

  private List<UnaryOperator<Tensor[]>> before = List.of();
  private List<BinaryOperator<Tensor[]>> after = List.of();
  private boolean released;

  /**
   * A node without outputs yet. What the rule reads of the inputs is saved as it is now.
   *
   * @param edges where the gradients of the inputs go, null where none is needed
   */
  Node(Op op, Tensor[] inputs, GradMeta[] edges, Context context) {
    this.op = op;
    this.edges = edges;
    sequence = context.sequence++;
    frame = context.anomaly() ? new Throwable("recorded here") : null;
    inputShapes = new Shape[inputs.length];
    inputDTypes = new DType[inputs.length];
    inputDevices = new Device[inputs.length];
    for (int i = 0; i < inputs.length; i++) {
      Tensor t = inputs[i];
      inputShapes[i] = t.shape();
      inputDTypes[i] = t.dtype();
      inputDevices[i] = t.device();
      if (reads(i)) {
        save(i, SavedTensor.of(t, t.gradMeta(), op.name(), context), inputs.length + 1);
      }
    }
  }

  private boolean reads(int input) {
    if (!op.savesInput(input)) {
      return false;
    }
    for (int i = 0; i < edges.length; i++) {
      if (edges[i] != null && op.reads(i, input)) {
        return true;
      }
    }
    return false;
  }

  private void save(int slot, SavedTensor tensor, int slots) {
    if (saved == null) {
      saved = new SavedTensor[slots];
    } else if (saved.length < slots) {
      saved = Arrays.copyOf(saved, slots);
    }
    saved[slot] = tensor;
  }

  /**
   * Gives the node its outputs, in the state they have now, and says where in the graph each is.
   */
  GradMeta[] outputs(Tensor... tensors) {
    outputs = new GradMeta[tensors.length];
    for (int i = 0; i < tensors.length; i++) {
      Tensor t = tensors[i];
      outputs[i] = new GradMeta(this, i, t.shape(), t.dtype());
      if (op.savesOutput(i)) {
        SavedTensor kept = SavedTensor.of(t, outputs[i], op.name());
        save(edges.length + i, kept, edges.length + tensors.length);
      }
    }
    return outputs;
  }

  /** The operation. */
  public Op op() {
    return op;
  }

  @Override
  public int inputs() {
    return edges.length;
  }

  /** How many outputs it gave. */
  public int outputs() {
    return outputs.length;
  }

  /** Where the gradient of input {@code i} goes, or null where none is needed. */
  public GradMeta edge(int i) {
    return edges[i];
  }

  /** Order of recording: a node's inputs were recorded before it. */
  public long sequence() {
    return sequence;
  }

  /** Lets go of the saved tensors; a second backward through this node is then an error. */
  public void release() {
    if (saved != null) {
      for (SavedTensor tensor : saved) {
        if (tensor != null) {
          tensor.release();
        }
      }
    }
    saved = null;
    released = true;
    if (op instanceof CompositeOp composite) {
      composite.release();
    }
  }

  /** Whether the saved tensors are gone. */
  public boolean released() {
    return released;
  }

  /** The Java frame that recorded this node, where anomaly mode was on. */
  public Throwable frame() {
    return frame;
  }

  /** Whether a tensor that this node saved is a view of {@code storage}. */
  public boolean saves(Storage storage) {
    if (saved != null) {
      for (SavedTensor tensor : saved) {
        if (tensor != null && tensor.holds(storage)) {
          return true;
        }
      }
    }
    return false;
  }

  @Override
  public Tensor input(int i) {
    return unpack(i, "input", i);
  }

  @Override
  public Tensor output(int i) {
    return unpack(edges.length + i, "output", i);
  }

  private Tensor unpack(int slot, String what, int i) {
    requireKept();
    if (saved == null || slot >= saved.length || saved[slot] == null) {
      throw new IllegalStateException(op.name() + " did not save its " + what + " " + i);
    }
    return saved[slot].unpack(op.name(), what + " " + i);
  }

  /**
   * A hook that sees, and may replace, the gradients of the outputs before the gradient rule runs;
   * null leaves them. Returns its removal.
   */
  public synchronized Runnable registerPrehook(UnaryOperator<Tensor[]> hook) {
    before = GradMeta.with(before, hook);
    return () -> {
      synchronized (this) {
        before = GradMeta.without(before, hook);
      }
    };
  }

  /**
   * A hook that is given the gradients of the inputs and of the outputs once the rule has run, and
   * may replace the former; null leaves them. Returns its removal.
   */
  public synchronized Runnable registerHook(BinaryOperator<Tensor[]> hook) {
    after = GradMeta.with(after, hook);
    return () -> {
      synchronized (this) {
        after = GradMeta.without(after, hook);
      }
    };
  }

  /** What sees and may change the outputs' gradients. */
  public List<UnaryOperator<Tensor[]>> prehooks() {
    return before;
  }

  /** What sees both gradients and may change the inputs'. */
  public List<BinaryOperator<Tensor[]>> hooks() {
    return after;
  }

  /**
   * Throws unless backward can still go through here.
   *
   * @throws TensorException after {@link #release()}
   */
  public void requireKept() {
    if (released) {
      throw new TensorException(
          "backward through "
              + op.name()
              + " a second time, after its saved tensors were released: pass retainGraph to the"
              + " first backward");
    }
  }

  @Override
  public Shape inputShape(int i) {
    return inputShapes[i];
  }

  @Override
  public DType inputDType(int i) {
    return inputDTypes[i];
  }

  @Override
  public Device inputDevice(int i) {
    return inputDevices[i];
  }

  @Override
  public boolean needs(int i) {
    return edges[i] != null;
  }

  @Override
  public String toString() {
    return op.name() + "#" + sequence;
  }
}
