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

  /** The tensor's. */
  public Shape shape() {
    return shape;
  }

  /** The tensor's. */
  public DType dtype() {
    return dtype;
  }

  /** Whether no recorded operation made the tensor. */
  public boolean leaf() {
    return node == null;
  }

  /** The accumulated gradient, or null. */
  public Tensor grad() {
    return grad;
  }

  /** Replaces the accumulated gradient. */
  public void grad(Tensor value) {
    grad = value;
  }

  /** Whether backward leaves the gradient here. */
  public boolean retainsGrad() {
    return retainGrad || leaf();
  }

  void retainGrad() {
    retainGrad = true;
  }

  /** The tensor was changed in place: the gradient that is kept is the changed tensor's. */
  void movedTo(GradMeta next) {
    if (retainGrad) {
      retainGrad = false;
      next.retainGrad = true;
    }
  }

  /** Hooks that see, and may replace, the gradient as it arrives. */
  public List<UnaryOperator<Tensor>> hooks() {
    return hooks;
  }

  synchronized Runnable addHook(UnaryOperator<Tensor> hook) {
    hooks = with(hooks, hook);
    return () -> {
      synchronized (this) {
        hooks = without(hooks, hook);
      }
    };
  }

  /** Hooks of a leaf that run once its {@code grad} has been accumulated in a backward. */
  public List<Consumer<Tensor>> accumulatedHooks() {
    return accumulated;
  }

  synchronized Runnable addAccumulatedHook(Consumer<Tensor> hook) {
    accumulated = with(accumulated, hook);
    return () -> {
      synchronized (this) {
        accumulated = without(accumulated, hook);
      }
    };
  }

  static <T> List<T> with(List<T> hooks, T hook) {
    List<T> next = new ArrayList<>(hooks);
    next.add(hook);
    return List.copyOf(next);
  }

  static <T> List<T> without(List<T> hooks, T hook) {
    List<T> rest = new ArrayList<>(hooks);
    rest.remove(hook);
    return List.copyOf(rest);
  }
}
