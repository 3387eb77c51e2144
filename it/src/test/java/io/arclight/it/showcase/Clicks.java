package io.arclight.it.showcase;

import io.arclight.autograd.Autograd;
import io.arclight.data.Batch;
import io.arclight.data.DataLoader;
import io.arclight.data.Epoch;
import io.arclight.data.TensorDataset;
import io.arclight.nn.BCEWithLogitsLoss;
import io.arclight.nn.Functional;
import io.arclight.nn.Linear;
import io.arclight.nn.Module;
import io.arclight.optim.AdamW;
import io.arclight.optim.LBFGS;
import io.arclight.optim.OneCycleLR;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BinaryOperator;
import java.util.stream.IntStream;

/** Models of yes or no over tables, compared by their predictions for rows held out in turn. */
final class Clicks {
  private static final int FOLDS = 5;
  private static final int MODELS = 3;
  private static final int DRAWS = 1000;

  /** A model and how it takes numbers and categories. */
  record Network(Module module, BinaryOperator<Tensor> logits) {}

  /** Makes a model of so many numbers and categories. */
  @FunctionalInterface
  interface Maker {
    Network make(long numbers, long[] cardinalities);
  }

  /** Trains on a table, for the logits of another. */
  @FunctionalInterface
  interface Fit {
    float[] logits(Table train, Table test);
  }

  /**
   * Predictions for all rows, each by a model that has not seen the row, once for each division
   * into folds.
   *
   * @param logits by division and row
   */
  record HeldOut(double[][] logits, double[] labels) {
    static HeldOut of(Table table, int divisions, Fit fit) {
      int rows = table.lines().size();
      double[][] logits = new double[divisions][rows];
      for (int d = 0; d < divisions; d++) {
        List<Integer> order = new ArrayList<>(IntStream.range(0, rows).boxed().toList());
        Collections.shuffle(order, new Random(d));
        for (int fold = 0; fold < FOLDS; fold++) {
          int first = rows * fold / FOLDS;
          int end = rows * (fold + 1) / FOLDS;
          List<Integer> held = order.subList(first, end);
          List<Integer> seen = new ArrayList<>(order.subList(0, first));
          seen.addAll(order.subList(end, rows));
          try (Scope scope = Scope.open()) {
            float[] found = fit.logits(table.rows(seen), table.rows(held));
            for (int i = 0; i < found.length; i++) {
              logits[d][held.get(i)] = found[i];
            }
          }
        }
      }
      return new HeldOut(logits, table.lines().stream().mapToDouble(l -> l.label()).toArray());
    }

    /** Of these rows, over all divisions. */
    double logLoss(int... rows) {
      double sum = 0;
      for (double[] one : logits) {
        for (int i : rows) {
          double signed = labels[i] > 0.5 ? -one[i] : one[i];
          sum += Math.max(0, signed) + Math.log1p(Math.exp(-Math.abs(signed)));
        }
      }
      return sum / rows.length / logits.length;
    }

    /** The share of pairs of a yes and a no among these rows that are in the right order. */
    double auc(int... rows) {
      double right = 0;
      long pairs = 0;
      for (double[] one : logits) {
        for (int i : rows) {
          for (int j : rows) {
            if (labels[i] > labels[j]) {
              pairs++;
              right += one[i] > one[j] ? 1 : one[i] == one[j] ? 0.5 : 0;
            }
          }
        }
      }
      return right / pairs;
    }

    int[] all() {
      return IntStream.range(0, labels.length).toArray();
    }
  }

  /** A measure of some rows' predictions, more being better. */
  @FunctionalInterface
  interface Measure {
    double of(HeldOut found, int... rows);
  }

