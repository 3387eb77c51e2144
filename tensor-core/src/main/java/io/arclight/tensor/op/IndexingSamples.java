package io.arclight.tensor.op;

import static io.arclight.tensor.Index.*;
import static io.arclight.tensor.op.ShapeSamples.info;
import static io.arclight.tensor.op.ShapeSamples.one;
import static io.arclight.tensor.op.ShapeSamples.parts;
import static io.arclight.tensor.op.ShapeSamples.refuses;

import io.arclight.tensor.Combine;
import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What indexing that is composed of other operations is tested with. */
final class IndexingSamples {
  private static final Set<DType> EVERY = DTypes.andComplex(DTypes.ALL);

  private IndexingSamples() {}

  static List<OpInfo> infos() {
    return List.of(
        getitem(),
        setitem(),
        info(
            "masked_select",
            EVERY,
            in ->
                Sample.composed(x -> x[0].maskedSelect(x[1]), in.any(3, 4), in.mask(3, 4))
                    .peer("torch.masked_select(x0, x1)"),
            in ->
                Sample.composed(x -> x[0].maskedSelect(x[1]), in.any(3, 1), in.mask(4))
                    .peer("torch.masked_select(x0, x1)"),
            in ->
                Sample.composed(x -> x[0].maskedSelect(x[1]), in.any(0), in.mask(0))
                    .peer("torch.masked_select(x0, x1)")),
        info(
            "masked_scatter",
            EVERY,
            in ->
                Sample.composed(
                        x -> x[0].maskedScatter(x[1], x[2]),
                        in.any(3, 4),
                        in.mask(3, 4),
                        in.any(12))
                    .peer("torch.masked_scatter(x0, x1, x2)"),
            in ->
                Sample.composed(
                        x -> x[0].maskedScatter(x[1], x[2]), in.any(3, 4), in.mask(4), in.any(3, 4))
                    .peer("torch.masked_scatter(x0, x1, x2)")),
        info(
            "take",
            EVERY,
            in ->
                Sample.composed(x -> x[0].take(x[1]), in.any(3, 4), in.indices(12, 2, 3).sub(12))
                    .peer("torch.take(x0, x1)"),
            in ->
                Sample.composed(x -> x[0].take(x[1]), in.transposed(3, 4), in.indices(12, 5))
                    .peer("torch.take(x0, x1)")),
        refuses(
            info(
                "take_along_dim",
                EVERY,
                in ->
                    Sample.composed(
                            x -> x[0].takeAlongDim(x[1], 1), in.any(3, 4), in.indices(4, 1, 2))
                        .peer("torch.take_along_dim(x0, x1, 1)"),
                in ->
                    Sample.composed(
                            x -> x[0].takeAlongDim(x[1], 0), in.any(3, 1), in.indices(3, 2, 4))
                        .peer("torch.take_along_dim(x0, x1, 0)")),
            "must have as many dimensions",
            x -> x[0].takeAlongDim(Tensor.of(0L).to(x[0].device()), 0),
            2,
            3),
        info(
            "nonzero",
            EVERY,
            in -> one(Tensor::nonzero, "torch.nonzero(x0)", in.any(3, 4).mul(in.mask(3, 4))),
            in -> one(Tensor::nonzero, "torch.nonzero(x0)", in.any(2, 0)),
            in -> one(Tensor::nonzero, "torch.nonzero(x0)", in.any()),
            in -> one(Tensor::nonzero, "torch.nonzero(x0)", in.mask(5, 1000).to(in.dtype()))),
        info("argwhere", EVERY, in -> one(Tensor::argwhere, "torch.argwhere(x0)", in.any(3, 4))),
        info(
            "where",
            EVERY,
            in -> parts(Tensor::where, "torch.where(x0)", in.any(3, 4)),
            in ->
                Sample.composed(
                        x -> Tensor.where(x[1], x[0], x[2]), in.any(3, 4), in.mask(4), in.any(3, 1))
                    .peer("torch.where(x1, x0, x2)")),
        info(
            "unravel_index",
            DTypes.INTEGERS,
            in ->
                parts(
                    x -> x.unravelIndex(Shape.of(2, 3, 4)),
                    "(x0 // 12 % 2, x0 // 4 % 3, x0 % 4)",
                    in.indices(24, 2, 3).to(in.dtype()))),
        info(
            "index_fill",
            EVERY,
            in ->
                Sample.composed(x -> x[0].indexFill(1, x[1], 1), in.any(2, 4), in.places(-1, 0))
                    .peer("torch.index_fill(x0, 1, x1, 1)"),
            in ->
                Sample.composed(
                        x -> x[0].indexFill(0, x[1], x[2]), in.any(3), in.places(1), in.any())
                    .peer("torch.index_fill(x0, 0, x1, x2)")),
        info(
            "scatter_value",
            EVERY,
            in ->
                Sample.composed(
                        x -> x[0].scatter(1, x[1], 1), in.any(2, 4), in.places(3, 0).expand(2, 2))
                    .peer("torch.scatter(x0, 1, x1, 1)")),
        reduction("scatter_reduce_excluded", Combine.Self.EXCLUDED),
        reduction("scatter_reduce_included", Combine.Self.INCLUDED));
  }

