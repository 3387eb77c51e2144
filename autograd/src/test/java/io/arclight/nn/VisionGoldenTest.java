package io.arclight.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.nn.InterpolateOptions.Mode;
import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.op.ResampleOp.Alignment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Functions on images against PyTorch ({@code it/oracle/vision.py}). */
@Timeout(60)
class VisionGoldenTest {
  private static final Golden GOLDEN = Golden.read(VisionGoldenTest.class, "vision.safetensors");

  @TempDir private Path folder;
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  @AfterAll
  static void complete() {
    GOLDEN.close();
  }

  private static void resized(String name, InterpolateOptions options) {
    GOLDEN.check(name, in -> new Tensor[] {Functional.interpolate(in[0], options)});
    last(name, x -> Functional.interpolate(x, options));
  }

  /** With the channels last in memory, which the result keeps. */
  private static void last(String name, UnaryOperator<Tensor> function) {
    GOLDEN.check(
        name,
        in -> {
          Tensor x = in[0].movedim(1, -1).contiguous().movedim(-1, 1);
          Tensor out = function.apply(x);
          if (out.elements() > out.dim(0) * out.dim(1)) {
            assertThat(out.movedim(1, -1).isContiguous()).isTrue();
          }
          return new Tensor[] {out};
        });
  }

  @Test
  void shuffles() throws IOException {
    GOLDEN.check("pixel shuffle", new PixelShuffle(2));
    GOLDEN.traces("pixel shuffle", new PixelShuffle(2), folder.resolve("shuffle"));
    GOLDEN.check("pixel unshuffle", new PixelUnshuffle(3));
    GOLDEN.check("channel shuffle", new ChannelShuffle(2));
    GOLDEN.traces("channel shuffle", new ChannelShuffle(2), folder.resolve("channels"));
  }

  @Test
  void interpolate() {
    for (Mode mode : new Mode[] {Mode.NEAREST, Mode.NEAREST_EXACT, Mode.AREA, Mode.LINEAR}) {
      resized(mode + " 1 up", InterpolateOptions.size(11).mode(mode));
      resized(mode + " 1 down", InterpolateOptions.scaleFactor(0.6).mode(mode));
    }
    for (Mode mode :
        new Mode[] {Mode.NEAREST, Mode.NEAREST_EXACT, Mode.AREA, Mode.BILINEAR, Mode.BICUBIC}) {
      resized(mode + " 2 up", InterpolateOptions.size(9, 7).mode(mode));
      resized(mode + " 2 down", InterpolateOptions.size(3, 4).mode(mode));
      resized(mode + " 2 scale", InterpolateOptions.scaleFactor(1.7, 0.7).mode(mode));
      resized(
          mode + " 2 recompute",
          InterpolateOptions.scaleFactor(1.7).mode(mode).recomputeScaleFactor());
    }
    for (Mode mode : new Mode[] {Mode.NEAREST, Mode.NEAREST_EXACT, Mode.AREA, Mode.TRILINEAR}) {
      resized(mode + " 3", InterpolateOptions.size(4, 3, 7).mode(mode));
    }
  }

  @Test
  void interpolateOptions() {
    for (Mode mode : new Mode[] {Mode.LINEAR, Mode.BILINEAR, Mode.BICUBIC, Mode.TRILINEAR}) {
      resized(mode + " corners", InterpolateOptions.scaleFactor(1.6).mode(mode).alignCorners());
      resized(mode + " corner", InterpolateOptions.size(1).mode(mode).alignCorners());
    }
    for (Mode mode : new Mode[] {Mode.BILINEAR, Mode.BICUBIC, Mode.LANCZOS}) {
      resized(mode + " antialias", InterpolateOptions.size(2, 9).mode(mode).antialiased());
      resized(
          mode + " antialias scale", InterpolateOptions.scaleFactor(0.45).mode(mode).antialiased());
      if (mode != Mode.LANCZOS) {
        resized(
            mode + " antialias corners",
            InterpolateOptions.size(2, 9).mode(mode).antialiased().alignCorners());
      }
    }
    GOLDEN.check(
        "nearest integers",
        in -> new Tensor[] {Functional.interpolate(in[0], InterpolateOptions.size(4))});
  }

  @Test
  void upsample() throws IOException {
    Upsample layer = new Upsample(InterpolateOptions.scaleFactor(2).mode(Mode.BILINEAR));
    GOLDEN.check("upsample", layer);
    GOLDEN.traces("upsample", layer, folder);
    GOLDEN.check("upsampling nearest", UpsamplingNearest2d.scaleFactor(2));
    GOLDEN.check("upsampling bilinear", UpsamplingBilinear2d.size(7, 9));
  }

