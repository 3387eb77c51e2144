package io.arclight.it.steps;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Adam;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.EmbeddingImpl;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.LongVector;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** The small GPT as libtorch's users write it. */
final class LibtorchGpt {
  private final long vocabulary;
  private final long tokens;
  private final long width;
  private final long heads;
  private final TensorVector parameters = new TensorVector();
  private final EmbeddingImpl wte;
  private final EmbeddingImpl wpe;
  private final List<Block> blocks = new ArrayList<>();
  private final LayerNormImpl last;

  /** One block's parts. */
  private record Block(
      LayerNormImpl ln1,
      LinearImpl attn,
      LinearImpl proj,
      LayerNormImpl ln2,
      LinearImpl fc,
      LinearImpl out) {}

  LibtorchGpt(long vocabulary, long tokens, long width, int layers, long heads) {
    this.vocabulary = vocabulary;
    this.tokens = tokens;
    this.width = width;
    this.heads = heads;
    wte = new EmbeddingImpl(vocabulary, width);
    wpe = new EmbeddingImpl(tokens, width);
    add(wte.parameters());
    add(wpe.parameters());
    for (int i = 0; i < layers; i++) {
      Block b =
          new Block(
              norm(),
              new LinearImpl(width, 3 * width),
              new LinearImpl(width, width),
              norm(),
              new LinearImpl(width, 4 * width),
              new LinearImpl(4 * width, width));
      add(b.ln1.parameters());
      add(b.attn.parameters());
      add(b.proj.parameters());
      add(b.ln2.parameters());
      add(b.fc.parameters());
      add(b.out.parameters());
      blocks.add(b);
    }
    last = norm();
    add(last.parameters());
  }

  private LayerNormImpl norm() {
    return new LayerNormImpl(new LongVector(new long[] {width}));
  }

  private void add(TensorVector some) {
    for (long i = 0; i < some.size(); i++) {
      parameters.push_back(some.get(i));
    }
  }

  /** A whole step on one batch of random tokens. */
  Runnable step(long batch) {
    Adam optimizer = new Adam(parameters);
    Tensor x = torch.randint(vocabulary, new long[] {batch, tokens}).to(torch.ScalarType.Long);
    Tensor y = torch.randint(vocabulary, new long[] {batch * tokens}).to(torch.ScalarType.Long);
    Tensor places = torch.arange(new Scalar(tokens)).to(torch.ScalarType.Long);
    return () -> {
      try (PointerScope step = new PointerScope()) {
        optimizer.zero_grad();
        Tensor h = wte.forward(x).add(wpe.forward(places));
        for (Block b : blocks) {
          h = h.add(b.proj.forward(attend(b.attn.forward(b.ln1.forward(h)), batch)));
          h = h.add(b.out.forward(torch.gelu(b.fc.forward(b.ln2.forward(h)))));
        }
        Tensor logits = torch.linear(last.forward(h), wte.weight());
        torch.cross_entropy(logits.reshape(batch * tokens, vocabulary), y).backward();
        optimizer.step();
      }
    };
  }

  private Tensor attend(Tensor qkv, long batch) {
    TensorVector parts = qkv.chunk(3, 2);
    Tensor[] each = new Tensor[3];
    for (int i = 0; i < each.length; i++) {
      each[i] = parts.get(i).reshape(batch, tokens, heads, width / heads).transpose(1, 2);
    }
    return torch
        .scaled_dot_product_attention(
            each[0], each[1], each[2], new TensorOptional(), 0, true, new DoubleOptional(), false)
        .transpose(1, 2)
        .reshape(batch, tokens, width);
  }
}
