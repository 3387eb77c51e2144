package io.arclight.it.parity;

import io.arclight.nn.Functional;
import io.arclight.nn.GridSampleOptions;
import io.arclight.nn.NormOptions;
import io.arclight.nn.PoolOptions;
import io.arclight.nn.Reduction;
import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.OpInfo;
import io.arclight.tensor.op.ResampleOp.Alignment;
import io.arclight.tensor.op.Sample;
import io.arclight.tensor.op.SampleInputs;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Functions of {@code nn.functional} that are composed of operations, as operations themselves are
 * declared: their shapes and layouts are drawn at random.
 */
final class FunctionalSamples {
  private static final Set<DType> REAL = Set.of(DType.FLOAT32, DType.FLOAT64);

  private FunctionalSamples() {}

  static Stream<OpInfo> all() {
    return Stream.of(
            gridSample(),
            List.of(
                info("affine_grid", FunctionalSamples::affineGrid),
                info("pixel_shuffle", filled(FunctionalSamples::pixelShuffle)),
                info("pixel_unshuffle", filled(FunctionalSamples::pixelUnshuffle)),
                info("channel_shuffle", filled(FunctionalSamples::channelShuffle)),
                info("lp_pool", FunctionalSamples::lpPool),
                info("local_response_norm", filled(FunctionalSamples::localResponseNorm)),
                info("instance_norm", filled(FunctionalSamples::instanceNorm))),
            distances(),
            margins())
        .flatMap(List::stream);
  }

  private static OpInfo info(String name, Function<SampleInputs, List<Sample>> samples) {
    return new OpInfo("functional." + name, REAL, samples, in -> List.of());
  }

  /**
   * Those with elements: without, PyTorch's shuffles give other shapes or no gradient, and its
   * norms and bilinear refuse.
   */
  private static Function<SampleInputs, List<Sample>> filled(
      Function<SampleInputs, List<Sample>> samples) {
    return in ->
        samples.apply(in).stream()
            .filter(s -> s.inputs().stream().allMatch(t -> t.elements() > 0))
            .toList();
  }

  private interface Call {
    Tensor apply(Tensor... in);
  }

  private static Sample sample(String peer, Call call, Tensor... inputs) {
    return new Sample(in -> new Tensor[] {call.apply(in)}, List.of(inputs), peer, null, true);
  }

  /** So many pieces along {@code dim}, whose size is then a multiple also where it is drawn. */
  private static Tensor pieces(SampleInputs in, int count, int dim, long... shape) {
    Tensor[] all = new Tensor[count];
    for (int i = 0; i < count; i++) {
      all[i] = in.any(shape);
    }
    return Tensor.cat(dim, all);
  }

  /** A function for each mode. */
  private static List<OpInfo> gridSample() {
    List<OpInfo> out = new ArrayList<>();
    for (GridSampleOptions.Mode mode : GridSampleOptions.Mode.values()) {
      out.add(
          info(
              "grid_sample " + mode.name().toLowerCase(Locale.ROOT),
              in -> {
                List<Sample> samples = new ArrayList<>();
                for (GridSampleOptions.PaddingMode padding :
                    GridSampleOptions.PaddingMode.values()) {
                  for (Alignment alignment : Alignment.values()) {
                    samples.add(gridSample(in, new GridSampleOptions(mode, padding, alignment), 2));
                    if (mode != GridSampleOptions.Mode.BICUBIC) {
                      samples.add(
                          gridSample(in, new GridSampleOptions(mode, padding, alignment), 3));
                    }
                  }
                }
                return samples;
              }));
    }
    return out;
  }

  private static Sample gridSample(SampleInputs in, GridSampleOptions options, int places) {
    String peer =
        "torch.grid_sampler_%dd(x0, x1, %d, %d, %s)"
            .formatted(
                places,
                options.mode().ordinal(),
                options.padding().ordinal(),
                options.alignment() == Alignment.CORNERS ? "True" : "False");
    Tensor image = places == 2 ? in.any(2, 3, 5, 4) : in.any(2, 3, 5, 4, 6);
    Tensor[] at = new Tensor[places];
    for (int i = 0; i < places; i++) {
      at[i] = places == 2 ? in.range(-1.4, 1.4, 2, 7, 8, 1) : in.range(-1.4, 1.4, 2, 7, 8, 9, 1);
    }
    return sample(peer, x -> Functional.gridSample(x[0], x[1], options), image, Tensor.cat(-1, at));
  }

  private static List<Sample> affineGrid(SampleInputs in) {
    List<Sample> out = new ArrayList<>();
    for (Alignment alignment : Alignment.values()) {
      String corners = alignment == Alignment.CORNERS ? "True" : "False";
      Tensor flat = pieces(in, 3, 2, 5, 1, 1);
      Tensor deep = pieces(in, 4, 2, 5, 1, 1);
      out.add(
          sample(
              "torch.affine_grid_generator(x0, [x0.size(0), 2, 4, 7], " + corners + ")",
              x -> Functional.affineGrid(x[0], Shape.of(x[0].dim(0), 2, 4, 7), alignment),
              Tensor.cat(1, flat, flat.neg().add(0.3))));
      out.add(
          sample(
              "torch.affine_grid_generator(x0, [x0.size(0), 2, 4, 1, 3], " + corners + ")",
              x -> Functional.affineGrid(x[0], Shape.of(x[0].dim(0), 2, 4, 1, 3), alignment),
              Tensor.cat(1, deep, deep.neg().add(0.3), deep.mul(0.5))));
    }
    return out;
  }

