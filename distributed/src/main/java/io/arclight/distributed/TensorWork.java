package io.arclight.distributed;

import io.arclight.autograd.Autograd;
import io.arclight.tensor.Context;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Device;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;

/** An operation on tensors, which it keeps alive, and moves to the host and back where needed. */
final class TensorWork implements Work {
  /** Starts the operation on host memory. */
  interface Start {
    PendingWork at(long input, long output);
  }

  private final PendingWork work;
  private final Tensor output;
  private final Tensor hostOutput;
  private boolean delivered;

  private TensorWork(PendingWork work, Tensor output, Tensor hostOutput) {
    this.work = work;
    this.output = output;
    this.hostOutput = hostOutput;
  }

  static Work of(Tensor input, Tensor output, Start start) {
    requireContiguous(input);
    requireContiguous(output);
    if (input.dtype() != output.dtype()) {
      throw new DTypeException(
          "input is " + input.dtype() + " but output " + output.dtype() + ": use one dtype");
    }
    Tensor hostInput = host(input);
    Tensor hostOutput = output == input ? hostInput : host(output);
    hostInput.storage().retain();
    hostOutput.storage().retain();
    output.storage().bumpVersion("a collective");
    Runnable release =
        () -> {
          hostInput.storage().release();
          hostOutput.storage().release();
        };
    PendingWork work;
    try {
      work = start.at(hostInput.address(), hostOutput.address());
    } catch (RuntimeException e) {
      release.run();
      throw e;
    }
    work.whenDone(release);
    return hostOutput == output ? work : new TensorWork(work, output, hostOutput.keep());
  }

  private static Tensor host(Tensor tensor) {
    try (Context.Restore mode = Autograd.noGrad()) {
      return tensor.to(Device.CPU);
    }
  }

  private static void requireContiguous(Tensor tensor) {
    if (!tensor.isContiguous()) {
      throw new TensorException(
          "a tensor of shape "
              + tensor.shape()
              + " is not contiguous, so it cannot be sent or received in place: use contiguous()");
    }
  }

  @Override
  public void await() {
    work.await();
    if (!delivered) {
      delivered = true;
      try (Context.Restore mode = Autograd.noGrad()) {
        output.copyInPlace(hostOutput.to(output.device()));
      }
      hostOutput.close();
    }
  }

  @Override
  public boolean isDone() {
    return work.isDone();
  }
}
