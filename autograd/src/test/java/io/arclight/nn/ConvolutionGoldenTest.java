package io.arclight.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.autograd.Autograd;
import io.arclight.autograd.GradOptions;
import io.arclight.tensor.GradientEngine.GraphUse;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Convolutions, padding and windows against PyTorch ({@code it/oracle/convolution.py}). */
@Timeout(60)
class ConvolutionGoldenTest {
  private static final Golden GOLDEN =
      Golden.read(ConvolutionGoldenTest.class, "convolution.safetensors");

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

  @Test
  void conv1d() {
    GOLDEN.check("conv1d", new Conv1d(3, 4, 3));
    GOLDEN.check(
        "conv1d options", new Conv1d(4, 6, 3).stride(2).padding(2).dilation(2).groups(2).noBias());
    GOLDEN.check("conv1d unbatched", new Conv1d(3, 4, 3).padding(1));
    GOLDEN.check("conv1d reflect", new Conv1d(2, 3, 3).padding(2).paddingMode(PadMode.REFLECT));
  }

  @Test
  void conv2d() throws IOException {
    GOLDEN.check("conv2d", new Conv2d(3, 4, 3));
    GOLDEN.traces("conv2d", new Conv2d(3, 4, 3), folder);
    GOLDEN.check("conv2d uneven", new Conv2d(3, 4, 3, 2).stride(2, 1).padding(1, 0).dilation(1, 2));
    GOLDEN.check("conv2d groups", new Conv2d(4, 6, 3).padding(1).noBias().groups(2));
    GOLDEN.check("conv2d depthwise", new Conv2d(4, 8, 3).padding(1).groups(4));
    GOLDEN.check("conv2d 1x1", new Conv2d(4, 6, 1).stride(2));
    GOLDEN.check("conv2d unbatched", new Conv2d(3, 4, 3));
    GOLDEN.check("conv2d wide", new Conv2d(20, 33, 3).stride(2).padding(1));
    GOLDEN.check("conv2d large kernel", new Conv2d(3, 16, 7).stride(2).padding(3));
    GOLDEN.check("conv2d empty", in -> one(Functional.conv2d(in[0], in[1], in[2])));
  }

  @Test
  void paddingByRule() throws IOException {
    Conv2d same = new Conv2d(3, 4, 4, 3).padding(Padding.SAME).dilation(1, 2);
    GOLDEN.check("conv2d same", same);
    GOLDEN.traces("conv2d same", same, folder);
    GOLDEN.check("conv2d valid", new Conv2d(3, 4, 3).padding(Padding.VALID));
    GOLDEN.check(
        "conv2d same circular",
        new Conv2d(2, 3, 2, 3).padding(Padding.SAME).paddingMode(PadMode.CIRCULAR));
  }

  @Test
  void paddingByMode() throws IOException {
    for (PadMode mode : List.of(PadMode.REFLECT, PadMode.REPLICATE, PadMode.CIRCULAR)) {
      String name = "conv2d " + mode.name().toLowerCase(java.util.Locale.ROOT);
      Conv2d conv = new Conv2d(2, 3, 3).padding(1, 2).paddingMode(mode);
      GOLDEN.check(name, conv);
      GOLDEN.traces(name, conv, folder.resolve(mode.name()));
    }
    Conv2d options = new Conv2d(2, 4, 2, 3).stride(1, 2).padding(2, 1).dilation(2, 1).groups(2);
    GOLDEN.check("conv2d circular options", options.noBias().paddingMode(PadMode.CIRCULAR));
  }

  @Test
  void conv3d() {
    GOLDEN.check("conv3d", new Conv3d(2, 3, 1, 2, 3).padding(1));
    GOLDEN.check("conv3d options", new Conv3d(2, 4, 2).stride(2).padding(1).dilation(2).groups(2));
    GOLDEN.check("conv3d replicate", new Conv3d(1, 2, 2).padding(1).paddingMode(PadMode.REPLICATE));
  }

  @Test
  void transposed() throws IOException {
    GOLDEN.check(
        "transposed1d", new ConvTranspose1d(3, 4, 3).stride(2).padding(1).outputPadding(1));
    GOLDEN.check("transposed2d", new ConvTranspose2d(3, 4, 3));
    ConvTranspose2d options =
        new ConvTranspose2d(4, 6, 3)
            .stride(2, 3)
            .padding(1, 2)
            .outputPadding(1, 0)
            .groups(2)
            .noBias()
            .dilation(2, 1);
    GOLDEN.check("transposed2d options", options);
    GOLDEN.traces("transposed2d options", options, folder);
    GOLDEN.check("transposed2d dilated", new ConvTranspose2d(2, 3, 2).outputPadding(1).dilation(2));
    GOLDEN.check("transposed2d unbatched", new ConvTranspose2d(3, 4, 3));
    ConvTranspose2d sized = new ConvTranspose2d(3, 4, 3).stride(2).padding(1);
    GOLDEN.check("transposed2d size", sized, in -> one(sized.call(in[0], Shape.of(8, 5))));
    GOLDEN.check("transposed3d", new ConvTranspose3d(2, 3, 2).stride(2));
  }