  /**
   * By how much one model is better than another.
   *
   * @param low where 95 % of the differences begin that other rows, drawn from these with
   *     repetition, would have given
   * @param high where they end
   */
  record Gain(double mean, double low, double high) {
    static Gain of(HeldOut model, HeldOut other, Measure measure) {
      int[] all = model.all();
      Random random = new Random(7);
      double[] drawn = new double[DRAWS];
      for (int d = 0; d < DRAWS; d++) {
        int[] rows = random.ints(all.length, 0, all.length).toArray();
        drawn[d] = measure.of(model, rows) - measure.of(other, rows);
      }
      Arrays.sort(drawn);
      return new Gain(
          measure.of(model, all) - measure.of(other, all),
          drawn[DRAWS / 40],
          drawn[DRAWS - 1 - DRAWS / 40]);
    }
  }

  private Clicks() {}

  /** Logistic regression on a column for each category, with a penalty on squares. */
  static Fit logistic(double penalty) {
    return (train, test) -> {
      Table.Encoder encoder = new Table.Encoder(train);
      long[] cardinalities = encoder.cardinalities();
      Table.Encoded seen = encoder.encode(train);
      Tensor x = columns(seen, cardinalities);
      Linear model = new Linear(x.dim(1), 1);
      BCEWithLogitsLoss loss = new BCEWithLogitsLoss();
      LBFGS optimizer =
          new LBFGS(model.parameters(), 1)
              .maxIterations(200)
              .lineSearch(LBFGS.LineSearch.STRONG_WOLFE);
      optimizer.step(
          () -> {
            optimizer.zeroGrad();
            Tensor squares = model.weight().square().sum().mul(penalty / (2.0 * x.dim(0)));
            Tensor value = loss.forward(model.call(x).squeeze(1), seen.labels()).add(squares);
            value.backward();
            return value;
          });
      try (Context.Restore mode = Autograd.noGrad()) {
        return model.call(columns(encoder.encode(test), cardinalities)).squeeze(1).toFloats();
      }
    };
  }

  private static Tensor columns(Table.Encoded rows, long... cardinalities) {
    List<Tensor> parts = new ArrayList<>();
    parts.add(rows.numbers());
    for (int c = 0; c < cardinalities.length; c++) {
      Tensor places = Functional.oneHot(rows.categories().select(1, c), cardinalities[c]);
      parts.add(places.to(DType.FLOAT32));
    }
    return Tensor.cat(1, parts.toArray(new Tensor[0]));
  }

  /** The mean of three networks that begin at other weights. */
  static Fit networks(Maker maker, int epochs, double lr, double decay) {
    return (train, test) -> {
      Table.Encoder encoder = new Table.Encoder(train);
      Table.Encoded seen = encoder.encode(train);
      Table.Encoded asked = encoder.encode(test);
      Tensor sum = Tensor.zeros(asked.labels().shape());
      for (int seed = 0; seed < MODELS; seed++) {
        Network network =
            Learning.seeded(seed, () -> maker.make(encoder.numbers(), encoder.cardinalities()));
        train(network, seen, epochs, lr, decay, seed);
        network.module().eval();
        try (Context.Restore mode = Autograd.noGrad()) {
          sum = sum.add(network.logits().apply(asked.numbers(), asked.categories()));
        }
      }
      return sum.div(MODELS).toFloats();
    };
  }

  private static void train(
      Network network, Table.Encoded rows, int epochs, double lr, double decay, long seed) {
    Map<String, Tensor> columns = new LinkedHashMap<>();
    columns.put("numbers", rows.numbers());
    columns.put("categories", rows.categories());
    columns.put("label", rows.labels());
    DataLoader<Batch> loader =
        DataLoader.of(new TensorDataset(columns), 32).shuffle(seed).dropLast();
    AdamW optimizer = new AdamW(network.module().parameters(), lr);
    optimizer.weightDecay(decay);
    OneCycleLR schedule = new OneCycleLR(optimizer, lr, loader.steps() * epochs);
    BCEWithLogitsLoss loss = new BCEWithLogitsLoss();
    for (int e = 0; e < epochs; e++) {
      try (Epoch<Batch> batches = loader.epoch(e)) {
        for (Batch batch : batches) {
          optimizer.zeroGrad();
          Tensor logits = network.logits().apply(batch.get("numbers"), batch.get("categories"));
          loss.forward(logits, batch.get("label")).backward();
          optimizer.step();
          schedule.step();
        }
      }
    }
  }
}
