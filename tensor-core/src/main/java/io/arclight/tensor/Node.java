package io.arclight.tensor;

import io.arclight.tensor.op.Op;
import io.arclight.tensor.op.Vjp;

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
  private final Shape[] outputShapes;
  private final DType[] outputDTypes;
  private final Device device;
  private final Tensor[] saved;
  private final int[] versions;
  private final int inputs;
  private final long sequence;
  private boolean released;
  private Throwable frame;

  Node(Op op, Tensor[] inputs, Tensor[] outputs, long sequence) {
    this.op = op;
    this.inputs = inputs.length;
    this.sequence = sequence;
    this.device = outputs[0].device();
    edges = new GradMeta[inputs.length];
    inputShapes = new Shape[inputs.length];
    inputDTypes = new DType[inputs.length];
    inputDevices = new Device[inputs.length];
    saved = new Tensor[inputs.length + outputs.length];
    versions = new int[saved.length];
    outputShapes = new Shape[outputs.length];
    outputDTypes = new DType[outputs.length];
    for (int i = 0; i < inputs.length; i++) {
      Tensor t = inputs[i];
      edges[i] = t.requiresGrad() ? t.meta : null;
      inputShapes[i] = t.shape();
      inputDTypes[i] = t.dtype();
      inputDevices[i] = t.device();
      if (op.savesInput(i)) {
        save(i, t);
      }
    }
    for (int i = 0; i < outputs.length; i++) {
      outputShapes[i] = outputs[i].shape();
      outputDTypes[i] = outputs[i].dtype();
      if (op.savesOutput(i)) {
        save(inputs.length + i, outputs[i]);
      }
    }
  }

  private void save(int slot, Tensor t) {
    saved[slot] = t;
    versions[slot] = t.version();
  }

  public Op op() {
    return op;
  }

  @Override
  public int inputs() {
    return inputs;
  }

  public int outputs() {
    return outputShapes.length;
  }

  /** Where the gradient of input {@code i} goes, or null where none is needed. */
  public GradMeta edge(int i) {
    return edges[i];
  }

  public Shape outputShape(int i) {
    return outputShapes[i];
  }

  public DType outputDType(int i) {
    return outputDTypes[i];
  }

  public Device device() {
    return device;
  }

  /** Order of recording: a node's inputs were recorded before it. */
  public long sequence() {
    return sequence;
  }

  /** Lets go of the saved tensors; a second backward through this node is then an error. */
  public void release() {
    java.util.Arrays.fill(saved, null);
    released = true;
  }

  public boolean released() {
    return released;
  }

  /** The Java frame that recorded this node, where anomaly mode was on. */
  public Throwable frame() {
    return frame;
  }

  void frame(Throwable at) {
    frame = at;
  }

  @Override
  public Tensor input(int i) {
    return unpack(i, "input " + i);
  }

  @Override
  public Tensor output(int i) {
    return unpack(inputs + i, "output " + i);
  }

  private Tensor unpack(int slot, String what) {
    Tensor t = saved[slot];
    if (t == null) {
      throw new TensorException(
          released
              ? "backward through "
                  + op.name()
                  + " a second time, after its saved tensors were released: pass retainGraph to the"
                  + " first backward"
              : op.name() + " did not save its " + what);
    }
    if (t.version() != versions[slot]) {
      throw new TensorException(
          what
              + " of "
              + op.name()
              + " (shape "
              + t.shape()
              + ") was changed in place after it was saved for backward: it is at version "
              + t.version()
              + ", expected "
              + versions[slot]
              + "; use the out-of-place operation or clone() first");
    }
    return t;
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
