package io.arclight.spark.launch;

import io.arclight.distributed.Communicator;
import java.util.Set;

/** The context of a rank in its barrier task. */
record TaskRankContext(
    RunPlan plan,
    int rank,
    Communicator communicator,
    Set<String> cpuFeatures,
    RankAgent agent,
    RankCheckpoints checkpoints)
    implements RankContext {

  TaskRankContext(
      RunPlan plan, int rank, Communicator communicator, Set<String> cpuFeatures, RankAgent agent) {
    this(
        plan, rank, communicator, cpuFeatures, agent, new TaskCheckpoints(plan, rank, cpuFeatures));
  }

  @Override
  public int world() {
    return plan.world();
  }

  @Override
  public String runId() {
    return plan.runId();
  }

  @Override
  public int restartEpoch() {
    return plan.restartEpoch();
  }

  @Override
  public void report(StepReport report) {
    agent.report(report);
  }

  @Override
  public void warn(String warning) {
    agent.warn(warning);
  }

  @Override
  public boolean stopRequested() {
    return agent.stopRequested();
  }
}
