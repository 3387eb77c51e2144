package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** What functions of shape alone, composed of views and copies, are tested with. */
final class ShapeSamples {
  private static final Set<DType> ALL = DTypes.andComplex(DTypes.ALL);

  private ShapeSamples() {}

  /** A function of one tensor, and PyTorch's. */
  static Sample one(Function<Tensor, Tensor> function, String peer, Tensor x) {
    return Sample.composed(in -> function.apply(in[0]), x).peer(peer);
  }

  /** As {@link #one}, of several outputs. */
  static Sample parts(Function<Tensor, Tensor[]> function, String peer, Tensor x) {
    return Sample.composedAll(in -> function.apply(in[0]), x).peer(peer);
  }

  /** An operation for which each sample is made of the inputs. */
  @SafeVarargs
  static OpInfo info(String name, Set<DType> dtypes, Function<SampleInputs, Sample>... samples) {
    return OpInfo.of(name, dtypes, in -> all(in, samples));
  }

  @SafeVarargs
  private static List<Sample> all(SampleInputs in, Function<SampleInputs, Sample>... samples) {
    List<Sample> out = new ArrayList<>();
    for (Function<SampleInputs, Sample> s : samples) {
      out.add(s.apply(in));
    }
    return out;
  }

  static OpInfo refuses(OpInfo info, String text, Sample.Composed function, long... shape) {
    return new OpInfo(
        info.name(),
        info.dtypes(),
        info.samples(),
        in -> {
          List<ErrorSample> out = new ArrayList<>(info.errors().apply(in));
          out.add(ErrorSample.composed(function, ShapeException.class, text, in.any(shape)));
          return out;
        });
  }

