package io.arclight.it.ops;

import io.arclight.autograd.Autograd;
import io.arclight.autograd.GradOptions;
import io.arclight.it.ops.Work.Input;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** A {@link Work} of one size as calls of Arclight and of libtorch. */
final class Sides implements AutoCloseable {
  private final Work work;
  private final PointerScope pointers = new PointerScope();
  private final Scope scope = Scope.open();
  private final Tensor[] ours;
  private final org.bytedeco.pytorch.Tensor[] theirs;

  Sides(Work work, int n) {
    this.work = work;
    List<Input> inputs = work.inputs().apply(n);
    this.ours = inputs.stream().map(Sides::make).toArray(Tensor[]::new);
    this.theirs =
        inputs.stream().map(Sides::makeTheirs).toArray(org.bytedeco.pytorch.Tensor[]::new);
  }

  private static Tensor make(Input in) {
    Generator random = new Generator(3);
    Shape shape = Shape.of(in.shape());
    return in.below() > 0
        ? random.integers(0, in.below(), shape, Device.CPU)
        : random.uniform(shape, DType.FLOAT32, Device.CPU).mul(2).sub(1);
  }

  private static org.bytedeco.pytorch.Tensor makeTheirs(Input in) {
    return in.below() > 0
        ? torch.randint(in.below(), in.shape()).to(torch.ScalarType.Long)
        : torch
            .rand(in.shape())
            .mul(new org.bytedeco.pytorch.Scalar(2))
            .sub(new org.bytedeco.pytorch.Scalar(1));
  }

  /**
   * Measures both directions beside {@code peer}, which may be null, and gives each to {@code row}.
   */
  static void compare(
      Work work, int n, int rounds, PythonPeer peer, BiConsumer<String, double[]> row) {
    try (Sides sides = new Sides(work, n)) {
      row.accept(
          "forward",
          Cost.compare(
              rounds,
              Cost.thread(sides.forward()),
              Cost.thread(sides.libtorchForward()),
              peer == null ? null : peer.forward(work, n)));
      row.accept(
          "and backward",
          Cost.compare(
              rounds,
              Cost.thread(sides.backward()),
              Cost.thread(sides.libtorchBackward()),
              peer == null ? null : peer.backward(work, n)));
    }
    if (peer != null) {
      peer.clear();
    }
  }

  Runnable forward() {
    return () -> {
      try (Scope step = Scope.open();
          Context.Restore mode = Autograd.noGrad()) {
        Objects.requireNonNull(work.arclight().apply(ours));
      }
    };
  }

  Runnable libtorchForward() {
    return () -> {
      try (PointerScope step = new PointerScope();
          NoGradGuard mode = new NoGradGuard()) {
        Objects.requireNonNull(work.libtorch().apply(theirs));
      }
    };
  }

  /** Null where there is no such form. */
  Runnable libtorchOut() {
    if (work.out() == null) {
      return null;
    }
    org.bytedeco.pytorch.Tensor[] all = Arrays.copyOf(theirs, theirs.length + 1);
    all[theirs.length] = torch.empty_like(work.libtorch().apply(theirs));
    return () -> {
      try (PointerScope step = new PointerScope();
          NoGradGuard mode = new NoGradGuard()) {
        Objects.requireNonNull(work.out().apply(all));
      }
    };
  }

  /** Forward, recorded, and backward into all float inputs. */
  Runnable backward() {
    List<Tensor> wanted = Arrays.stream(ours).filter(t -> t.dtype().isFloatingPoint()).toList();
    wanted.forEach(t -> t.requiresGrad(true));
    Tensor grad = work.arclight().apply(ours).detach().mul(0).add(1);
    GradOptions options = GradOptions.standard().gradOutputs(grad);
    return () -> {
      try (Scope step = Scope.open()) {
        Autograd.grad(List.of(work.arclight().apply(ours)), wanted, options);
      }
    };
  }

  Runnable libtorchBackward() {
    List<org.bytedeco.pytorch.Tensor> wanted = new ArrayList<>();
    for (org.bytedeco.pytorch.Tensor t : theirs) {
      if (t.is_floating_point()) {
        wanted.add(t.requires_grad_(true));
      }
    }
    TensorVector inputs = new TensorVector(wanted.toArray(new org.bytedeco.pytorch.Tensor[0]));
    TensorVector grad = new TensorVector(torch.ones_like(work.libtorch().apply(theirs).detach()));
    return () -> {
      try (PointerScope step = new PointerScope()) {
        torch.grad(
            new TensorVector(work.libtorch().apply(theirs)),
            inputs,
            grad,
            new BoolOptional(false),
            false,
            false);
      }
    };
  }

  @Override
  public void close() {
    scope.close();
    pointers.close();
  }
}
