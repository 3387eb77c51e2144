package io.arclight.tensor.op;

import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/** The gradient of the average pooling {@code pool} over {@code places}, which is linear. */
record AvgPoolGradientOp(Op pool, Windows windows, PoolKernels.Divisor divisor, Shape places)
    implements Op {
  @Override
  public String name() {
    return pool.name() + "_BACKWARD";
  }

  static Tensor[] pool(
      String op, Windows windows, PoolKernels.Divisor divisor, Spec spec, Tensor input) {
    Tensor x = input.detach();
    boolean last = ChannelView.isLast(x);
    Tensor y = ChannelView.allocate(op, spec, last);
    PoolKernels.run(
        op,
        PoolKernels.Pass.AVERAGE,
        windows,
        divisor,
        last,
        Pooling.places(x.shape()),
        Pooling.places(y.shape()),
        x,
        null,
        y);
    return new Tensor[] {y};
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor g = in[0];
    long[] dims = Arrays.copyOf(g.shape().toArray(), g.rank());
    System.arraycopy(places.toArray(), 0, dims, 2, places.rank());
    return List.of(new Spec(Shape.of(dims), g.dtype(), g.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor g = in[0].detach();
    boolean last = ChannelView.isLast(g);
    Tensor dx = ChannelView.allocate(name(), outputs.get(0), last);
    PoolKernels.run(
        name(),
        PoolKernels.Pass.AVERAGE_GRADIENT,
        windows,
        divisor,
        last,
        places,
        Pooling.places(g.shape()),
        g,
        null,
        dx);
    return new Tensor[] {dx};
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    return new Tensor[] {Tensor.apply(pool, grads[0])};
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    return Pooling.batch(this, in[0]);
  }
}