  private static OpInfo reduction(String name, Combine.Self own) {
    String flag = own == Combine.Self.INCLUDED ? "True" : "False";
    return OpInfo.of(
        name,
        DTypes.ALL,
        in -> {
          List<Sample> out = new ArrayList<>();
          out.add(reduced(in, Combine.SUM, own, "sum", flag));
          out.add(reduced(in, Combine.PROD, own, "prod", flag));
          out.add(zeros(in, own, flag));
          out.add(reduced(in, Combine.AMAX, own, "amax", flag));
          out.add(reduced(in, Combine.AMIN, own, "amin", flag));
          if (in.dtype() != DType.BOOL) {
            out.add(reduced(in, Combine.MEAN, own, "mean", flag));
            out.add(
                Sample.composed(
                        x -> x[0].indexReduce(0, x[1], x[2], Combine.MEAN, own),
                        in.any(4, 2),
                        in.indices(4, 5),
                        in.any(5, 2))
                    .peer("torch.index_reduce(x0, 0, x1, x2, 'mean', include_self=" + flag + ")"));
          }
          return out;
        });
  }

  private static Sample reduced(
      SampleInputs in, Combine how, Combine.Self own, String label, String flag) {
    return Sample.composed(
            x -> x[0].scatterReduce(0, x[1], x[2], how, own),
            in.any(4, 2),
            in.indices(4, 3, 2),
            in.any(3, 2))
        .peer("torch.scatter_reduce(x0, 0, x1, x2, '" + label + "', include_self=" + flag + ")");
  }

  /** Of the factors of an element none, one, two or three are 0, in either operand. */
  private static Sample zeros(SampleInputs in, Combine.Self own, String flag) {
    return Sample.composed(
            x -> x[0].scatterReduce(0, x[1], x[2], Combine.PROD, own),
            in.withZeros(in.exactly(5), 1, 3),
            in.places(0, 0, 1, 1, 2, 2, 2, 3, 3, 3),
            in.withZeros(in.exactly(10), 3, 4, 5, 7, 8))
        .peer("torch.scatter_reduce(x0, 0, x1, x2, 'prod', include_self=" + flag + ")");
  }

