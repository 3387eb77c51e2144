package io.arclight.nn;

import io.arclight.autograd.Autograd;
import io.arclight.optim.Adam;
import io.arclight.optim.Optimizer;
import io.arclight.tensor.Context;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** A training step of a small perceptron, whole and in parts. */
@State(org.openjdk.jmh.annotations.Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class MlpStepBenchmark {
  @Param("64")
  public long batch;

  private Sequential model;
  private Optimizer optimizer;
  private Tensor x;
  private Tensor y;

  @Setup
  public void setUp() {
    Generator.standard().manualSeed(1);
    model = new Sequential(new Linear(784, 128), new ReLU(), new Linear(128, 10));
    optimizer = new Adam(model.parameters());
    x = Tensor.rand(Shape.of(batch, 784)).keep();
    y = Tensor.randint(0, 10, Shape.of(batch)).keep();
    step();
  }

  @Benchmark
  public void step() {
    try (Scope step = Scope.open()) {
      optimizer.zeroGrad();
      Functional.crossEntropy(model.call(x), y).backward();
      optimizer.step();
    }
  }

  @Benchmark
  public void forward() {
    try (Scope step = Scope.open();
        Context.Restore mode = Autograd.noGrad()) {
      Functional.crossEntropy(model.call(x), y);
    }
  }

  @Benchmark
  public void forwardAndBackward() {
    try (Scope step = Scope.open()) {
      optimizer.zeroGrad();
      Functional.crossEntropy(model.call(x), y).backward();
    }
  }

  @Benchmark
  public void optimizer() {
    optimizer.step();
  }
}