  static List<OpInfo> infos() {
    return List.of(
        info(
            "reshape",
            ALL,
            in -> one(x -> x.reshape(4, -1), "torch.reshape(x0, [4, -1])", in.transposed(2, 6)),
            in -> one(x -> x.reshape(1, 1), "torch.reshape(x0, [1, 1])", in.any())),
        refuses(
            info(
                "flatten",
                ALL,
                in -> one(Tensor::flatten, "torch.flatten(x0)", in.transposed(3, 2)),
                in -> one(Tensor::flatten, "torch.flatten(x0)", in.any()),
                in -> one(x -> x.flatten(1, 2), "torch.flatten(x0, 1, 2)", in.any(2, 3, 2, 2)),
                in -> one(x -> x.flatten(-2), "torch.flatten(x0, -2)", in.any(2, 0, 3))),
            "comes after",
            x -> x[0].flatten(1, 0),
            2,
            3),
        info("ravel", ALL, in -> one(Tensor::ravel, "torch.ravel(x0)", in.any(2, 3))),
        refuses(
            info(
                "unflatten",
                ALL,
                in ->
                    one(
                        x -> x.unflatten(1, 2, -1),
                        "torch.unflatten(x0, 1, [2, -1])",
                        in.any(3, 6)),
                in -> one(x -> x.unflatten(-1, 6), "torch.unflatten(x0, -1, [6])", in.any(3, 6))),
            "unflatten: shape [4, 2] has 8 elements",
            x -> x[0].unflatten(1, 4, 2),
            3,
            6),
        info(
            "transpose",
            ALL,
            in -> one(x -> x.transpose(0, -1), "torch.transpose(x0, 0, -1)", in.any(2, 3, 4))),
        info(
            "swapaxes",
            ALL,
            in -> one(x -> x.swapaxes(0, 1), "torch.swapaxes(x0, 0, 1)", in.any(2, 3))),
        info(
            "swapdims",
            ALL,
            in -> one(x -> x.swapdims(0, 1), "torch.swapdims(x0, 0, 1)", in.any(2, 3))),
        refuses(
            info(
                "movedim",
                ALL,
                in -> one(x -> x.movedim(0, -1), "torch.movedim(x0, 0, -1)", in.any(2, 3, 4)),
                in ->
                    one(
                        x -> x.movedim(new int[] {0, 1}, new int[] {-1, 0}),
                        "torch.movedim(x0, [0, 1], [-1, 0])",
                        in.any(2, 3, 4))),
            "must be as many",
            x -> x[0].movedim(new int[] {0, 0}, new int[] {0, 1}),
            2,
            3),
        refuses(
            info(
                "t",
                ALL,
                in -> one(Tensor::t, "torch.t(x0)", in.any(2, 3)),
                in -> one(Tensor::t, "torch.t(x0)", in.any(3))),
            "at most two dimensions",
            x -> x[0].t(),
            2,
            2,
            2),
        info("T", ALL, in -> one(Tensor::T, "x0.T", in.any(2, 3))),
        refuses(
            info("mT", ALL, in -> one(Tensor::mT, "x0.mT", in.any(2, 3, 4))),
            "mT: expects at least two dimensions, got shape [3]",
            x -> x[0].mT(),
            3),
        refuses(
            info("H", ALL, in -> one(Tensor::H, "x0.H", in.any(2, 3))),
            "H: expects a matrix, got shape [2, 2, 2]: use mH()",
            x -> x[0].H(),
            2,
            2,
            2),
        refuses(
            info(
                "mH",
                ALL,
                in -> one(Tensor::mH, "x0.mH", in.any(2, 3, 4)),
                in -> one(Tensor::adjoint, "torch.adjoint(x0)", in.any(3, 2))),
            "mH: expects at least two dimensions, got shape [3]",
            x -> x[0].mH(),
            3),
        info(
            "squeeze",
            ALL,
            in -> one(Tensor::squeeze, "torch.squeeze(x0)", in.any(1, 3, 1)),
            in -> one(x -> x.squeeze(0), "torch.squeeze(x0, 0)", in.any(1, 3, 1)),
            in -> one(x -> x.squeeze(1), "torch.squeeze(x0, 1)", in.any(1, 3, 1)),
            in -> one(x -> x.squeeze(0, -1), "torch.squeeze(x0, [0, -1])", in.any(1, 3, 1))),
        refuses(
            info(
                "unsqueeze",
                ALL,
                in -> one(x -> x.unsqueeze(0), "torch.unsqueeze(x0, 0)", in.transposed(2, 3)),
                in -> one(x -> x.unsqueeze(-1), "torch.unsqueeze(x0, -1)", in.any())),
            "out of range",
            x -> x[0].unsqueeze(3),
            2),
        refuses(
            info(
                "narrow",
                ALL,
                in -> one(x -> x.narrow(1, 1, 2), "torch.narrow(x0, 1, 1, 2)", in.any(2, 4)),
                in -> one(x -> x.narrow(0, -2, 1), "torch.narrow(x0, 0, -2, 1)", in.any(3, 4))),
            "do not fit dimension 0 of size 3",
            x -> x[0].narrow(0, 2, 2),
            3),
        info(
            "broadcast_to",
            ALL,
            in -> one(x -> x.broadcastTo(2, 3), "torch.broadcast_to(x0, [2, 3])", in.any(3))),
        info(
            "expand_copy",
            ALL,
            in -> one(x -> x.expandCopy(2, 3), "x0.expand([2, 3]).clone()", in.any(3))),
        refuses(
            info(
                "repeat",
                ALL,
                in -> one(x -> x.repeat(2, 3), "x0.repeat([2, 3])", in.any(2, 2)),
                in -> one(x -> x.repeat(2, 1, 2), "x0.repeat([2, 1, 2])", in.any(2)),
                in -> one(x -> x.repeat(0, 2), "x0.repeat([0, 2])", in.any(2))),
            "give one for each dimension",
            x -> x[0].repeat(2),
            2,
            2),
        info(
            "tile",
            ALL,
            in -> one(x -> x.tile(2), "torch.tile(x0, [2])", in.any(2, 2)),
            in -> one(x -> x.tile(2, 1, 2), "torch.tile(x0, [2, 1, 2])", in.any(2, 2))),
        refuses(
            info(
                "repeat_interleave",
                ALL,
                in ->
                    one(
                        x -> x.repeatInterleave(2, 1),
                        "torch.repeat_interleave(x0, 2, 1)",
                        in.any(2, 3)),
                in ->
                    one(x -> x.repeatInterleave(3), "torch.repeat_interleave(x0, 3)", in.any(2, 2)),
                in ->
                    Sample.composed(
                            x -> x[0].repeatInterleave(x[1], 0), in.any(4, 2), in.indices(4, 4))
                        .peer("torch.repeat_interleave(x0, x1, 0)"),
                in ->
                    Sample.composed(
                            x -> x[0].repeatInterleave(x[1], 1), in.any(2, 2), in.places(0, 0))
                        .peer("torch.repeat_interleave(x0, x1, 1)")),
            "3 counts for dimension 0 of size 2",
            x -> x[0].repeatInterleave(Tensor.of(1L, 2L, 1L).to(x[0].device()), 0),
            2),
        info(
            "roll",
            ALL,
            in -> one(x -> x.roll(1), "torch.roll(x0, 1)", in.any(2, 3)),
            in -> one(x -> x.roll(-2, 1), "torch.roll(x0, -2, 1)", in.any(2, 3)),
            in -> one(x -> x.roll(7, 0), "torch.roll(x0, 7, 0)", in.any(2, 3)),
            in ->
                one(
                    x -> x.roll(new long[] {1, -1}, new int[] {0, 1}),
                    "torch.roll(x0, [1, -1], [0, 1])",
                    in.any(3, 3)),
            in -> one(x -> x.roll(1, 1), "torch.roll(x0, 1, 1)", in.any(2, 0))),
        refuses(
            info(
                "rot90",
                ALL,
                in -> one(x -> x.rot90(), "torch.rot90(x0)", in.any(2, 3)),
                in -> one(x -> x.rot90(2, 0, 1), "torch.rot90(x0, 2, [0, 1])", in.any(2, 3)),
                in -> one(x -> x.rot90(-1, 1, 2), "torch.rot90(x0, -1, [1, 2])", in.any(2, 2, 3)),
                in -> one(x -> x.rot90(4, 0, 1), "torch.rot90(x0, 4, [0, 1])", in.any(2, 3))),
            "turns in two dimensions",
            x -> x[0].rot90(1, 0, -2),
            2,
            2),
        info("fliplr", ALL, in -> one(Tensor::fliplr, "torch.fliplr(x0)", in.any(2, 3))),
        info("flipud", ALL, in -> one(Tensor::flipud, "torch.flipud(x0)", in.any(2, 3))),
        refuses(
            info(
                "split",
                ALL,
                in -> parts(x -> x.split(2, 0), "torch.split(x0, 2, 0)", in.any(5, 2)),
                in ->
                    parts(
                        x -> x.split(new long[] {1, 3}, 1),
                        "torch.split(x0, [1, 3], 1)",
                        in.any(2, 4))),
            "do not add up",
            x -> x[0].split(new long[] {1, 1}, 0)[0],
            3),
        info(
            "chunk",
            ALL,
            in -> parts(x -> x.chunk(3, 0), "torch.chunk(x0, 3, 0)", in.any(7, 2)),
            in -> parts(x -> x.chunk(4, 1), "torch.chunk(x0, 4, 1)", in.any(2, 5))),
        info(
            "tensor_split",
            ALL,
            in -> parts(x -> x.tensorSplit(3, 0), "torch.tensor_split(x0, 3, 0)", in.any(7, 2)),
            in ->
                parts(
                    x -> x.tensorSplit(new long[] {1, -1}, 1),
                    "torch.tensor_split(x0, [1, -1], 1)",
                    in.any(2, 5)),
            in ->
                parts(
                    x -> x.tensorSplit(new long[] {2, 1, 9}, 0),
                    "torch.tensor_split(x0, [2, 1, 9], 0)",
                    in.any(4))),
        refuses(
            info(
                "hsplit",
                ALL,
                in -> parts(x -> x.hsplit(2), "torch.hsplit(x0, 2)", in.any(2, 4)),
                in -> parts(x -> x.hsplit(1L, 3L), "torch.hsplit(x0, [1, 3])", in.any(4))),
            "does not divide into 2 equal parts",
            x -> x[0].hsplit(2)[0],
            2,
            3),
        info(
            "vsplit",
            ALL,
            in -> parts(x -> x.vsplit(2), "torch.vsplit(x0, 2)", in.any(4, 2)),
            in -> parts(x -> x.vsplit(1L, 3L), "torch.vsplit(x0, [1, 3])", in.any(4, 2))),
        refuses(
            info(
                "dsplit",
                ALL,
                in -> parts(x -> x.dsplit(2), "torch.dsplit(x0, 2)", in.any(1, 2, 4)),
                in -> parts(x -> x.dsplit(1L, 3L), "torch.dsplit(x0, [1, 3])", in.any(1, 2, 4))),
            "expects at least 3 dimensions",
            x -> x[0].dsplit(1)[0],
            2,
            3),
        info("unbind", ALL, in -> parts(x -> x.unbind(1), "torch.unbind(x0, 1)", in.any(2, 3))),
        info(
            "stack",
            ALL,
            in ->
                Sample.composed(x -> Tensor.stack(-1, x), in.any(2, 3), in.transposed(2, 3))
                    .peer("torch.stack([x0, x1], -1)")),
        info(
            "hstack",
            ALL,
            in -> join(Tensor::hstack, "torch.hstack([x0, x1])", in.any(2), in.any(3)),
            in -> join(Tensor::hstack, "torch.hstack([x0, x1])", in.any(2, 1), in.any(2, 3)),
            in -> join(Tensor::hstack, "torch.hstack([x0, x1])", in.any(), in.any())),
        info(
            "vstack",
            ALL,
            in -> join(Tensor::vstack, "torch.vstack([x0, x1])", in.any(2), in.any(3, 2))),
        info(
            "dstack",
            ALL,
            in -> join(Tensor::dstack, "torch.dstack([x0, x1])", in.any(2), in.any(2)),
            in -> join(Tensor::dstack, "torch.dstack([x0, x1])", in.any(2, 3), in.any(2, 3, 2))),
        info(
            "column_stack",
            ALL,
            in ->
                join(Tensor::columnStack, "torch.column_stack([x0, x1])", in.any(2), in.any(2, 3)),
            in -> join(Tensor::columnStack, "torch.column_stack([x0, x1])", in.any(), in.any())),
        info(
            "broadcast_tensors",
            ALL,
            in ->
                Sample.composed(
                        x -> {
                          Tensor[] wide = Tensor.broadcastTensors(x);
                          return wide[0].mul(wide[1]);
                        },
                        in.any(2, 1),
                        in.any(3))
                    .peer("y = torch.broadcast_tensors([x0, x1]); y[0] * y[1]")),
        info("atleast_1d", ALL, in -> one(Tensor::atleast1d, "torch.atleast_1d(x0)", in.any())),
        info("atleast_2d", ALL, in -> one(Tensor::atleast2d, "torch.atleast_2d(x0)", in.any(3))),
        info(
            "atleast_3d",
            ALL,
            in -> one(Tensor::atleast3d, "torch.atleast_3d(x0)", in.any(3)),
            in -> one(Tensor::atleast3d, "torch.atleast_3d(x0)", in.any(2, 3))));
  }

  private static Sample join(Sample.Composed function, String peer, Tensor a, Tensor b) {
    return Sample.composed(function, a, b).peer(peer);
  }
}
