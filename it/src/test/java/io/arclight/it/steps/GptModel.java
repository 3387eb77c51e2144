package io.arclight.it.steps;

import io.arclight.models.Gpt2;
import io.arclight.models.Gpt2Config;
import io.arclight.nn.ActivationFunction;
import io.arclight.nn.Functional;
import io.arclight.optim.Adam;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;

/** The next character: a small GPT. */
final class GptModel implements Model {
  private static final int VOCABULARY = 65;
  private static final int TOKENS = 128;
  private static final int WIDTH = 128;
  private static final int BLOCKS = 4;
  private static final int HEADS = 4;
  private static final int BATCH = 16;

  private final Kept kept;

  GptModel(Kept kept) {
    this.kept = kept;
  }

  @Override
  public String description() {
    return "GPT of width 128, 4 blocks, 4 heads, 128 tokens, batch 16, Adam" + kept.suffix();
  }

  @Override
  public Runnable arclight() {
    Gpt2 model =
        new Gpt2(
            Gpt2Config.of(VOCABULARY, TOKENS, WIDTH, BLOCKS, HEADS)
                .dropout(0)
                .activation(ActivationFunction.GELU));
    if (kept == Kept.INPUTS_OF_BLOCKS) {
      model.gradientCheckpointing();
    }
    Adam optimizer = new Adam(model.parameters());
    Tensor x = Tensor.randint(0, VOCABULARY, Shape.of(BATCH, TOKENS)).keep();
    Tensor y = Tensor.randint(0, VOCABULARY, Shape.of(BATCH * TOKENS)).keep();
    return () -> {
      try (Scope step = Scope.open()) {
        optimizer.zeroGrad();
        Tensor logits = model.call(x).reshape(BATCH * TOKENS, VOCABULARY);
        Functional.crossEntropy(logits, y).backward();
        optimizer.step();
      }
    };
  }

  @Override
  public Runnable libtorch() {
    LibtorchGpt model = new LibtorchGpt(VOCABULARY, TOKENS, WIDTH, BLOCKS, HEADS);
    return model.step(BATCH);
  }

  @Override
  public String python() {
    return """
        import torch.nn as nn, torch.nn.functional as F, torch.utils.checkpoint
        class Block(nn.Module):
            def __init__(self):
                super().__init__()
                self.ln1, self.attn, self.proj = nn.LayerNorm(128), nn.Linear(128, 384), nn.Linear(128, 128)
                self.ln2, self.fc, self.out = nn.LayerNorm(128), nn.Linear(128, 512), nn.Linear(512, 128)
            def forward(self, x):
                q, k, v = (t.view(16, 128, 4, 32).transpose(1, 2) for t in self.attn(self.ln1(x)).split(128, 2))
                y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
                x = x + self.proj(y.transpose(1, 2).reshape(16, 128, 128))
                return x + self.out(F.gelu(self.fc(self.ln2(x))))
        wte, wpe, ln = nn.Embedding(65, 128), nn.Embedding(128, 128), nn.LayerNorm(128)
        blocks = nn.Sequential(*[Block() for _ in range(4)])
        parameters = [p for m in (wte, wpe, ln, blocks) for p in m.parameters()]
        optimizer = torch.optim.Adam(parameters)
        x, y, places = torch.randint(0, 65, (16, 128)), torch.randint(0, 65, (2048,)), torch.arange(128)
        def step():
            optimizer.zero_grad()
            h = wte(x) + wpe(places)
            for block in blocks:
                h = %s
            h = ln(h)
            F.cross_entropy(F.linear(h, wte.weight).view(2048, 65), y).backward()
            optimizer.step()
        """
        .formatted(
            kept == Kept.ALL
                ? "block(h)"
                : "torch.utils.checkpoint.checkpoint(block, h, use_reentrant=False)");
  }
}
