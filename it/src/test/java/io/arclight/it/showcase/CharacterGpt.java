package io.arclight.it.showcase;

import io.arclight.autograd.Autograd;
import io.arclight.models.Generation;
import io.arclight.models.Gpt2;
import io.arclight.models.Gpt2Config;
import io.arclight.nn.ActivationFunction;
import io.arclight.nn.Functional;
import io.arclight.nn.utils.ClipGrad;
import io.arclight.optim.AdamW;
import io.arclight.optim.CosineWarmup;
import io.arclight.tensor.Context;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.Random;

/** A small GPT that learns the characters of a text. */
final class CharacterGpt {
  private static final int VALIDATION = 64;
  private static final double WARM_UP = 0.03;

  private final CharacterText text;
  private final int batch;
  private final int length;
  private final Gpt2 model;
  private final AdamW optimizer;
  private final CosineWarmup schedule;
  private final Random random = new Random(1);

  /**
   * @param steps that the learning rate falls over
   */
  CharacterGpt(CharacterText text, int batch, int length, int width, int layers, int steps) {
    this.text = text;
    this.batch = batch;
    this.length = length;
    model =
        new Gpt2(
            Gpt2Config.of(text.vocabulary(), length, width, layers, 4)
                .dropout(0)
                .activation(ActivationFunction.GELU));
    optimizer = new AdamW(model.parameters(), 2e-3);
    schedule = new CosineWarmup(optimizer, (int) (WARM_UP * steps), steps, 0.05);
  }

  /** One step of training; its loss. */
  double step() {
    try (Scope scope = Scope.open()) {
      optimizer.zeroGrad();
      Tensor loss = loss(text.training(batch, length, random));
      loss.backward();
      ClipGrad.clipGradNorm(model.parameters(), 1);
      optimizer.step();
      schedule.step();
      return loss.item();
    }
  }

  private Tensor loss(CharacterText.Pairs pairs) {
    Tensor logits = model.call(pairs.x());
    return Functional.crossEntropy(logits.reshape(-1, text.vocabulary()), pairs.y());
  }

  /** The loss on text that was not trained on. */
  double validation() {
    model.eval();
    try (Scope scope = Scope.open();
        Context.Restore mode = Autograd.noGrad()) {
      return loss(text.validation(VALIDATION, length)).item();
    } finally {
      model.train();
    }
  }

  /** Text of its own. */
  String sample(int characters) {
    model.eval();
    try (Scope scope = Scope.open()) {
      Tensor out =
          new Generation(model)
              .maxNewTokens(characters)
              .sample(1)
              .temperature(0.8)
              .window(length)
              .generate(Tensor.of(new long[] {0}, Shape.of(1, 1)));
      return text.text(out.toLongs());
    } finally {
      model.train();
    }
  }
}
