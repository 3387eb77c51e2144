package io.arclight.it.steps;

import io.arclight.models.Mlp;
import io.arclight.nn.Functional;
import io.arclight.optim.Adam;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Digits to classes: two linear layers. */
record MlpModel(int batch) implements Model {
  private static final int PIXELS = 784;
  private static final int HIDDEN = 128;
  private static final int CLASSES = 10;

  @Override
  public String description() {
    return "MLP 784-128-10, batch " + batch + ", Adam";
  }

  @Override
  public Runnable arclight() {
    Mlp model = new Mlp(PIXELS, HIDDEN, CLASSES);
    Adam optimizer = new Adam(model.parameters());
    Tensor x = Tensor.randn(Shape.of(batch, PIXELS)).keep();
    Tensor y = Tensor.randint(0, CLASSES, Shape.of(batch)).keep();
    return () -> {
      try (Scope step = Scope.open()) {
        optimizer.zeroGrad();
        Functional.crossEntropy(model.call(x), y).backward();
        optimizer.step();
      }
    };
  }

  @Override
  public Runnable libtorch() {
    LinearImpl first = new LinearImpl(PIXELS, HIDDEN);
    LinearImpl second = new LinearImpl(HIDDEN, CLASSES);
    TensorVector parameters =
        new TensorVector(first.weight(), first.bias(), second.weight(), second.bias());
    var optimizer = new org.bytedeco.pytorch.Adam(parameters);
    org.bytedeco.pytorch.Tensor x = torch.randn(batch, PIXELS);
    org.bytedeco.pytorch.Tensor y =
        torch.randint(CLASSES, new long[] {batch}).to(torch.ScalarType.Long);
    return () -> {
      try (PointerScope step = new PointerScope()) {
        optimizer.zero_grad();
        torch.cross_entropy(second.forward(torch.relu(first.forward(x))), y).backward();
        optimizer.step();
      }
    };
  }

  @Override
  public String python() {
    return """
        first, second = torch.nn.Linear(784, 128), torch.nn.Linear(128, 10)
        optimizer = torch.optim.Adam([*first.parameters(), *second.parameters()])
        x, y = torch.randn(BATCH, 784), torch.randint(0, 10, (BATCH,))
        def step():
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(second(first(x).relu()), y).backward()
            optimizer.step()
        """
        .replace("BATCH", Integer.toString(batch));
  }
}
