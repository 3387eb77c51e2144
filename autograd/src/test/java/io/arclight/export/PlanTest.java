package io.arclight.export;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.amp.Autocast;
import io.arclight.nn.BatchNorm1d;
import io.arclight.nn.BatchNorm2d;
import io.arclight.nn.Conv2d;
import io.arclight.nn.Flatten;
import io.arclight.nn.Layer;
import io.arclight.nn.Linear;
import io.arclight.nn.ReLU;
import io.arclight.nn.Sequential;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.op.ChannelAffineOp;
import io.arclight.tensor.op.ConstantConvolution;
import io.arclight.tensor.op.ConvolutionOp;
import io.arclight.tensor.profile.ProfileEvent;
import io.arclight.tensor.profile.Profiler;
import io.arclight.tensor.profile.Schedule;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What runs of a program have instead of its steps. */
@Timeout(60)
class PlanTest {
  private static final Signature IMAGE = Signature.of("x", Shape.of(3, 8, 8));

  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static Layer layer(UnaryOperator<Tensor> function, Layer... parts) {
    return new Layer() {
      {
        for (int i = 0; i < parts.length; i++) {
          register("part" + i, parts[i]);
        }
      }

      @Override
      public Tensor forward(Tensor x) {
        return function.apply(x);
      }
    };
  }

  /** Statistics as after training. */
  private static <M extends Layer> M trained(M model) {
    model
        .namedBuffers()
        .forEach(
            (name, buffer) -> {
              if (name.endsWith("running_mean")) {
                buffer.copyInPlace(Tensor.randn(buffer.shape()));
              } else if (name.endsWith("running_var")) {
                buffer.copyInPlace(Tensor.rand(buffer.shape()).add(0.5));
              }
            });
    return model;
  }

  private static long norms(Program program) {
    return Plan.of(program).steps().stream()
        .filter(step -> step.op(1) instanceof ChannelAffineOp)
        .count();
  }

  private static void requireSame(Layer model, Program program, Tensor x) {
    model.eval();
    Tensor expected = model.call(x);
    for (int i = 0; i < 2; i++) {
      Tensor y = program.run(Map.of("x", x)).get(Program.OUTPUT);
      assertThat(y.sub(expected).abs().max().item())
          .isLessThan(1e-5 * Math.max(1, expected.abs().max().item()));
    }
  }

  @Test
  void normalisationsGoIntoTheLayersBeforeThem() {
    Layer model =
        trained(
            new Sequential(
                new Conv2d(3, 6, 3),
                new BatchNorm2d(6),
                new ReLU(),
                new Conv2d(6, 4, 3),
                new BatchNorm2d(4),
                new Flatten(),
                new Linear(64, 5),
                new BatchNorm1d(5)));
    try (Program program = Program.trace(model, IMAGE)) {
      assertThat(program.steps().stream().filter(s -> s.op(1) instanceof ChannelAffineOp).count())
          .isEqualTo(3);
      assertThat(norms(program)).isZero();
      long before = program.bytes();
      requireSame(model, program, Tensor.randn(Shape.of(4, 3, 8, 8)));
      assertThat(program.bytes()).isGreaterThan(before);
    }
  }

  @Test
  void whatOthersReadToo() {
    Conv2d conv = new Conv2d(3, 6, 3);
    BatchNorm2d norm = trained(new BatchNorm2d(6));
    Layer model = layer(x -> norm.call(conv.call(x)).add(conv.call(x)), conv, norm);
    Layer shared =
        layer(
            x -> {
              Tensor y = conv.call(x);
              return norm.call(y).add(y);
            },
            conv,
            norm);
    Tensor x = Tensor.randn(Shape.of(2, 3, 8, 8));
    try (Program apart = Program.trace(model, IMAGE);
        Program together = Program.trace(shared, IMAGE)) {
      assertThat(norms(apart)).isZero();
      assertThat(norms(together)).isOne();
      requireSame(model, apart, x);
      requireSame(shared, together, x);
    }
  }

  @Test
  void numbersThatAreNotFiniteStayWhereTheyAre() {
    Conv2d conv = new Conv2d(3, 2, 3);
    BatchNorm2d norm = new BatchNorm2d(2);
    norm.runningMean().copyInPlace(Tensor.of(0, Double.POSITIVE_INFINITY).to(DType.FLOAT32));
    Layer model = new Sequential(conv, norm);
    try (Program program = Program.trace(model, IMAGE)) {
      assertThat(norms(program)).isOne();
    }
  }

