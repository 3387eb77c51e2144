package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.FLOATS;
import static io.arclight.tensor.op.DTypes.NUMBERS;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;

/** What functions that make tensors of numbers are tested with; an index says on which device. */
final class CreationSamples {
  private static final Set<DType> ALL = DTypes.andComplex(DTypes.ALL);
  private static final Set<DType> INT64 = EnumSet.of(DType.INT64);

  private CreationSamples() {}

  private record Make(BiFunction<DType, Device, Tensor> function, String peer) {}

  private static Make make(BiFunction<DType, Device, Tensor> function, String peer) {
    return new Make(function, peer);
  }

  private static OpInfo info(String name, Set<DType> dtypes, Make... makes) {
    return OpInfo.of(
        name,
        dtypes,
        in -> {
          List<Sample> out = new ArrayList<>();
          for (Make m : makes) {
            DType t = in.dtype();
            out.add(
                Sample.composed(x -> m.function.apply(t, x[0].device()), in.index(0, 1))
                    .peer(m.peer.replace("DTYPE", "torch." + t)));
          }
          return out;
        });
  }

  private static OpInfo refusing(OpInfo info, String text, BiFunction<DType, Device, Tensor> f) {
    return new OpInfo(
        info.name(),
        info.dtypes(),
        info.samples(),
        in ->
            List.of(
                ErrorSample.composed(
                    x -> f.apply(in.dtype(), x[0].device()),
                    TensorException.class,
                    text,
                    in.index(0, 1))));
  }

  static List<OpInfo> infos() {
    return List.of(
        refusing(
            info(
                "arange",
                NUMBERS,
                make((t, d) -> Tensor.arange(0, 5, 1, t, d), "torch.arange(0, 5, 1, dtype=DTYPE)"),
                make(
                    (t, d) -> Tensor.arange(1, 12, 3, t, d), "torch.arange(1, 12, 3, dtype=DTYPE)"),
                make(
                    (t, d) -> Tensor.arange(9, 0, -2, t, d), "torch.arange(9, 0, -2, dtype=DTYPE)"),
                make((t, d) -> Tensor.arange(3, 3, 1, t, d), "torch.arange(3, 3, 1, dtype=DTYPE)")),
            "not in the direction",
            (t, d) -> Tensor.arange(3, 2, 1, t, d)),
        refusing(
            info(
                "arange_real",
                FLOATS,
                make(
                    (t, d) -> Tensor.arange(0.5, 3.0, 0.5, t, d),
                    "torch.arange(0.5, 3.0, 0.5, dtype=DTYPE)"),
                make(
                    (t, d) -> Tensor.arange(0, 1.0, 0.1, t, d),
                    "torch.arange(0, 1.0, 0.1, dtype=DTYPE)")),
            "step not 0",
            (t, d) -> Tensor.arange(0.0, 1.0, 0.0, t, d)),
        refusing(
            info(
                "linspace",
                DTypes.andComplex(NUMBERS),
                make(
                    (t, d) -> Tensor.linspace(0, 10, 5, t, d),
                    "torch.linspace(0, 10, 5, dtype=DTYPE)"),
                make(
                    (t, d) -> Tensor.linspace(1, 9, 7, t, d),
                    "torch.linspace(1, 9, 7, dtype=DTYPE)"),
                make(
                    (t, d) -> Tensor.linspace(3, 7, 1, t, d),
                    "torch.linspace(3, 7, 1, dtype=DTYPE)"),
                make(
                    (t, d) -> Tensor.linspace(3, 7, 0, t, d),
                    "torch.linspace(3, 7, 0, dtype=DTYPE)"),
                make(
                    (t, d) -> Tensor.linspace(9, 1, 4, t, d),
                    "torch.linspace(9, 1, 4, dtype=DTYPE)")),
            "must not be negative",
            (t, d) -> Tensor.linspace(0, 1, -1, t, d)),
        info(
            "logspace",
            DTypes.andComplex(FLOATS),
            make(
                (t, d) -> Tensor.logspace(-1, 2, 4, 10, t, d),
                "torch.logspace(-1, 2, 4, dtype=DTYPE)"),
            make(
                (t, d) -> Tensor.logspace(0, 3, 5, 2, t, d),
                "torch.logspace(0, 3, 5, base=2.0, dtype=DTYPE)")),
        info(
            "logspace of integers",
            DTypes.INTEGERS,
            make(
                (t, d) -> Tensor.logspace(0, 6, 4, 2, t, d),
                "torch.logspace(0, 6, 4, base=2.0, dtype=DTYPE)")),
        info(
            "eye",
            ALL,
            make((t, d) -> Tensor.eye(3, 3, t, d), "torch.eye(3, dtype=DTYPE)"),
            make((t, d) -> Tensor.eye(2, 4, t, d), "torch.eye(2, 4, dtype=DTYPE)"),
            make((t, d) -> Tensor.eye(0, 2, t, d), "torch.eye(0, 2, dtype=DTYPE)")),
        info(
            "tril_indices",
            INT64,
            make((t, d) -> Tensor.trilIndices(3, 4).to(d), "torch.tril_indices(3, 4)"),
            make((t, d) -> Tensor.trilIndices(4, 3, 1).to(d), "torch.tril_indices(4, 3, 1)"),
            make((t, d) -> Tensor.trilIndices(4, 3, -2).to(d), "torch.tril_indices(4, 3, -2)"),
            make((t, d) -> Tensor.trilIndices(2, 2, -9).to(d), "torch.tril_indices(2, 2, -9)")),
        info(
            "triu_indices",
            INT64,
            make((t, d) -> Tensor.triuIndices(3, 4).to(d), "torch.triu_indices(3, 4)"),
            make((t, d) -> Tensor.triuIndices(4, 3, 1).to(d), "torch.triu_indices(4, 3, 1)"),
            make((t, d) -> Tensor.triuIndices(3, 3, -2).to(d), "torch.triu_indices(3, 3, -2)")),
        info(
            "full",
            ALL,
            make(
                (t, d) -> Tensor.full(Shape.of(2, 3), 1, t, d),
                "torch.full([2, 3], 1, dtype=DTYPE)")),
        info(
            "zeros",
            ALL,
            make((t, d) -> Tensor.zeros(Shape.of(2), t, d), "torch.zeros([2], dtype=DTYPE)")),
        info(
            "ones",
            ALL,
            make((t, d) -> Tensor.ones(Shape.of(2), t, d), "torch.ones([2], dtype=DTYPE)")),
        info(
            "zeros_like",
            ALL,
            make(
                (t, d) -> Tensor.ones(Shape.of(2), t, d).zerosLike(),
                "torch.zeros_like(torch.ones([2], dtype=DTYPE))")),
        info(
            "ones_like",
            ALL,
            make(
                (t, d) -> Tensor.zeros(Shape.of(2), t, d).onesLike(),
                "torch.ones_like(torch.zeros([2], dtype=DTYPE))")),
        info(
            "full_like",
            ALL,
            make(
                (t, d) -> Tensor.zeros(Shape.of(2), t, d).fullLike(1),
                "torch.full_like(torch.zeros([2], dtype=DTYPE), 1)")),
        info(
            "new_full",
            ALL,
            make(
                (t, d) -> Tensor.zeros(Shape.of(2), t, d).newFull(Shape.of(3), 1),
                "torch.zeros([2], dtype=DTYPE).new_full([3], 1)")));
  }
}
