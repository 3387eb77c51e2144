package io.arclight.it.steps;

import io.arclight.nn.Conv2d;
import io.arclight.nn.Flatten;
import io.arclight.nn.Functional;
import io.arclight.nn.Linear;
import io.arclight.nn.MaxPool2d;
import io.arclight.nn.ReLU;
import io.arclight.nn.Sequential;
import io.arclight.optim.Adam;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;

/** Digits to classes by two convolutions and two linear layers. */
final class CnnModel implements Model {
  private static final int BATCH = 64;

  private final PyTorchLayout layout;

  CnnModel(PyTorchLayout layout) {
    this.layout = layout;
  }

  @Override
  public String description() {
    return "CNN of 28x28: 3x3 convolutions to 32 and 64, pools, 128, 10, batch 64, Adam"
        + layout.suffix();
  }

  @Override
  public Runnable arclight() {
    Sequential model =
        new Sequential(
            new Conv2d(1, 32, 3),
            new ReLU(),
            new MaxPool2d(2),
            new Conv2d(32, 64, 3),
            new ReLU(),
            new MaxPool2d(2),
            new Flatten(),
            new Linear(64 * 5 * 5, 128),
            new ReLU(),
            new Linear(128, 10));
    Adam optimizer = new Adam(model.parameters());
    Tensor x = Tensor.randn(Shape.of(BATCH, 1, 28, 28)).keep();
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
    return LibtorchImages.cnn(layout, BATCH);
  }

  @Override
  public String python() {
    return """
        import torch.nn as nn
        model = nn.Sequential(
            nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(1600, 128), nn.ReLU(), nn.Linear(128, 10)).to(memory_format=torch.%s)
        optimizer = torch.optim.Adam(model.parameters())
        x, y = torch.randn(64, 1, 28, 28).to(memory_format=torch.%s), torch.randint(0, 10, (64,))
        def step():
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()
        """
        .formatted(layout.format(), layout.format());
  }
}
