package io.arclight.spark.launch;

import io.arclight.distributed.Communicator;
import io.arclight.distributed.RingServer;
import io.arclight.distributed.RingSettings;
import io.arclight.distributed.TcpRing;
import io.arclight.spark.launch.Message.Connected;
import java.io.Serializable;
import java.util.Collections;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.util.TaskCompletionListener;
import scala.collection.Iterator;
import scala.collection.JavaConverters;
import scala.runtime.AbstractFunction1;

/** The body of a barrier task: meets the other ranks, runs the user's function, leaves together. */
final class RankTask<T> extends AbstractFunction1<Iterator<T>, Iterator<byte[]>>
    implements Serializable {
  private static final long serialVersionUID = 1L;

  private final RunPlan plan;
  private final byte[] function;

  RankTask(RunPlan plan, byte[] function) {
    this.plan = plan;
    this.function = function;
  }

  @Override
  public Iterator<byte[]> apply(Iterator<T> feed) {
    try {
      byte[] result = run(BarrierTaskContext.get(), JavaConverters.asJavaIterator(feed));
      return JavaConverters.asScalaIterator(Collections.singletonList(result).iterator());
    } catch (Exception e) {
      throw RankTask.<RuntimeException>unchecked(e);
    }
  }

  private byte[] run(BarrierTaskContext task, java.util.Iterator<T> feed) throws Exception {
    SparkEnv environment = SparkEnv.get();
    String host = environment.blockManager().blockManagerId().host();
    try (RingServer server = Network.listen(environment.conf(), host)) {
      onCompletion(task, server::close);
      RankPlace place =
          new RankPlace(
              task.partitionId(),
              environment.executorId(),
              server.address(),
              ProcessHandle.current().pid());
      try (RankAgent agent = RankAgent.start(plan, place, task)) {
        onCompletion(task, agent::close);
        try {
          return meetAndRun(task, feed, agent, server, place);
        } catch (Throwable e) {
          agent.failed(e);
          throw e;
        }
      }
    }
  }

  private byte[] meetAndRun(
      BarrierTaskContext task,
      java.util.Iterator<T> feed,
      RankAgent agent,
      RingServer server,
      RankPlace place)
      throws Exception {
    RankFunction<T, ?> user = userFunction();
    Rendezvous rendezvous = Rendezvous.meet(task, plan, place);
    try (Communicator communicator = connect(server, rendezvous, place.rank())) {
      onCompletion(task, communicator::close);
      try {
        plan.driver().ask(new Connected(place.rank()));
        RankContext context =
            new TaskRankContext(plan, place.rank(), communicator, rendezvous.cpuFeatures(), agent);
        byte[] result = Wire.encode(user.run(context, feed));
        // Nobody leaves before all are done: who ended early could not take part in a restart.
        communicator.barrier().await();
        return result;
      } catch (Throwable e) {
        // The driver hears of the cause before closing makes the other ranks fail too.
        agent.failed(e);
        throw e;
      }
    }
  }

  /** Also runs when Spark ends the task from outside. */
  private static void onCompletion(BarrierTaskContext task, Runnable action) {
    TaskCompletionListener listener = context -> action.run();
    task.addTaskCompletionListener(listener);
  }

  private Communicator connect(RingServer server, Rendezvous rendezvous, int rank) {
    Timeouts timeouts = plan.timeouts();
    RingSettings settings =
        RingSettings.defaults()
            .withHeartbeat(timeouts.heartbeat(), timeouts.heartbeatMisses())
            .withCollectiveTimeout(timeouts.collective())
            .withRendezvousTimeout(timeouts.rendezvous())
            .withEncryption(Network.encryption(SparkEnv.get().conf()));
    return TcpRing.connect(
        server,
        rank,
        rendezvous.addresses(),
        plan.secret().bytes(plan.runId(), plan.restartEpoch()),
        plan.runId(),
        plan.restartEpoch(),
        settings);
  }

  @SuppressWarnings("unchecked")
  private RankFunction<T, ?> userFunction() {
    try {
      return (RankFunction<T, ?>) Wire.decode(function);
    } catch (ClassNotFoundException e) {
      throw new LaunchException(
          "Executor %s lacks class %s; add its jar with --jars"
              .formatted(SparkEnv.get().executorId(), e.getMessage()),
          e);
    }
  }

  /** Spark looks at the exceptions of tasks, so they must not be wrapped. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Throwable> E unchecked(Throwable error) throws E {
    throw (E) error;
  }
}
