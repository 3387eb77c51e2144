package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.ALL;
import static io.arclight.tensor.op.DTypes.andComplex;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.Transfer;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Exprs;
import io.arclight.tensor.ir.Type;
import java.util.List;

/**
 * A copy in another dtype, whose dimensions lie as the input's do, or on another device, or of
 * neither, which are row-major.
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
      Spec here = new Spec(x.shape(), dtype, x.device());
      boolean preserves = x.dtype() != dtype && !moves;
      Tensor dense = preserves ? Tensor.allocate(name(), here, x) : Tensor.allocate(name(), here);
      program(x.dtype()).run(dense, in, List.of());
      x = dense;
    }
    return new Tensor[] {moves ? Transfer.to(x, spec.device()) : x};
  }

  private ElementwiseProgram program(DType from) {
    Type type = dtype.toReal().type().value();
    Expr first = new Expr.Input(0, type);
    if (!from.isComplex() && !dtype.isComplex()) {
      return ElementwiseProgram.of("convert", first, 1);
    }
    Expr second = from.isComplex() ? new Expr.Input(1, type) : Exprs.constant(type, 0);
    List<Expr> parts =
        dtype.isComplex()
            ? List.of(first, second)
            : List.of(dtype == DType.BOOL ? Exprs.or(first, second) : first);
    return ElementwiseProgram.ofPairs("convert", parts, List.of(from.isComplex() ? 2 : 1), null);
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor g = saved.inputDType(0).isComplex() ? grads[0] : grads[0].real();
    return new Tensor[] {g.to(saved.inputDType(0)).to(saved.inputDevice(0))};
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... inputs) {
    return Tensor.applyAll(this, inputs);
  }

  static OpInfo info() {
    return OpInfo.of(
        "convert",
        andComplex(ALL),
        in ->
            List.of(
                Sample.of(ConvertOp.copy(DType.FLOAT64, null), in.any(3, 4))
                    .peer("x0.to(torch.float64)"),
                Sample.of(ConvertOp.copy(in.dtype(), null), in.transposed(3, 4))
                    .peer("x0.clone()")));
  }
}
