package io.arclight.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** What autograd knows of a tensor: its place in the graph, its gradient, its hooks. */
public final class GradMeta {
  private final Node node;
  private final int output;
  private final Shape shape;
  private final DType dtype;
  private volatile Tensor grad;
  private boolean retainGrad;
  private List<UnaryOperator<Tensor>> hooks = List.of();
  private List<Consumer<Tensor>> accumulated = List.of();

  GradMeta(Node node, int output, Shape shape, DType dtype) {
    this.node = node;
    this.output = output;
    this.shape = shape;
    this.dtype = dtype;
  }

  /** The node that made the tensor; null for a leaf. */
  public Node node() {
    return node;
  }

  /** Which output of the node the tensor is. */
  public int output() {
    return output;
  }

  public Shape shape() {
    return shape;
  }

  public DType dtype() {
    return dtype;
  }

  public boolean leaf() {
    return node == null;
  }

  public Tensor grad() {
    return grad;
  }

  public void grad(Tensor value) {
    grad = value;
  }

  public boolean retainsGrad() {
    return retainGrad || leaf();
  }

  void retainGrad() {
    retainGrad = true;
  }

  /** Hooks that see, and may replace, the gradient as it arrives. */
  public List<UnaryOperator<Tensor>> hooks() {
    return hooks;
  }

  synchronized Runnable addHook(UnaryOperator<Tensor> hook) {
    List<UnaryOperator<Tensor>> next = new ArrayList<>(hooks);
    next.add(hook);
    hooks = List.copyOf(next);
    return () -> {
      synchronized (this) {
        List<UnaryOperator<Tensor>> rest = new ArrayList<>(hooks);
        rest.remove(hook);
        hooks = List.copyOf(rest);
      }
    };
  }

  /** Hooks of a leaf that run once its {@code grad} has been accumulated in a backward. */
  public List<Consumer<Tensor>> accumulatedHooks() {
    return accumulated;
  }

  synchronized Runnable addAccumulatedHook(Consumer<Tensor> hook) {
    List<Consumer<Tensor>> next = new ArrayList<>(accumulated);
    next.add(hook);
    accumulated = List.copyOf(next);
    return () -> {
      synchronized (this) {
        List<Consumer<Tensor>> rest = new ArrayList<>(accumulated);
        rest.remove(hook);
        accumulated = List.copyOf(rest);
      }
    };
  }
}
