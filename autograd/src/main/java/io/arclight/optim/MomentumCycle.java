package io.arclight.optim;

import java.util.ArrayList;
import java.util.List;

/** Sets a group's momentum, which is the first beta of those that have betas. */
final class MomentumCycle {
  private MomentumCycle() {}

  static void require(String scheduler, Optimizer optimizer) {
    for (ParamGroup group : optimizer.paramGroups()) {
      boolean some =
          group.options().containsKey("betas")
              || group.options().get("momentum") instanceof Number n && n.doubleValue() > 0;
      if (!some) {
        throw new IllegalArgumentException(
            scheduler
                + ": "
                + optimizer.getClass().getSimpleName()
                + " has no momentum to cycle: set one, or use keepMomentum()");
      }
    }
  }

  static void set(ParamGroup group, double value) {
    if (group.options().get("betas") instanceof List<?> betas) {
      List<Object> next = new ArrayList<>(betas);
      next.set(0, value);
      group.set("betas", List.copyOf(next));
    } else {
      group.set("momentum", value);
    }
  }
}