  private static List<Sample> pixelShuffle(SampleInputs in) {
    return List.of(
        sample(
            "torch.pixel_shuffle(x0, 2)",
            x -> Functional.pixelShuffle(x[0], 2),
            pieces(in, 4, 1, 2, 3, 5, 4)),
        sample(
            "torch.pixel_shuffle(x0, 3)",
            x -> Functional.pixelShuffle(x[0], 3),
            pieces(in, 9, 0, 3, 5, 4)));
  }

  private static List<Sample> pixelUnshuffle(SampleInputs in) {
    Tensor wide = pieces(in, 2, 3, 2, 3, 5, 4);
    return List.of(
        sample(
            "torch.pixel_unshuffle(x0, 2)",
            x -> Functional.pixelUnshuffle(x[0], 2),
            Tensor.cat(2, wide, wide.mul(0.5))),
        sample("torch.pixel_unshuffle(x0, 1)", x -> Functional.pixelUnshuffle(x[0], 1), wide));
  }

  private static List<Sample> channelShuffle(SampleInputs in) {
    return List.of(
        sample(
            "torch.channel_shuffle(x0, 3)",
            x -> Functional.channelShuffle(x[0], 3),
            pieces(in, 3, 1, 2, 4, 5, 6)),
        sample(
            "torch.channel_shuffle(x0, 2)",
            x -> Functional.channelShuffle(x[0], 2),
            pieces(in, 2, 1, 2, 4, 5)));
  }

  /** As {@code torch.nn.functional} writes it. */
  private static List<Sample> lpPool(SampleInputs in) {
    String root = "; (torch.sign(o) * torch.relu(torch.abs(o))).mul(%d).pow(1.0 / %d)";
    return List.of(
        sample(
            "o = torch.avg_pool1d(x0.pow(2), [3], [2])" + root.formatted(3, 2),
            x -> Functional.lpPool1d(x[0], 2, PoolOptions.of(3).stride(2)),
            in.positive(2, 3, 9)),
        sample(
            "o = torch.avg_pool2d(x0.pow(3), [2, 3], [2, 3])" + root.formatted(6, 3),
            x -> Functional.lpPool2d(x[0], 3, PoolOptions.of(2, 3)),
            in.positive(2, 3, 9, 8)));
  }

  private static List<Sample> localResponseNorm(SampleInputs in) {
    return List.of(
        sample(
            "d = x0.mul(x0).unsqueeze(1);"
                + " s = torch.avg_pool2d(torch.constant_pad_nd(d, [0, 0, 1, 1]), [3, 1], [1, 1])"
                + ".squeeze(1); x0 / s.mul(0.1).add(2.0).pow(0.75)",
            x -> Functional.localResponseNorm(x[0], 3, 0.1, 0.75, 2),
            in.any(2, 5, 4)));
  }

  private static List<Sample> instanceNorm(SampleInputs in) {
    return List.of(
        sample(
            "torch.instance_norm(x0, x1, x2, None, None, True, 0.1, 1e-05, False)",
            x -> Functional.instanceNorm(x[0], null, null, x[1], x[2], NormOptions.training()),
            in.any(2, 3, 5, 4),
            in.any(3),
            in.any(3)));
  }

  private static List<OpInfo> distances() {
    return List.of(
        info(
            "cosine_similarity",
            in ->
                List.of(
                    sample(
                        "torch.cosine_similarity(x0, x1, 1, 1e-8)",
                        x -> Functional.cosineSimilarity(x[0], x[1]),
                        in.any(4, 5, 3),
                        in.any(4, 5, 3)),
                    sample(
                        "torch.cosine_similarity(x0, x1, -1, 1e-8)",
                        x -> Functional.cosineSimilarity(x[0], x[1], -1, 1e-8),
                        in.any(4, 5),
                        in.any(1, 5)))),
        info(
            "pairwise_distance",
            in ->
                List.of(
                    sample(
                        "torch.pairwise_distance(x0, x1)",
                        x -> Functional.pairwiseDistance(x[0], x[1]),
                        in.any(4, 5),
                        in.any(4, 5)))),
        info(
            "pdist",
            in ->
                List.of(sample("torch.pdist(x0, 2.0)", x -> Functional.pdist(x[0]), in.any(4, 5)))),
        info("bilinear", filled(FunctionalSamples::bilinear)));
  }

  private static List<Sample> bilinear(SampleInputs in) {
    return List.of(
        sample(
            "torch.bilinear(x0, x1, x2, x3)",
            x -> Functional.bilinear(x[0], x[1], x[2], x[3]),
            in.any(2, 4),
            in.any(2, 5),
            in.any(3, 4, 5),
            in.any(3)));
  }

  private static List<OpInfo> margins() {
    return List.of(
        info(
            "margin_ranking_loss",
            in ->
                List.of(
                    sample(
                        "torch.margin_ranking_loss(x0, x1, torch.sign(x2), 0.3, 1)",
                        x ->
                            Functional.marginRankingLoss(
                                x[0], x[1], x[2].sign(), 0.3, Reduction.MEAN),
                        in.any(4, 5),
                        in.any(4, 5),
                        in.any(4, 5)))),
        info(
            "cosine_embedding_loss",
            in ->
                List.of(
                    sample(
                        "torch.cosine_embedding_loss(x0, x1, torch.sign(x2), 0.1, 2)",
                        x ->
                            Functional.cosineEmbeddingLoss(
                                x[0], x[1], x[2].sign(), 0.1, Reduction.SUM),
                        in.any(4, 5),
                        in.any(4, 5),
                        in.any(4)))));
  }
}
