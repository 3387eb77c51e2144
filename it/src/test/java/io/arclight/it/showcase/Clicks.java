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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;

/** Models of yes or no over tables, compared by their predictions for rows held out in turn. */
final class Clicks {
  private static final int FOLDS = 5;
  private static final int MODELS = 3;

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
   * Predictions for all rows, each by a model that has not seen the row.
   *
   * @param logits in the order of {@code labels}
   */
  record HeldOut(double[] logits, double[] labels) {
    static HeldOut of(Table table, Fit fit) {
      List<Double> logits = new ArrayList<>();
      List<Double> labels = new ArrayList<>();
      for (int fold = 0; fold < FOLDS; fold++) {
        Table test = table.fold(fold, FOLDS);
        try (Scope scope = Scope.open()) {
          float[] found = fit.logits(table.without(fold, FOLDS), test);
          for (int i = 0; i < found.length; i++) {
            logits.add((double) found[i]);
            labels.add((double) test.lines().get(i).label());
          }
        }
      }
      return new HeldOut(
          logits.stream().mapToDouble(v -> v).toArray(),
          labels.stream().mapToDouble(v -> v).toArray());
    }

    double logLoss() {
      double sum = 0;
      for (int i = 0; i < logits.length; i++) {
        double signed = labels[i] > 0.5 ? -logits[i] : logits[i];
        sum += Math.max(0, signed) + Math.log1p(Math.exp(-Math.abs(signed)));
      }
      return sum / logits.length;
    }

    /** The share of pairs of a yes and a no that are in the right order. */
    double auc() {
      double right = 0;
      long pairs = 0;
      for (int i = 0; i < logits.length; i++) {
        for (int j = 0; j < logits.length; j++) {
          if (labels[i] > labels[j]) {
            pairs++;
            right += logits[i] > logits[j] ? 1 : logits[i] == logits[j] ? 0.5 : 0;
          }
        }
      }
      return right / pairs;
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