  private static OpInfo getitem() {
    OpInfo base =
        info(
            "__getitem__",
            EVERY,
            in -> one(x -> x.index(at(1)), "x0[1]", in.any(3, 2)),
            in -> one(x -> x.index(at(-1), from(1)), "x0[-1, 1:]", in.any(3, 4)),
            in -> one(x -> x.index(slice(0, -1, 2)), "x0[0:-1:2]", in.any(6, 2)),
            in -> one(x -> x.index(ELLIPSIS, until(-2)), "x0[..., :-2]", in.any(2, 3, 4)),
            in -> one(x -> x.index(every(2), ELLIPSIS, at(0)), "x0[::2, ..., 0]", in.any(3, 2, 2)),
            in -> one(x -> x.index(NEW_AXIS, ALL, NEW_AXIS), "x0[None, :, None]", in.any(3, 2)),
            in -> one(x -> x.index(ELLIPSIS), "x0.clone()", in.any()),
            in ->
                Sample.composed(x -> x[0].index(at(x[1])), in.any(3, 4), in.mask(3, 4))
                    .peer("x0[x1]"),
            in ->
                Sample.composed(x -> x[0].index(ALL, at(x[1])), in.any(3, 4, 2), in.mask(4))
                    .peer("x0[:, x1]"),
            in ->
                Sample.composed(x -> x[0].index(ALL, at(x[1])), in.any(2, 3, 4), in.mask(3, 4))
                    .peer("x0[:, x1]"),
            in ->
                Sample.composed(
                        x -> x[0].index(at(x[1]), at(0), at(x[2])),
                        in.any(3, 2, 4),
                        in.indices(3, 2),
                        in.indices(4, 2))
                    .peer("x0[x1, 0, x2]"),
            in ->
                Sample.composed(
                        x -> x[0].index(at(x[1]), NEW_AXIS, at(x[2])),
                        in.any(3, 4),
                        in.indices(3, 2),
                        in.indices(4, 2))
                    .peer("x0[x1, None, x2]"),
            in ->
                Sample.composed(
                        x -> x[0].index(at(x[1]), slice(1, 3), ELLIPSIS, at(x[2])),
                        in.any(3, 4, 2, 3),
                        in.indices(3, 2, 1),
                        in.indices(3, 2))
                    .peer("x0[x1, 1:3, :, x2]"),
            in ->
                Sample.composed(x -> x[0].index(at(x[1])), in.any(3, 2), in.index(1))
                    .peer("x0[x1]"),
            in ->
                Sample.composed(
                        x -> x[0].index(at(x[1]), at(x[2])),
                        in.any(3, 5),
                        in.places(1, 0, 1, 1, 0).gt(0).narrow(0, 0, 3),
                        in.indices(5, 2))
                    .peer("x0[x1, x2]"),
            in -> one(x -> x.index(pick(2, 0)), "x0[[2, 0]]", in.any(3, 2)));
    base = refuses(base, "too many indices: 3 for a tensor", x -> x[0].index(ALL, ALL, ALL), 2, 3);
    base =
        refuses(base, "index 3 is out of range for dimension 1", x -> x[0].index(ALL, at(3)), 2, 3);
    base =
        refuses(
            base,
            "dimension 1 of the mask has size 3, dimension 1 of the tensor 4",
            x -> x[0].index(at(x[0].narrow(1, 0, 3).eq(x[0].narrow(1, 0, 3)))),
            2,
            4);
    return refuses(base, "only one ELLIPSIS", x -> x[0].index(ELLIPSIS, ELLIPSIS), 2, 3);
  }

  /** Assignment to a copy, so that the inputs stay. */
  private static OpInfo setitem() {
    return info(
        "__setitem__",
        EVERY,
        in -> set("x0[1] = x1", in.any(3, 2), in.any(2), at(1)),
        in -> set("x0[:, ::2] = x1", in.any(3, 4), in.any(2), ALL, every(2)),
        in -> set("x0[..., -1] = x1", in.any(3, 4), in.any(), ELLIPSIS, at(-1)),
        in ->
            set("x0[0] = x1", in.any(3, 2), in.any(1, 1, 2), at(0))
                .withoutPeer("Python drops leading dimensions of size 1, TorchScript does not"),
        in -> set("x0[[2, 0]] = x1", in.any(3, 2), in.any(2, 2), at(in.places(2, 0))),
        in ->
            set(
                "x0[:, [1, -1]] = x1",
                in.transposed(3, 4),
                in.any(3, 1),
                ALL,
                at(in.places(1, -1))),
        in ->
            Sample.composed(
                    x -> x[0].copy().set(x[2].flatten().narrow(0, 0, 1), at(x[1])),
                    in.any(3, 4),
                    in.mask(3, 4),
                    in.any(2))
                .peer("y = x0.clone(); y[x1] = x2.flatten()[:1]; y"),
        in ->
            Sample.composed(x -> x[0].copy().set(1, at(x[1])), in.any(3, 4), in.mask(3))
                .peer("y = x0.clone(); y[x1] = 1; y"),
        in ->
            Sample.composed(x -> x[0].copy().set(1, ALL, at(x[1])), in.any(3, 4), in.indices(4, 2))
                .peer("y = x0.clone(); y[:, x1] = 1; y"),
        in ->
            Sample.composed(x -> x[0].copy().set(1, from(1)), in.any(3))
                .peer("y = x0.clone(); y[1:] = 1; y"));
  }

  private static Sample set(
      String peer, Tensor x, Tensor value, io.arclight.tensor.Index... where) {
    return Sample.composed(in -> in[0].copy().set(in[1], where), x, value)
        .peer("y = x0.clone(); " + peer.replace("x0", "y") + "; y");
  }
}