  @Test
  void gridSample() {
    for (GridSampleOptions.Mode mode : GridSampleOptions.Mode.values()) {
      for (GridSampleOptions.PaddingMode padding : GridSampleOptions.PaddingMode.values()) {
        for (Alignment alignment : Alignment.values()) {
          GridSampleOptions options = new GridSampleOptions(mode, padding, alignment);
          String name =
              " "
                  + mode.name().toLowerCase(java.util.Locale.ROOT)
                  + " "
                  + padding.name().toLowerCase(java.util.Locale.ROOT)
                  + (alignment == Alignment.CORNERS ? " True" : " False");
          GOLDEN.check(
              "grid" + name, in -> new Tensor[] {Functional.gridSample(in[0], in[1], options)});
          if (mode != GridSampleOptions.Mode.BICUBIC) {
            GOLDEN.check(
                "grid3" + name, in -> new Tensor[] {Functional.gridSample(in[0], in[1], options)});
          }
        }
      }
    }
  }

  @Test
  void affineGrid() {
    for (Alignment alignment : Alignment.values()) {
      String corners = alignment == Alignment.CORNERS ? " True" : " False";
      Shape flat = Shape.of(2, 1, 3, 4);
      Shape deep = Shape.of(2, 1, 3, 1, 2);
      GOLDEN.check(
          "affine" + corners, in -> new Tensor[] {Functional.affineGrid(in[0], flat, alignment)});
      GOLDEN.check(
          "affine3" + corners, in -> new Tensor[] {Functional.affineGrid(in[0], deep, alignment)});
    }
  }

  @Test
  void prints() {
    assertThat(new PixelShuffle(2)).hasToString("PixelShuffle(upscale_factor=2)");
    assertThat(new PixelUnshuffle(3)).hasToString("PixelUnshuffle(downscale_factor=3)");
    assertThat(new ChannelShuffle(2)).hasToString("ChannelShuffle(groups=2)");
    assertThat(new Upsample(InterpolateOptions.scaleFactor(2)))
        .hasToString("Upsample(scale_factor=2.0, mode='nearest')");
    assertThat(new Upsample(InterpolateOptions.size(3, 4).mode(Mode.NEAREST_EXACT)))
        .hasToString("Upsample(size=(3, 4), mode='nearest-exact')");
    assertThat(UpsamplingBilinear2d.scaleFactor(2))
        .hasToString("UpsamplingBilinear2d(scale_factor=2.0, mode='bilinear')");
  }

  @Test
  void errors() {
    Tensor x = Tensor.ones(Shape.of(2, 6, 4, 4));
    assertThatThrownBy(() -> Functional.pixelShuffle(x, 2))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining(
            "6 channels of the input [2, 6, 4, 4] cannot be divided by the square");
    assertThatThrownBy(() -> Functional.pixelUnshuffle(x, 3))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("must be multiples of the factor 3");
    assertThatThrownBy(() -> Functional.channelShuffle(x, 4))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("cannot be divided into 4 groups");
    assertThatThrownBy(
            () -> Functional.interpolate(x, InterpolateOptions.size(8).mode(Mode.TRILINEAR)))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("mode trilinear is not for an input of shape [2, 6, 4, 4]");
    assertThatThrownBy(() -> Functional.interpolate(x, InterpolateOptions.size(0)))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("need positive sizes, got [2, 6, 4, 4] to [0, 0]");
    assertThatThrownBy(() -> Functional.interpolate(x, InterpolateOptions.size(8).alignCorners()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("alignCorners() is for");
    assertThatThrownBy(
            () ->
                Functional.interpolate(
                    x.to(DType.INT32), InterpolateOptions.size(8).mode(Mode.BILINEAR)))
        .hasMessageContaining("needs a floating-point tensor, not int32");
    assertThatThrownBy(
            () ->
                Functional.gridSample(
                    x, Tensor.ones(Shape.of(2, 3, 3, 3)), GridSampleOptions.DEFAULT))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("expects an input [n, channels, height, width] and a grid");
    assertThatThrownBy(
            () ->
                Functional.affineGrid(
                    Tensor.ones(Shape.of(2, 2, 2)), Shape.of(2, 1, 3, 4), Alignment.EDGES))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("theta must be [n, 2, 3]");
  }
}
