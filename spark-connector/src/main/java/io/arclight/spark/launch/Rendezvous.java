package io.arclight.spark.launch;

import io.arclight.spark.internal.Executors;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.BarrierTaskContext;

/**
 * What the ranks learn of each other when they meet.
 *
 * @param places where the ranks are, by rank
 * @param cpuFeatures what all of their machines have
 */
record Rendezvous(List<RankPlace> places, Set<String> cpuFeatures) {

  /** Meets the other ranks of a barrier stage, in about a second, and checks who came. */
  static Rendezvous meet(BarrierTaskContext task, RunPlan plan, RankPlace own) {
    Card card = new Card(plan.restartEpoch(), own, CpuFeatures.here());
    String[] all = task.allGather(Base64.getEncoder().encodeToString(Wire.encode(card)));
    List<Card> cards = new ArrayList<>();
    for (String text : all) {
      cards.add(read(text));
    }
    cards.sort(Comparator.comparingInt(other -> other.place().rank()));
    requireComplete(cards, plan);
    List<RankPlace> places = cards.stream().map(Card::place).toList();
    requireSpread(places, plan.ranksPerExecutor());

    Set<String> features =
        CpuFeatures.common(cards.stream().map(Card::cpuFeatures).toList(), plan.restored());
    return new Rendezvous(places, features);
  }

  List<String> addresses() {
    return places.stream().map(RankPlace::address).toList();
  }

  private static void requireComplete(List<Card> cards, RunPlan plan) {
    boolean complete = cards.size() == plan.world();
    for (int rank = 0; complete && rank < cards.size(); rank++) {
      complete =
          cards.get(rank).place().rank() == rank
              && cards.get(rank).restartEpoch() == plan.restartEpoch();
    }
    if (!complete) {
      throw new LaunchException(
          "Run %s expects %d ranks in restart epoch %d, but these met: %s"
              .formatted(plan.runId(), plan.world(), plan.restartEpoch(), cards));
    }
  }

  private static void requireSpread(List<RankPlace> places, int most) {
    Map<String, Integer> counts = new HashMap<>();
    for (RankPlace place : places) {
      int count = counts.merge(place.executorId(), 1, Integer::sum);
      boolean local = place.executorId().equals(Executors.DRIVER);
      if (count > most && !local) {
        throw new SlotsException(
            "Executor %s on %s got %d ranks, %d allowed; set --conf spark.task.cpus to the cores of an"
                    .formatted(place.executorId(), place.address(), count, most)
                + " executor (spark.executor.cores), or allow more ranks per executor");
      }
    }
  }

  private static Card read(String text) {
    try {
      return (Card) Wire.decode(Base64.getDecoder().decode(text));
    } catch (ClassNotFoundException e) {
      throw new LaunchException(
          "Executors run different versions of Arclight: " + e.getMessage(), e);
    }
  }

  private record Card(int restartEpoch, RankPlace place, TreeSet<String> cpuFeatures)
      implements Serializable {}
}
