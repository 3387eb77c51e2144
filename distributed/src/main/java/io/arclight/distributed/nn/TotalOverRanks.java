package io.arclight.distributed.nn;

import io.arclight.autograd.Function;
import io.arclight.autograd.FunctionContext;
import io.arclight.distributed.Communicator;
import io.arclight.distributed.ReduceOp;
import io.arclight.tensor.Tensor;

/** The sum of a tensor over all ranks; its gradient is the sum of all ranks' gradients. */
final class TotalOverRanks extends Function {
  private final Communicator group;

  TotalOverRanks(Communicator group) {
    this.group = group;
  }

  @Override
  protected Tensor[] forward(FunctionContext ctx, Tensor... inputs) {
    Tensor sum = inputs[0].contiguous().copy();
    group.allReduce(sum, ReduceOp.SUM).await();
    return new Tensor[] {sum};
  }

  @Override
  protected Tensor[] backward(FunctionContext ctx, Tensor... grads) {
    return new Tensor[] {new TotalOverRanks(group).apply(grads[0])};
  }
}
