package io.arclight.it.showcase;

import io.arclight.it.Cluster;
import io.arclight.it.SharedData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Trainings on real data, each with what it must reach. */
public final class Showcases {
  /** A training that gives its measure on held-out data. */
  @FunctionalInterface
  interface Training {
    double run() throws Exception;
  }

  /**
   * One of them.
   *
   * @param measure what the number is
   * @param goal what it must at least be
   */
  record Case(String measure, double goal, Training training) {}

  private Showcases() {}

  private static Map<String, Case> all() {
    Map<String, Case> out = new LinkedHashMap<>();
    String digits = "share of the test digits";
    out.put("mnist-cnn", new Case(digits, 0.99, Showcases::mnistOnSpark));
    out.put("mnist-cnn-alone", new Case(digits, 0.99, () -> Mnist.alone(folder("mnist"), 5)));
    out.put("housing", new Case("R2 of held-out prices", 0.78, Showcases::housing));
    out.put(
        "cifar",
        new Case(
            "share of the test images", 0.6, () -> Cifar.run(folder("cifar10"), 16, 30, 5000)));
    out.put(
        "speech",
        new Case("share of held-out takes", 0.9, () -> Speech.run(folder("speech-digits"), 30)));
    out.put(
        "titanic",
        new Case(
            "log-loss below logistic regression with the best penalty",
            0.01,
            () ->
                Tables.titanic(folder("tabular").resolve("titanic.csv"), 10, 3).overBest().mean()));
    out.put(
        "criteo",
        new Case(
            "AUC above logistic regression with the usual penalty",
            0.01,
            () ->
                Tables.criteo(folder("tabular").resolve("criteo-sample.csv"), 10, 5)
                    .overUsual()
                    .mean()));
    out.put(
        "names",
        new Case(
            "nats of a held-out character below pairs of characters",
            0.3,
            () -> Names.run(folder("text").resolve("names.txt"), 2000)));
    out.put(
        "shakespeare",
        new Case(
            "nats of a held-out character below pairs of characters",
            0.6,
            () -> Shakespeare.run(folder("text").resolve("tinyshakespeare.txt"), 1500)));
    out.put(
        "dcgan",
        new Case(
            "share of drawn digits that a classifier is sure about",
            0.6,
            () -> Gan.run(folder("mnist"), 16, 12_800, Path.of("target/showcase/dcgan.png"))));
    out.put(
        "transfer",
        new Case(
            "share of the test digits 5 to 9 by a head on PyTorch's backbone",
            0.88,
            () -> Transfer.pretrained(folder("mnist"), 3000)));
    out.put(
        "transfer-gain",
        new Case(
            "that above a head on a random backbone",
            0.02,
            () -> Transfer.gain(folder("mnist"), 3000)));
    return out;
  }

  /** Runs those of {@code names}, or all; whether all reached their goals. */
  public static boolean run(String... names) throws Exception {
    Map<String, Case> all = all();
    List<String> wanted = names.length == 0 ? List.copyOf(all.keySet()) : List.of(names);
    boolean reached = true;
    for (String name : wanted) {
      Case one = all.get(name);
      if (one == null) {
        throw new IllegalArgumentException("no showcase '" + name + "': one of " + all.keySet());
      }
      long begin = System.nanoTime();
      double value = one.training.run();
      double seconds = (System.nanoTime() - begin) / 1e9;
      reached &= value >= one.goal;
      System.out.printf(
          Locale.ROOT,
          "%s: %s %.4f (wanted %.4f) in %.0f s%n",
          name,
          one.measure,
          value,
          one.goal,
          seconds);
    }
    return reached;
  }

  private static Path folder(String name) {
    return SharedData.folder(name)
        .orElseThrow(() -> new IllegalStateException("no folder shared/data/" + name + " here"));
  }

  private static double mnistOnSpark() throws Exception {
    Path saved = Files.createTempDirectory("mnist").resolve("model");
    try (Cluster cluster = Cluster.start(2, 1024, "", Map.of())) {
      return Mnist.onSpark(cluster.spark(), folder("mnist"), saved, 5);
    }
  }

  private static double housing() throws Exception {
    Path saved = Files.createTempDirectory("housing");
    try (Cluster cluster = Cluster.start(2, 1024, "", Map.of())) {
      return Housing.run(
          cluster.spark(),
          folder("tabular").resolve("california-housing.csv"),
          saved.resolve("model"),
          40,
          2);
    }
  }
}
