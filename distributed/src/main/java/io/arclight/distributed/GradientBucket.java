package io.arclight.distributed;

import io.arclight.distributed.BucketLayout.Bucket;
import io.arclight.distributed.BucketLayout.Slot;
import io.arclight.tensor.Device;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.util.List;

/** The host memory in which a bucket's gradients are summed over the ranks. */
final class GradientBucket implements AutoCloseable {
  private final Bucket layout;
  private final List<Tensor> parameters;
  private final Tensor sums;
  private int missing;
  private Work work;

  GradientBucket(Bucket layout, List<Tensor> parameters) {
    this.layout = layout;
    this.parameters = parameters;
    this.sums =
        Tensor.allocate("gradient bucket", Shape.of(layout.elements()), layout.dtype(), Device.CPU)
            .keep();
  }

  List<Slot> slots() {
    return layout.slots();
  }

  /** Waits for all gradients anew. */
  void begin() {
    missing = layout.slots().size();
    work = null;
  }

  boolean isComplete() {
    return missing == 0;
  }

  /** Copies a parameter's gradient in; zeros where it has none. */
  void put(Slot slot, Tensor grad) {
    missing--;
    Tensor place = place(slot);
    if (grad == null) {
      place.zeroInPlace();
    } else {
      place.copyInPlace(grad.detach().to(Device.CPU));
    }
  }

  /** Starts the sum over all ranks. */
  void send(Communicator group, double weight) {
    if (weight != 1) {
      sums.mulInPlace(weight);
    }
    work = group.allReduce(sums, ReduceOp.SUM);
  }

  /** Waits for the sum. */
  void await() {
    work.await();
  }

  void divide(double count) {
    sums.mulInPlace(1 / count);
  }

  /** Copies the sum into the parameter's gradient. */
  void get(Slot slot) {
    Tensor parameter = parameters.get(slot.parameter());
    Tensor result = place(slot).to(parameter.device());
    if (parameter.grad() == null) {
      Tensor grad =
          Tensor.allocate("gradient", parameter.shape(), parameter.dtype(), parameter.device());
      parameter.grad(grad.copyInPlace(result).keep());
    } else {
      parameter.grad().copyInPlace(result);
    }
  }

  private Tensor place(Slot slot) {
    Tensor parameter = parameters.get(slot.parameter());
    return sums.narrow(0, slot.offset(), parameter.elements()).reshape(parameter.shape());
  }

  @Override
  public void close() {
    sums.close();
  }
}
