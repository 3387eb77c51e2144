package io.arclight.spark.launch;

import io.arclight.distributed.Communicator;
import io.arclight.distributed.PortRange;
import io.arclight.distributed.RingServer;
import io.arclight.spark.launch.Message.Connected;
import java.io.Serializable;
import java.util.Collections;
import java.util.Set;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.SparkEnv;
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
    } catch (Throwable e) {
      throw sneaky(e);
    }
  }

  private byte[] run(BarrierTaskContext task, java.util.Iterator<T> feed) throws Exception {
    SparkEnv environment = SparkEnv.get();
    String host = environment.blockManager().blockManagerId().host();
    try (RingServer server = RingServer.bind(host, PortRange.ANY)) {
      task.addTaskCompletionListener(context -> server.close());
      RankPlace place =
          new RankPlace(
              task.partitionId(),
              environment.executorId(),
              server.address(),
              ProcessHandle.current().pid());
      try (RankAgent agent = RankAgent.start(plan, place)) {
        task.addTaskCompletionListener(context -> agent.close());
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
      task.addTaskCompletionListener(context -> communicator.close());
      plan.driver().ask(new Connected(place.rank()));
      Object result =
          user.run(
              new TaskRankContext(plan, place.rank(), communicator, rendezvous.cpuFeatures(), agent),
              feed);
      byte[] encoded = Wire.encode(result);
      // Nobody leaves before all are done: who ended early could not take part in a restart.
      communicator.barrier().await();
      return encoded;
    }
  }
}
