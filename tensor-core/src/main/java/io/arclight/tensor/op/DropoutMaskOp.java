package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.util.EnumSet;
import java.util.List;

/**
 * For sample ids int64 [n] the masks of {@link RandomKernels#mask}, bool [n, inner]: true with
 * probability {@code keep}.
 */
record DropoutMaskOp(Shape inner, double keep, long key) implements Op {
  private static final String RANDOM = "random numbers are drawn by sample";

  @Override
  public String name() {
    return "DROPOUT_MASK";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    if (in[0].rank() != 1 || in[0].dtype() != DType.INT64) {
      throw new DTypeException(
          "dropout: sample ids must be int64 [n], not " + in[0].dtype() + in[0].shape());
    }
    return List.of(new Spec(Batching.lead(in[0].dim(0), inner), DType.BOOL, in[0].device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor ids = in[0].detach().contiguous();
    return new Tensor[] {RandomKernels.mask(outputs.get(0).shape(), ids, keep, key)};
  }

  @Override
  public boolean differentiable() {
    return false;
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    long n = in[0].dim(1);
    Tensor mask = Tensor.apply(this, in[0].reshape(size * n));
    return new Tensor[] {mask.reshape(Batching.lead(size, Batching.lead(n, inner)))};
  }

  static OpInfo info() {
    DropoutMaskOp op = new DropoutMaskOp(Shape.of(2, 3), 0.5, 7);
    return new OpInfo(
        "dropout_mask",
        EnumSet.of(DType.INT64),
        in ->
            List.of(
                Sample.of(op, in.places(4, 0, 9)).withoutPeer(RANDOM),
                Sample.of(new DropoutMaskOp(Shape.of(2, 3), 1, 7), in.places(4, 0, 9))
                    .peer("torch.ones([3, 2, 3]) > 0"),
                Sample.of(new DropoutMaskOp(Shape.of(2, 3), 0, 7), in.places(4, 0, 9))
                    .peer("torch.ones([3, 2, 3]) < 0"),
                Sample.composed(
                        x ->
                            Tensor.apply(new DropoutMaskOp(Shape.of(20_000), 0.25, 7), x)
                                .to(DType.FLOAT64)
                                .mean(1)
                                .sub(0.25)
                                .abs()
                                .lt(0.01),
                        in.places(4, 0, 9))
                    .peer("torch.ones([3]) > 0")),
        in ->
            List.of(
                ErrorSample.of(
                    op, DTypeException.class, "sample ids must be int64 [n]", in.index(0, 2, 2))));
  }
}
