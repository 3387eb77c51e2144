package io.arclight.it.showcase;

import io.arclight.autograd.Autograd;
import io.arclight.data.Batch;
import io.arclight.data.DataLoader;
import io.arclight.data.Dataset;
import io.arclight.data.Epoch;
import io.arclight.nn.CrossEntropyLoss;
import io.arclight.nn.Layer;
import io.arclight.optim.AdamW;
import io.arclight.optim.OneCycleLR;
import io.arclight.tensor.Context;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.Locale;
import java.util.function.Supplier;

/** Trains classifiers in one process, from datasets with columns {@code x} and {@code y}. */
final class Learning {
  private static final int SLICE = 250;

  /**
   * How.
   *
   * @param lr at the top of its cycle
   * @param smoothing of the labels
   */
  record Plan(int epochs, int batch, double lr, double decay, double smoothing) {}

  private Learning() {}

  /** What {@code make} gives where weights are drawn from {@code seed}. */
  static <T> T seeded(long seed, Supplier<T> make) {
    try (Context.Restore random = Context.current().generator(new Generator(seed))) {
      return make.get();
    }
  }

  /** AdamW over one cycle of the learning rate. */
  static void train(Layer model, Dataset<?> data, Plan plan) {
    DataLoader<Batch> loader = DataLoader.of(data, plan.batch()).shuffle(1).dropLast();
    AdamW optimizer = new AdamW(model.parameters(), plan.lr());
    optimizer.weightDecay(plan.decay());
    OneCycleLR schedule = new OneCycleLR(optimizer, plan.lr(), loader.steps() * plan.epochs());
    CrossEntropyLoss loss = new CrossEntropyLoss().labelSmoothing(plan.smoothing());
    model.train();
    for (int e = 0; e < plan.epochs(); e++) {
      long begin = System.nanoTime();
      double sum = 0;
      try (Epoch<Batch> batches = loader.epoch(e)) {
        for (Batch batch : batches) {
          optimizer.zeroGrad();
          Tensor value = loss.forward(model.call(batch.get("x")), batch.get("y"));
          value.backward();
          optimizer.step();
          schedule.step();
          sum += value.item();
        }
      }
      System.out.printf(
          Locale.ROOT,
          "epoch %d: loss %.4f in %.1f s%n",
          e + 1,
          sum / loader.steps(),
          (System.nanoTime() - begin) / 1e9);
    }
  }

  /** The share of right classes. */
  static double accuracy(Layer model, Tensor x, Tensor y) {
    model.eval();
    long right = 0;
    try (Context.Restore mode = Autograd.noGrad()) {
      for (long at = 0; at < x.dim(0); at += SLICE) {
        try (Scope scope = Scope.open()) {
          long rows = Math.min(SLICE, x.dim(0) - at);
          Tensor found = model.call(x.narrow(0, at, rows)).argmax(1);
          right += (long) found.eq(y.narrow(0, at, rows)).sum().item();
        }
      }
    }
    return (double) right / x.dim(0);
  }
}