  @Test
  void functions() {
    GOLDEN.check("conv_tbc", in -> one(Functional.convTbc(in[0], in[1], in[2], 1)));
    GOLDEN.check(
        "double",
        in -> {
          Tensor y = Functional.conv2d(in[0], in[1], null, new ConvOptions().padding(1)).pow(3);
          GradOptions create = new GradOptions(List.of(), GraphUse.CREATE, GradOptions.Unused.FAIL);
          return Autograd.grad(List.of(y.sum()), List.of(in), create);
        });
  }

  @Test
  void windows() throws IOException {
    Unfold unfold = new Unfold(2, 3).dilation(1, 2).padding(1, 0).stride(2, 1);
    GOLDEN.check("unfold", unfold);
    GOLDEN.traces("unfold", unfold, folder.resolve("unfold"));
    GOLDEN.check("unfold unbatched", new Unfold(2));
    Fold fold = new Fold(Shape.of(4, 6), 2, 3).dilation(1, 2).padding(1, 0).stride(2, 1);
    GOLDEN.check("fold", fold);
    GOLDEN.traces("fold", fold, folder.resolve("fold"));
    GOLDEN.check("fold unbatched", new Fold(Shape.of(3), 2));
  }

  @Test
  void pads() {
    long[] one = {2, 1};
    long[] two = {2, 1, 0, 3};
    long[] three = {2, 1, 0, 3, 1, 2};
    GOLDEN.check("zero pad 1", new ZeroPad1d(1));
    GOLDEN.check("zero pad 2", new ZeroPad2d(1));
    GOLDEN.check("zero pad 3", new ZeroPad3d(1));
    GOLDEN.check("constant pad 1", new ConstantPad1d(one, 2.5));
    GOLDEN.check("constant pad 2", new ConstantPad2d(two, 2.5));
    GOLDEN.check("constant pad 3", new ConstantPad3d(three, 2.5));
    GOLDEN.check("Reflection 1", new ReflectionPad1d(one));
    GOLDEN.check("Reflection 2", new ReflectionPad2d(two));
    GOLDEN.check("Reflection 3", new ReflectionPad3d(three));
    GOLDEN.check("Replication 1", new ReplicationPad1d(one));
    GOLDEN.check("Replication 2", new ReplicationPad2d(two));
    GOLDEN.check("Replication 3", new ReplicationPad3d(three));
    GOLDEN.check("Circular 1", new CircularPad1d(one));
    GOLDEN.check("Circular 2", new CircularPad2d(two));
    GOLDEN.check("Circular 3", new CircularPad3d(three));
    GOLDEN.check("pad negative", in -> one(Functional.pad(in[0], -1, 2, 1, -2)));
    GOLDEN.check("pad reflect negative", in -> one(Functional.pad(in[0], PadMode.REFLECT, -1, 2)));
    GOLDEN.check(
        "pad circular negative", in -> one(Functional.pad(in[0], PadMode.CIRCULAR, 2, -3)));
  }

  private static Tensor[] one(Tensor t) {
    return new Tensor[] {t};
  }

  @Test
  void printedAsByPyTorch() {
    assertThat(new Conv1d(2, 4, 3)).hasToString("Conv1d(2, 4, kernel_size=(3,), stride=(1,))");
    assertThat(new Conv2d(3, 64, 7).stride(2).padding(3).noBias())
        .hasToString(
            "Conv2d(3, 64, kernel_size=(7, 7), stride=(2, 2), padding=(3, 3), bias=False)");
    assertThat(
            new Conv2d(2, 4, 3)
                .padding(Padding.SAME)
                .dilation(2)
                .groups(2)
                .paddingMode(PadMode.REFLECT))
        .hasToString(
            "Conv2d(2, 4, kernel_size=(3, 3), stride=(1, 1), padding=same, dilation=(2, 2),"
                + " groups=2, padding_mode=reflect)");
    assertThat(
            new ConvTranspose2d(4, 2, 3)
                .stride(2)
                .padding(1)
                .outputPadding(1)
                .groups(2)
                .dilation(2))
        .hasToString(
            "ConvTranspose2d(4, 2, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1),"
                + " dilation=(2, 2), output_padding=(1, 1), groups=2)");
    assertThat(new ConstantPad2d(2, 0)).hasToString("ConstantPad2d(padding=(2, 2, 2, 2), value=0)");
    assertThat(new ConstantPad2d(new long[] {1, 2, 0, 1}, 3))
        .hasToString("ConstantPad2d(padding=(1, 2, 0, 1), value=3)");
    assertThat(new ReflectionPad1d(2)).hasToString("ReflectionPad1d((2, 2))");
    assertThat(new ZeroPad3d(1)).hasToString("ZeroPad3d((1, 1, 1, 1, 1, 1))");
    assertThat(new Unfold(2, 3).padding(1, 0).stride(2))
        .hasToString("Unfold(kernel_size=(2, 3), dilation=1, padding=(1, 0), stride=2)");
    assertThat(new Fold(Shape.of(4, 5), 2, 2))
        .hasToString(
            "Fold(output_size=(4, 5), kernel_size=(2, 2), dilation=1, padding=0, stride=1)");
  }

