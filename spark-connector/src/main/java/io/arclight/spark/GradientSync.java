package io.arclight.spark;

import io.arclight.distributed.Communicator;
import io.arclight.distributed.ReduceOp;
import io.arclight.nn.Module;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.util.List;

/** Sums gradients over ranks. */
final class GradientSync implements AutoCloseable {
  private final Communicator communicator;
  private final List<Tensor> parameters;
  private final Tensor flat;

  GradientSync(Communicator communicator, Module model) {
    this.communicator = communicator;
    this.parameters = model.parameters();
    long n = parameters.stream().mapToLong(Tensor::elements).sum();
    flat = Tensor.empty(Shape.of(n), DType.FLOAT32, Device.CPU).keep();
  }

  void broadcastParameters() {
    try (var quiet = io.arclight.autograd.Autograd.noGrad()) {
      long at = 0;
      for (Tensor p : parameters) {
        flat.narrow(0, at, p.elements()).copyInPlace(p.reshape(p.elements()).to(Device.CPU));
        at += p.elements();
      }
      communicator.broadcast(flat.address(), flat.elements(), DType.FLOAT32, 0).await();
      at = 0;
      for (Tensor p : parameters) {
        p.copyInPlace(flat.narrow(0, at, p.elements()).reshape(p.shape()).to(p.device()));
        at += p.elements();
      }
    }
  }

  void reduce() {
    try (var quiet = io.arclight.autograd.Autograd.noGrad()) {
      long at = 0;
      for (Tensor p : parameters) {
        Tensor place = flat.narrow(0, at, p.elements());
        if (p.grad() == null) {
          place.zeroInPlace();
        } else {
          place.copyInPlace(p.grad().reshape(p.elements()).to(Device.CPU));
        }
        at += p.elements();
      }
      communicator.allReduce(flat.address(), flat.elements(), DType.FLOAT32, ReduceOp.SUM).await();
      at = 0;
      for (Tensor p : parameters) {
        Tensor sum = flat.narrow(0, at, p.elements()).reshape(p.shape()).to(p.device());
        if (p.grad() == null) {
          p.grad(sum.copy().keep());
        } else {
          p.grad().copyInPlace(sum);
        }
        at += p.elements();
      }
    }
  }

  void scale(double factor) {
    for (Tensor p : parameters) {
      p.grad().mulInPlace(factor);
    }
  }

  void requireEqualParameters(long step) {}

  @Override
  public void close() {
    flat.close();
  }
}
