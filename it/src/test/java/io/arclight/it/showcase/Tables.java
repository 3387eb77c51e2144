package io.arclight.it.showcase;

import io.arclight.models.TabularMlp;
import io.arclight.models.WideAndDeep;
import io.arclight.nn.Embedding;
import io.arclight.nn.Init;
import io.arclight.nn.Module;
import io.arclight.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** Tables with categories: models with embeddings against logistic regression on the same folds. */
final class Tables {
  private static final Table.Columns TITANIC =
      new Table.Columns(
          "Survived",
          List.of("Age", "SibSp", "Parch", "Fare"),
          List.of("Pclass", "Sex", "Embarked", "Cabin"),
          List.of("Fare"),
          List.of("Cabin"));

  /** Of the squares of the weights; the first is what logistic regressions have by default. */
  private static final double[] PENALTIES = {1, 0.3, 3, 10, 30, 100};

  /** Gains over logistic regression with the usual penalty, and with the best of all. */
  record Gains(Clicks.Gain overUsual, Clicks.Gain overBest) {}

  private Tables() {}

  /** By how much the log-loss is below logistic regression's, over so many divisions into folds. */
  static Gains titanic(Path csv, int epochs, int divisions) {
    Table table = Table.read(csv, TITANIC);
    Clicks.Fit model =
        Clicks.networks(
            (numbers, cardinalities) ->
                network(
                    new TabularMlp(numbers, cardinalities, 2, 64, 32, 1),
                    (net, x, categories) -> net.call(x, categories).squeeze(1)),
            epochs,
            1e-2,
            0.1);
    return compare(table, divisions, model, (found, rows) -> -found.logLoss(rows));
  }

  /**
   * By how much the area under the curve is above logistic regression's. So few rows do not decide
   * against the best penalty: that interval has both signs.
   */
  static Gains criteo(Path csv, int epochs, int divisions) {
    List<String> numbers = IntStream.rangeClosed(1, 13).mapToObj(i -> "I" + i).toList();
    List<String> categories = IntStream.rangeClosed(1, 26).mapToObj(i -> "C" + i).toList();
    Table table =
        Table.read(csv, new Table.Columns("label", numbers, categories, numbers, List.of()));
    Clicks.Fit model =
        Clicks.networks(
            (count, cardinalities) ->
                network(new WideAndDeep(count, cardinalities, 2, 8), WideAndDeep::call),
            epochs,
            1e-2,
            3);
    return compare(table, divisions, model, Clicks.HeldOut::auc);
  }

  /** The best penalty is the one that is best on the rows it is measured by, which favours it. */
  private static Gains compare(
      Table table, int divisions, Clicks.Fit model, Clicks.Measure measure) {
    Clicks.HeldOut usual = null;
    Clicks.HeldOut best = null;
    for (double penalty : PENALTIES) {
      Clicks.HeldOut one = Clicks.HeldOut.of(table, divisions, Clicks.logistic(penalty));
      report("logistic, penalty " + penalty, one);
      usual = usual == null ? one : usual;
      if (best == null || measure.of(one, one.all()) > measure.of(best, best.all())) {
        best = one;
      }
    }
    Clicks.HeldOut found = Clicks.HeldOut.of(table, divisions, model);
    report("embeddings", found);
    System.out.printf("%d rows, %d divisions%n", table.lines().size(), divisions);
    return new Gains(
        gain("the usual penalty", found, usual, measure),
        gain("the best penalty", found, best, measure));
  }

  private static Clicks.Gain gain(
      String name, Clicks.HeldOut found, Clicks.HeldOut other, Clicks.Measure measure) {
    Clicks.Gain gain = Clicks.Gain.of(found, other, measure);
    System.out.printf(
        Locale.ROOT,
        "better than %s by %.4f, 95 %% of draws of rows within %.4f and %.4f%n",
        name,
        gain.mean(),
        gain.low(),
        gain.high());
    return gain;
  }

  /** Logits of a model by numbers and categories. */
  @FunctionalInterface
  private interface Logits<M extends Module> {
    Tensor of(M model, Tensor numbers, Tensor categories);
  }

  /** Categories begin near zero, as of most there are few rows. */
  private static <M extends Module> Clicks.Network network(M net, Logits<M> logits) {
    net.apply(
        module -> {
          if (module instanceof Embedding embedding) {
            Init.normal(embedding.weight(), 0, 0.05);
          }
        });
    return new Clicks.Network(net, (x, categories) -> logits.of(net, x, categories));
  }

  private static void report(String name, Clicks.HeldOut found) {
    int[] all = found.all();
    System.out.printf(
        Locale.ROOT, "%s: log-loss %.4f, AUC %.4f%n", name, found.logLoss(all), found.auc(all));
  }
}
