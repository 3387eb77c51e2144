package io.arclight.it.parity;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What a run of the comparison amounted to. */
final class ParityCount {
  private final Set<String> ops = new TreeSet<>();
  private final Set<String> opDTypes = new TreeSet<>();
  private final Map<Parity.Outcome, Integer> outcomes = new TreeMap<>();
  private int values;
  private int gradients;
  private int exceptions;
  private int withoutPeer;

  synchronized void add(String op, String dtype, Parity.Verdict v) {
    ops.add(op);
    opDTypes.add(op + " " + dtype);
    outcomes.merge(v.outcome(), 1, Integer::sum);
    values += v.values();
    gradients += v.gradients();
  }

  synchronized void exception() {
    exceptions++;
  }

  synchronized void withoutPeer() {
    withoutPeer++;
  }

  @Override
  public synchronized String toString() {
    return String.format(
        "%d operations, %d with dtypes, %d samples: %d tensors and %d gradients compared;"
            + " %d samples disagree, %d are exceptions, %d have no peer; libtorch lacks the dtype"
            + " in %d, both refuse %d",
        ops.size(),
        opDTypes.size(),
        outcomes.values().stream().mapToInt(i -> i).sum(),
        values,
        gradients,
        outcomes.getOrDefault(Parity.Outcome.DIFFERS, 0),
        exceptions,
        withoutPeer,
        outcomes.getOrDefault(Parity.Outcome.ABSENT, 0),
        outcomes.getOrDefault(Parity.Outcome.BOTH_REFUSE, 0));
  }
}