  @Test
  void halvesAreNotRoundedOnceMore() {
    Layer model = trained(new Sequential(new Conv2d(3, 2, 3), new BatchNorm2d(2)));
    model.to(DType.BFLOAT16);
    Signature signature = Signature.of(InputSpec.of("x", DType.BFLOAT16, Shape.of(3, 8, 8)));
    try (Program program = Program.trace(model, signature)) {
      assertThat(norms(program)).isOne();
    }
  }

  /** In the first run; what the later ones give stays the same, at other sizes too. */
  @Test
  void weightsOfConvolutionsArePackedOnce() {
    Conv2d first = new Conv2d(3, 32, 3);
    Conv2d second = new Conv2d(32, 48, 3);
    Layer model = layer(x -> second.call(first.call(x)), first, second);
    Tensor x = Tensor.randn(Shape.of(4, 3, 8, 8));
    try (Program program = Program.trace(model, IMAGE)) {
      long before = program.bytes();
      requireSame(model, program, x);
      long packed = program.bytes();
      assertThat(packed).isGreaterThanOrEqualTo(before + second.weight().elements() * 4);
      requireSame(model, program, x);
      assertThat(program.bytes()).isEqualTo(packed);
      requireSame(model, program, Tensor.randn(Shape.of(1, 3, 8, 8)));
      requireSame(model, program, Tensor.randn(Shape.of(33, 3, 8, 8)));
      assertThat(program.bytes()).isLessThanOrEqualTo(before + 2 * (packed - before));
    }
  }

  /** What is packed is of the constant: another tensor as weight is none of it. */
  @Test
  void anotherWeightIsNotThePackedOne() {
    ConvolutionOp op =
        new ConvolutionOp(Shape.of(1, 1), Shape.of(0, 0), Shape.of(0, 0), Shape.of(1, 1), 1);
    Tensor weight = Tensor.randn(Shape.of(48, 32, 3, 3));
    Tensor x = Tensor.randn(Shape.of(4, 32, 8, 8));
    try (ConstantConvolution constant = new ConstantConvolution(op, weight)) {
      for (Tensor w : List.of(weight, weight.neg(), weight)) {
        assertThat(Tensor.apply(constant, x, w).toFloats())
            .isEqualTo(Tensor.apply(op, x, w).toFloats());
      }
      assertThat(constant.bytes()).isPositive();
    }
  }

  /** Names of the operations of a run; those in place end in _. */
  private static List<String> operations(Program program, Tensor x) {
    try (Profiler profiler = Profiler.start(Schedule.ALWAYS, Profiler.Shapes.IGNORE, p -> {})) {
      program.run(Map.of("x", x));
      return profiler.events().stream().map(ProfileEvent::name).toList();
    }
  }

  /** To the bit, and twice, with numbers that an activation in the convolution would lose. */
  private static void requireSameBits(Layer model, Program program, Tensor x) {
    float[] given = x.toFloats();
    model.eval();
    float[] expected = model.call(x).toFloats();
    for (int i = 0; i < 2; i++) {
      assertThat(program.run(Map.of("x", x)).get(Program.OUTPUT).toFloats()).isEqualTo(expected);
      assertThat(x.toFloats()).isEqualTo(given);
    }
  }

  @Test
  void elementsAreWrittenOverWhatNobodyReadsLater() {
    Conv2d conv = new Conv2d(3, 6, 3);
    Conv2d side = new Conv2d(3, 6, 3);
    Linear linear = new Linear(216, 4);
    Layer model =
        layer(
            x -> {
              Tensor y = conv.call(x).relu().add(side.call(x)).clamp(-1, 6);
              return linear.call(y.flatten(1)).gelu().mul(2);
            },
            conv,
            side,
            linear);
    Tensor x = Tensor.randn(Shape.of(4, 3, 8, 8));
    x.select(0, 1).copyInPlace(Tensor.full(Shape.of(3, 8, 8), Float.NaN));
    x.select(0, 2).mulInPlace(1e38);
    try (Program program = Program.trace(model, IMAGE)) {
      requireSameBits(model, program, x);
      assertThat(program.run(Map.of("x", x)).get(Program.OUTPUT).isnan().any().item()).isOne();
      assertThat(operations(program, x)).contains("relu_", "add_", "gelu_", "mul_");
    }
  }

