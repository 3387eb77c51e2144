package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.ALL;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.Transfer;
import io.arclight.tensor.ir.Expr;
import java.util.List;

/**
 * A dense copy in another dtype or on another device.
 *
 * @param device where to, or null for the input's
 */
public record ConvertOp(DType dtype, Device device) implements Op {

  public static ConvertOp copy(DType dtype, Device device) {
    return new ConvertOp(dtype, device);
  }

  @Override
  public String name() {
    return "CONVERT";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    return List.of(new Spec(in[0].shape(), dtype, device == null ? in[0].device() : device));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor x = in[0];
    Spec spec = outputs.get(0);
    boolean moves = !spec.device().equals(x.device());
    if (x.dtype() != dtype || !moves || !x.isContiguous()) {
      Tensor dense = Tensor.allocate(name(), x.shape(), dtype, x.device());
      Expr.Input value = new Expr.Input(0, dtype.type().value());
      ElementwiseProgram.of("convert", value, 1).run(dense, in, List.of());
      x = dense;
    }
    return new Tensor[] {moves ? Transfer.to(x, spec.device()) : x};
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    return new Tensor[] {grads[0].to(saved.inputDType(0)).to(saved.inputDevice(0))};
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... inputs) {
    return Tensor.applyAll(this, inputs);
  }

  static OpInfo info() {
    return OpInfo.of(
        "convert",
        ALL,
        in ->
            List.of(
                Sample.of(ConvertOp.copy(DType.FLOAT64, null), in.any(3, 4))
                    .peer("x0.to(torch.float64)"),
                Sample.of(ConvertOp.copy(in.dtype(), null), in.transposed(3, 4))
                    .peer("x0.clone()")));
  }
}
