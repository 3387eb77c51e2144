package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.ALL;
import static io.arclight.tensor.op.DTypes.FLOATS;
import static io.arclight.tensor.op.DTypes.INTEGERS;
import static io.arclight.tensor.op.DTypes.NUMBERS;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Frexp;
import io.arclight.tensor.NanEquality;
import io.arclight.tensor.Rounding;
import io.arclight.tensor.Special;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import java.util.List;

/** Elementwise functions composed of rows of {@link Pointwise}, and their options. */
final class ComposedPointwise {
  private ComposedPointwise() {}

  /** PyTorch's has no gradient of complex numbers. */
  private static String nanToNum(SampleInputs in) {
    return in.dtype().isComplex() ? "torch.nan_to_num(x0.detach())" : "torch.nan_to_num(x0)";
  }

  static List<OpInfo> infos() {
    return List.of(
        OpInfo.of(
            "float_power",
            DTypes.andComplex(ALL),
            in ->
                List.of(
                    Sample.composed(x -> x[0].floatPower(x[1]), in.positive(3, 5), in.any(5))
                        .peer("torch.float_power(x0, x1)"),
                    Sample.composed(x -> x[0].floatPower(2), in.any(7))
                        .peer("torch.float_power(x0, 2)"),
                    Sample.composed(x -> Tensor.floatPower(2, x[0]), in.any(7))
                        .peer("torch.float_power(2, x0)"))),
        new OpInfo(
            "add with alpha",
            DTypes.andComplex(NUMBERS),
            in ->
                List.of(
                    Sample.composed(x -> x[0].add(x[1], 2), in.any(3, 5), in.any(5))
                        .peer("torch.add(x0, x1, alpha=2)"),
                    Sample.composed(x -> x[0].sub(x[1], 2), in.any(3, 5), in.any(5))
                        .peer("torch.sub(x0, x1, alpha=2)")),
            in ->
                in.dtype().isFloatingPoint()
                    ? List.of()
                    : List.of(
                        ErrorSample.composed(
                            x -> x[0].add(x[0], 1.5), DTypeException.class, "alpha", in.any(3)))),
        new OpInfo(
            "pow with a number",
            DTypes.andComplex(NUMBERS),
            in ->
                List.of(
                    Sample.composed(x -> x[0].pow(2), in.any(7)).peer("torch.pow(x0, 2)"),
                    Sample.composed(x -> x[0].pow(3), in.any(7)).peer("torch.pow(x0, 3)"),
                    Sample.composed(x -> x[0].pow(0), in.any(7)).peer("torch.pow(x0, 0)"),
                    Sample.composed(x -> x[0].pow(0.5), in.positive(7)).peer("torch.pow(x0, 0.5)"),
                    Sample.composed(x -> x[0].pow(-1.5), in.positive(7))
                        .peer("torch.pow(x0, -1.5)"),
                    Sample.composed(x -> Tensor.pow(2, x[0]), in.any(7)).peer("torch.pow(2, x0)")),
            in ->
                in.dtype().isInteger()
                    ? List.of(
                        ErrorSample.composed(
                            x -> x[0].pow(-1), DTypeException.class, "fractions", in.any(3)))
                    : List.of()),
        OpInfo.of(
            "div with rounding",
            NUMBERS,
            in ->
                List.of(
                    Sample.composed(x -> x[0].div(x[1], Rounding.FLOOR), in.any(9), in.positive(9))
                        .peer("torch.div(x0, x1, rounding_mode='floor')"),
                    Sample.composed(x -> x[0].div(3, Rounding.TRUNC), in.any(9))
                        .peer("torch.div(x0, 3, rounding_mode='trunc')"))),
        OpInfo.of(
            "ldexp",
            DTypes.andComplex(ALL),
            in ->
                List.of(
                    Sample.composed(x -> x[0].ldexp(x[1]), in.any(3, 5), in.indices(9, 5))
                        .peer("torch.ldexp(x0, x1)"),
                    Sample.composed(x -> x[0].ldexp(x[1]), in.any(5), in.any(5))
                        .peer("torch.ldexp(x0, x1)"))),
        OpInfo.of(
            "clamp with numbers",
            NUMBERS,
            in ->
                List.of(
                    Sample.composed(x -> x[0].clamp(1, 3), in.any(3, 7))
                        .peer("torch.clamp(x0, 1, 3)"),
                    Sample.composed(x -> x[0].clamp(3, 1), in.any(7)).peer("torch.clamp(x0, 3, 1)"),
                    Sample.composed(x -> x[0].clip(null, 1.5), in.any(7))
                        .peer("torch.clip(x0, None, 1.5)"),
                    Sample.composed(x -> x[0].clamp(1, null), in.any(7)).peer("torch.clamp(x0, 1)"),
                    Sample.composed(x -> x[0].clamp(null, x[1]), in.any(7), in.any(7))
                        .peer("torch.clamp(x0, max=x1)"),
                    Sample.composed(x -> x[0].clamp(1, 3), in.edges())
                        .peer("torch.clamp(x0, 1, 3)")
                        .valuesOnly())),
        OpInfo.of(
            "round with decimals",
            FLOATS,
            in ->
                List.of(
                    Sample.composed(x -> x[0].round(1), in.any(7))
                        .peer("torch.round(x0, decimals=1)"),
                    Sample.composed(x -> x[0].round(0), in.any(7))
                        .peer("torch.round(x0, decimals=0)"))),
        OpInfo.of(
            "nan_to_num by default",
            DTypes.andComplex(ALL),
            in ->
                List.of(
                    Sample.composed(x -> x[0].nanToNum(), in.any(7)).peer(nanToNum(in)),
                    Sample.composed(
                            x -> x[0].nanToNum(),
                            in.dtype().isDifferentiable() ? in.edges() : in.any(3))
                        .peer(nanToNum(in))
                        .valuesOnly())),
        OpInfo.of(
            "frexp",
            FLOATS,
            in ->
                List.of(
                    Sample.composedAll(
                            x -> {
                              Frexp parts = x[0].frexp();
                              return new Tensor[] {parts.mantissa(), parts.exponent()};
                            },
                            in.any(3, 4))
                        .peer("torch.frexp(x0)"))),
        OpInfo.of(
            "logit with eps",
            FLOATS,
            in ->
                List.of(
                    Sample.composed(x -> x[0].logit(0.125), in.range(-0.2, 1.2, 9))
                        .peer("torch.logit(x0, 0.125)"))),
        new OpInfo(
            "polygamma",
            ALL,
            in ->
                List.of(
                    Sample.composed(x -> x[0].polygamma(0), in.positive(7))
                        .peer("torch.polygamma(0, x0)"),
                    Sample.composed(x -> x[0].polygamma(1), in.positive(7))
                        .peer("torch.polygamma(1, x0)"),
                    Sample.composed(x -> Special.polygamma(2, x[0]), in.positive(7))
                        .peer("torch.special.polygamma(2, x0)"),
                    Sample.composed(x -> x[0].polygamma(5), in.positive(7))
                        .peer("torch.polygamma(5, x0)")),
            in ->
                List.of(
                    ErrorSample.composed(
                        x -> x[0].polygamma(-1), TensorException.class, "negative", in.any(2)))),
        new OpInfo(
            "mvlgamma",
            NUMBERS,
            in ->
                List.of(
                    Sample.composed(x -> x[0].mvlgamma(1), in.range(2, 9, 7))
                        .peer("torch.mvlgamma(x0, 1)"),
                    Sample.composed(x -> Special.multigammaln(x[0], 3), in.range(2, 9, 3, 4))
                        .peer("torch.special.multigammaln(x0, 3)")),
            in ->
                List.of(
                    ErrorSample.composed(
                        x -> x[0].mvlgamma(0), TensorException.class, "at least 1", in.any(2)))),
        new OpInfo(
            "isclose",
            DTypes.andComplex(ALL),
            in -> {
              Tensor b = in.dtype() == DType.BOOL ? in.any(5) : in.edges();
              Tensor a = b.unsqueeze(1).expand(b.elements(), b.elements());
              return List.of(
                  Sample.composed(x -> x[0].isclose(x[1]), a, b).peer("torch.isclose(x0, x1)"),
                  Sample.composed(
                          x -> x[0].isclose(x[1], 0.5, 0.5, NanEquality.DIFFERENT),
                          in.any(5, 1),
                          in.any(5))
                      .peer("torch.isclose(x0, x1, 0.5, 0.5)"),
                  Sample.composed(x -> x[0].isclose(x[1], 0.5, 0, NanEquality.EQUAL), a, b)
                      .peer("torch.isclose(x0, x1, 0.5, 0., equal_nan=True)"));
            },
            in -> {
              DType other = in.dtype() == DType.FLOAT32 ? DType.INT32 : DType.FLOAT32;
              return List.of(
                  ErrorSample.composed(
                      x -> x[0].isclose(x[1]),
                      DTypeException.class,
                      "dtypes differ",
                      in.any(2),
                      in.any(2).to(other)),
                  ErrorSample.composed(
                      x -> x[0].isclose(x[1], -1, 0, NanEquality.EQUAL),
                      TensorException.class,
                      "must not be negative",
                      in.any(2),
                      in.any(2)));
            }),
        OpInfo.of(
            "isin",
            NUMBERS,
            in ->
                List.of(
                    Sample.composed(x -> x[0].isin(x[1]), in.any(4, 5), in.any(2, 3))
                        .peer("torch.isin(x0, x1)"),
                    Sample.composed(x -> x[0].isin(x[1]), in.any(4, 5), in.any(40))
                        .peer("torch.isin(x0, x1)"),
                    Sample.composed(x -> x[0].isin(x[0]), in.any(40)).peer("torch.isin(x0, x0)"),
                    Sample.composed(x -> x[0].isin(x[1]), in.any(), in.any(0))
                        .peer("torch.isin(x0, x1)"),
                    Sample.composed(x -> x[0].isin(2), in.any(9)).peer("torch.isin(x0, 2)"))),
        OpInfo.of(
            "isreal",
            DTypes.andComplex(ALL),
            in -> List.of(Sample.composed(x -> x[0].isreal(), in.any(3)).peer("torch.isreal(x0)"))),
        OpInfo.of(
            "bitwise with a number first",
            INTEGERS,
            in ->
                List.of(
                    Sample.composed(x -> Tensor.bitwiseAnd(6, x[0]), in.any(9))
                        .peer("torch.bitwise_and(6, x0)"),
                    Sample.composed(x -> Tensor.bitwiseLeftShift(3, x[0]), in.positive(9))
                        .peer("torch.bitwise_left_shift(3, x0)"))));
  }
}
