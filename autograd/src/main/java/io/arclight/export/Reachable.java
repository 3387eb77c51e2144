package io.arclight.export;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The part of a graph that its outputs depend on, with steps numbered anew. */
final class Reachable {
  private final List<ProgramStep> steps = new ArrayList<>();
  private final Map<String, Ref> outputs = new LinkedHashMap<>();
  private final Set<String> constants = new LinkedHashSet<>();

  Reachable(List<ProgramStep> all, Map<String, Ref> results) {
    boolean[] needed = new boolean[all.size()];
    results.values().forEach(ref -> mark(ref, needed));
    for (int i = all.size() - 1; i >= 0; i--) {
      if (needed[i]) {
        all.get(i).inputs().forEach(ref -> mark(ref, needed));
      }
    }
    int[] place = new int[all.size()];
    for (int i = 0; i < place.length; i++) {
      if (needed[i]) {
        place[i] = steps.size();
        ProgramStep step = all.get(i);
        steps.add(
            new ProgramStep(
                step.attributes(), step.inputs().stream().map(r -> moved(r, place)).toList()));
      }
    }
    results.forEach((name, ref) -> outputs.put(name, moved(ref, place)));
  }

  private static void mark(Ref ref, boolean[] needed) {
    if (ref instanceof Ref.Result result) {
      needed[result.step()] = true;
    }
  }

  private Ref moved(Ref ref, int[] place) {
    if (ref instanceof Ref.Constant constant) {
      constants.add(constant.name());
    }
    return ref instanceof Ref.Result result
        ? new Ref.Result(place[result.step()], result.output())
        : ref;
  }

  List<ProgramStep> steps() {
    return steps;
  }

  Map<String, Ref> outputs() {
    return outputs;
  }

  Set<String> constants() {
    return constants;
  }
}
