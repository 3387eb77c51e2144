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
    out.put("housing", new Case("R2 of held-out prices", 0.78, Showcases::housing));
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

  private static Path data(String folder, String file) {
    return SharedData.folder(folder)
        .orElseThrow(() -> new IllegalStateException("no folder shared/data/" + folder + " here"))
        .resolve(file);
  }

  private static double housing() throws Exception {
    Path saved = Files.createTempDirectory("housing");
    try (Cluster cluster = Cluster.start(2, 1024, "", Map.of())) {
      return Housing.run(
          cluster.spark(),
          data("tabular", "california-housing.csv"),
          saved.resolve("model"),
          40,
          2);
    }
  }
}
