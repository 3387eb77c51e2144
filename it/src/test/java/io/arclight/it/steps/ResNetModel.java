package io.arclight.it.steps;

import io.arclight.models.ResNet;
import io.arclight.nn.Functional;
import io.arclight.optim.Adam;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;

/** Images to classes by ResNet-18. */
final class ResNetModel implements Model {
  private static final int BATCH = 8;

  private final PyTorchLayout layout;
  private final Kept kept;

  ResNetModel(PyTorchLayout layout, Kept kept) {
    this.layout = layout;
    this.kept = kept;
  }

  @Override
  public String description() {
    return "ResNet-18 of 64x64, 10 classes, batch 8, Adam" + layout.suffix() + kept.suffix();
  }

  @Override
  public Runnable arclight() {
    ResNet model = ResNet.resnet18(10);
    if (kept == Kept.INPUTS_OF_BLOCKS) {
      model.gradientCheckpointing();
    }
    Adam optimizer = new Adam(model.parameters());
    Tensor x = Tensor.randn(Shape.of(BATCH, 3, 64, 64)).keep();
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
    return LibtorchImages.resnet18(layout, BATCH);
  }

  @Override
  public String python() {
    return """
        import torch.nn as nn, torchvision, torch.utils.checkpoint
        model = torchvision.models.resnet18(num_classes=10).to(memory_format=torch.%s)
        def checkpointed(f):
            return lambda x: torch.utils.checkpoint.checkpoint(f, x, use_reentrant=False)
        for block in model.modules():
            if %s and isinstance(block, torchvision.models.resnet.BasicBlock):
                block.forward = checkpointed(block.forward)
        optimizer = torch.optim.Adam(model.parameters())
        x, y = torch.randn(8, 3, 64, 64).to(memory_format=torch.%s), torch.randint(0, 10, (8,))
        def step():
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()
        """
        .formatted(layout.format(), kept == Kept.ALL ? "False" : "True", layout.format());
  }
}
