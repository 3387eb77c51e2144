package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Layout;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.EnumSet;
import java.util.List;

/** The same memory as complex numbers and as pairs of real ones. */
public record ComplexViewOp(As as) implements ViewOp {

  /** What the result is. */
  public enum As {
    /** Real, with a last dimension of 2. */
    REAL,
    /** Complex, without the input's last dimension, which is 2. */
    COMPLEX
  }

  @Override
  public String name() {
    return "VIEW_AS_" + as;
  }

  private String label() {
    return as == As.REAL ? "viewAsReal" : "viewAsComplex";
  }

  @Override
  public boolean ofMemory() {
    return as == As.COMPLEX;
  }

  @Override
  public Layout layout(Layout from) {
    Layout l = as == As.REAL ? Pairs.split(from) : Pairs.join(from);
    if (l == null) {
      throw new ShapeException(
          label()
              + ": a tensor of shape "
              + from.shape()
              + " and strides "
              + java.util.Arrays.toString(from.strides())
              + " does not hold pairs side by side: the last dimension must be 2 and dense, the"
              + " other strides and the offset even; use contiguous()");
    }
    return l;
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    DType t = in[0].dtype();
    boolean fits = as == As.REAL ? t.isComplex() : t == DType.FLOAT32 || t == DType.FLOAT64;
    if (!fits) {
      throw new DTypeException(
          label()
              + ": needs a "
              + (as == As.REAL ? "complex" : "float32 or float64")
              + " tensor, not "
              + t);
    }
    DType to = as == As.REAL ? t.toReal() : t.toComplex();
    return List.of(new Spec(layout(in[0].layout()).shape(), to, in[0].device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    return new Tensor[] {in[0].withLayout(layout(in[0].layout()), outputs.get(0).dtype())};
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    return new Tensor[] {
      as == As.REAL
          ? Tensor.apply(new ComplexViewOp(As.COMPLEX), grads[0].contiguous())
          : Tensor.apply(new ComplexViewOp(As.REAL), grads[0])
    };
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... inputs) {
    return Tensor.applyAll(this, inputs);
  }

  static List<OpInfo> infos() {
    ComplexViewOp real = new ComplexViewOp(As.REAL);
    ComplexViewOp complex = new ComplexViewOp(As.COMPLEX);
    return List.of(
        new OpInfo(
            "view_as_real",
            EnumSet.of(DType.COMPLEX64, DType.COMPLEX128),
            in ->
                List.of(
                    Sample.of(real, in.any(3, 4)).peer("torch.view_as_real(x0)"),
                    Sample.of(real, in.transposed(3, 4)).peer("torch.view_as_real(x0)"),
                    Sample.of(real, in.any()).peer("torch.view_as_real(x0)")),
            in ->
                List.of(
                    ErrorSample.of(
                        real,
                        DTypeException.class,
                        "needs a complex tensor, not float32",
                        Tensor.of(1f).to(in.any().device())))),
        new OpInfo(
            "view_as_complex",
            EnumSet.of(DType.FLOAT32, DType.FLOAT64),
            in -> List.of(Sample.of(complex, in.any(3, 4, 2)).peer("torch.view_as_complex(x0)")),
            in ->
                List.of(
                    ErrorSample.of(
                        complex,
                        ShapeException.class,
                        "the last dimension must be 2",
                        in.any(3)))));
  }
}
