package io.arclight.it.steps;

import io.arclight.models.Mlp;
import io.arclight.nn.Functional;
import io.arclight.optim.Adam;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.global.torch;

/** Digits to classes by two linear layers. */
final class MlpModel implements Model {
  private static final int BATCH = 64;

  @Override
  public String description() {
    return "MLP 784-128-10, batch 64, Adam";
  }

  @Override
  public Runnable arclight() {
    Mlp model = new Mlp(784, 128, 10);
    Adam optimizer = new Adam(model.parameters());
    Tensor x = Tensor.randn(Shape.of(BATCH, 784)).keep();
    Tensor y = Tensor.randint(0, 10, Shape.of(BATCH)).keep();
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
    LinearImpl first = new LinearImpl(784, 128);
    LinearImpl last = new LinearImpl(128, 10);
    var optimizer =
        new org.bytedeco.pytorch.Adam(Libtorch.all(first.parameters(), last.parameters()));
    org.bytedeco.pytorch.Tensor x = torch.randn(BATCH, 784);
    org.bytedeco.pytorch.Tensor y = Libtorch.classes(BATCH);
    return () -> {
      try (PointerScope step = new PointerScope()) {
        optimizer.zero_grad();
        torch.cross_entropy(last.forward(first.forward(x).relu()), y).backward();
        optimizer.step();
      }
    };
  }

  @Override
  public String python() {
    return """
        import torch.nn as nn
        model = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
        optimizer = torch.optim.Adam(model.parameters())
        x, y = torch.randn(64, 784), torch.randint(0, 10, (64,))
        def step():
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()
        """;
  }
}