  @Test
  void initialised() {
    Conv2d conv = new Conv2d(8, 16, 3).groups(2);
    assertThat(conv.stateDict().keySet()).containsExactly("weight", "bias");
    assertThat(conv.weight().shape()).isEqualTo(Shape.of(16, 4, 3, 3));
    double bound = 1 / Math.sqrt(4 * 9);
    assertThat(Arrays.stream(conv.weight().toDoubles()).map(Math::abs).max().orElse(0))
        .isBetween(0.9 * bound, bound);
    ConvTranspose1d transposed = new ConvTranspose1d(4, 6, 5).groups(2).noBias();
    assertThat(transposed.weight().shape()).isEqualTo(Shape.of(4, 3, 5));
    assertThat(transposed.bias()).isNull();
    assertThat(transposed.stateDict().keySet()).containsExactly("weight");
  }

  @Test
  void mistakesAreNamed() {
    Tensor x = Tensor.zeros(Shape.of(1, 3, 4, 4));
    assertThatThrownBy(() -> new Conv2d(4, 8, 3).call(x))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("[1, 3, 4, 4] has 3 channels, but the weight [8, 4, 3, 3]");
    assertThatThrownBy(() -> new Conv2d(3, 8, 5).call(x))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("reaches over 5 elements of dimension 2");
    assertThatThrownBy(() -> new Conv2d(3, 8, 3).call(x.select(0, 0).select(0, 0)))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("conv2d: expects [n, channels, 2 sizes] or one without n");
    assertThatThrownBy(() -> new Conv2d(3, 8, 3).groups(2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 groups do not divide 3 input and 8 output channels");
    assertThatThrownBy(() -> new Conv2d(3, 8, 3, 3, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Conv2d: kernel: expects 1 or 2 numbers, got [3, 3, 3]");
    assertThatThrownBy(() -> new Conv2d(3, 0, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must be positive");
    assertThatThrownBy(() -> new Conv2d(3, 8, 3).stride(2).padding(Padding.SAME).call(x))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("padding SAME keeps the sizes with a stride of 1 only");
    assertThatThrownBy(() -> new Conv2d(3, 8, 3).stride(0).call(x))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("must be positive");
    assertThatThrownBy(() -> new ConvTranspose2d(3, 8, 3).outputPadding(1).call(x))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("output padding [1, 1] must be smaller than stride [1, 1]");
    assertThatThrownBy(() -> new ConvTranspose2d(3, 8, 3).stride(2).call(x, Shape.of(8, 9)))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("the output size [8, 9] is not between [9, 9] and [10, 10]");
    assertThatThrownBy(() -> new ReflectionPad2d(4).call(x))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("REFLECT gives at most 3 elements on a side of dimension 3");
    assertThatThrownBy(() -> new ReflectionPad2d(1, 2, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expects 1 or 4 sizes");
    assertThatThrownBy(() -> Functional.pad(x, 1, 1, 1))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("two sizes for each dimension");
    assertThatThrownBy(() -> Functional.pad(x, -3, -2))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("has no 3 and 2 elements to take away");
    assertThatThrownBy(() -> new Unfold(5).call(x))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("unfold: the kernel reaches over 5 elements");
  }

  @Test
  void channelsStayLastThroughTheGraph() {
    Tensor x = Tensor.ones(Shape.of(2, 3, 5, 4)).requiresGrad(true);
    Conv2d first = new Conv2d(3, 4, 3).padding(1);
    Conv2d second = new Conv2d(4, 5, 3).padding(1);
    Tensor hidden = first.call(x);
    Tensor active = hidden.relu().add(hidden);
    active.retainGrad();
    second.call(active).square().sum().backward();
    long[] channelsLast = {80, 1, 16, 4};
    assertThat(hidden.strides()).containsExactly(channelsLast);
    assertThat(active.strides()).containsExactly(channelsLast);
    assertThat(first.weight().grad().isContiguous()).isTrue();
    assertThat(active.grad().shape()).isEqualTo(Shape.of(2, 4, 5, 4));
    first.zeroGrad();
    second.zeroGrad();
  }
}