  /** Inputs, constants, what is read later, views of it, outputs, other dtypes and shapes stay. */
  @Test
  void whatOthersReadIsNotWrittenOver() {
    Tensor row = Tensor.randn(Shape.of(1, 3, 8, 8)).keep();
    List<UnaryOperator<Tensor>> functions =
        List.of(
            x -> x.relu(),
            x -> x.reshape(x.dim(0), 192).relu().add(x.reshape(x.dim(0), 192)),
            x -> row.expand(x.dim(0), 3, 8, 8).relu().add(x),
            x -> {
              Tensor y = x.exp();
              return y.relu().add(y);
            },
            x -> {
              Tensor y = x.exp();
              Tensor view = y.reshape(y.dim(0), 192);
              return y.neg().reshape(y.dim(0), 192).add(view);
            },
            x -> {
              Tensor y = x.exp();
              return y.narrow(1, 0, 1).neg().add(y.narrow(1, 1, 1)).add(y.narrow(1, 2, 1));
            },
            x -> x.exp().gt(1).to(DType.FLOAT32),
            x -> x.exp().mean(1).unsqueeze(1).mul(x),
            x -> x.exp().transpose(1, 3).neg().add(x.transpose(1, 3)));
    Tensor x = Tensor.randn(Shape.of(4, 3, 8, 8));
    for (UnaryOperator<Tensor> function : functions) {
      Layer model = layer(function);
      try (Program program = Program.trace(model, IMAGE)) {
        requireSameBits(model, program, x);
      }
    }
    Signature signature = Signature.of("x", Shape.of(192));
    try (Program program =
        Program.trace(
            new ReLU(),
            in -> {
              Tensor y = in.get("x").exp();
              return Map.of("y", y, "z", y.neg());
            },
            signature)) {
      Tensor z = Tensor.randn(Shape.of(5, 192));
      Map<String, Tensor> out = program.run(Map.of("x", z));
      assertThat(out.get("y").toFloats()).isEqualTo(z.exp().toFloats());
      assertThat(out.get("z").toFloats()).isEqualTo(z.exp().neg().toFloats());
    }
  }

  /** A program inside a trace is recorded, one under autocast computes in its dtypes. */
  @Test
  void programsInsideOtherModesAreNotWrittenOver() {
    Layer inner = new Sequential(new Flatten(), new Linear(192, 5), new ReLU());
    Tensor x = Tensor.randn(Shape.of(4, 3, 8, 8));
    try (Program program = Program.trace(inner, IMAGE)) {
      assertThat(operations(program, x)).contains("relu_");
      Layer outer = layer(y -> program.run(Map.of("x", y)).get(Program.OUTPUT).add(1));
      try (Program twice = Program.trace(outer, IMAGE)) {
        requireSameBits(outer, twice, x);
      }
      try (Context.Restore mode = Autocast.autocast(DType.BFLOAT16)) {
        requireSameBits(inner, program, x);
        assertThat(operations(program, x)).doesNotContain("relu_");
      }
    }
  }

  /** A result that an earlier step's memory holds, and an input that comes back. */
  @Test
  void viewsKeepTheirMemory() {
    Layer view = layer(x -> x.exp().reshape(x.dim(0), 192).narrow(1, 3, 5));
    Tensor x = Tensor.randn(Shape.of(2, 3, 8, 8));
    try (Program program = Program.trace(view, IMAGE)) {
      requireSame(view, program, x);
    }
    Layer same = layer(y -> y.add(1).exp().mul(0).sum().add(y.reshape(y.dim(0), 192)));
    try (Program program = Program.trace(same, IMAGE)) {
      requireSame(same, program, x);
      assertThat(x.sum().item()).isFinite();
    }
  }

  /** Steps of constants are run once; constants that are themselves results stay. */
  @Test
  void resultsOfConstants() {
    Tensor table = Tensor.randn(Shape.of(192)).keep();
    Layer model = layer(x -> x.reshape(x.dim(0), 192).mul(table.exp().add(1).sqrt()));
    try (Program program = Program.trace(model, IMAGE)) {
      assertThat(Plan.of(program).steps()).hasSize(program.steps().size() - 3);
      requireSame(model, program, Tensor.randn(Shape.of(2, 3, 8, 8)));
    }
    Signature signature = Signature.of("x", Shape.of(192));
    try (Program program =
        Program.trace(
            new ReLU(),
            in -> Map.of("constant", table.exp(), "x", in.get("x").relu()),
            signature)) {
      Map<String, Tensor> out = program.run(Map.of("x", Tensor.randn(Shape.of(3, 192))));
      assertThat(out.get("constant").toFloats()).isEqualTo(table.exp().toFloats());
    }
    table.close();
  }
}
