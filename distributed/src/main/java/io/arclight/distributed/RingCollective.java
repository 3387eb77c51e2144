package io.arclight.distributed;

import io.arclight.distributed.RingPlan.Block;
import io.arclight.distributed.RingPlan.Mode;
import io.arclight.distributed.RingPlan.Step;
import java.nio.ByteBuffer;

/**
 * A collective under way on the ring. Blocks travel in parts; a part received may be sent on before
 * the next has come, so all links work at once. In an exchange a part received is held back until
 * the own part, which it lands on, has been sent.
 */
final class RingCollective extends Activity implements Traffic {
  private final RingPlan plan;
  private final int rank;
  private final int size;
  private final int previous;
  private final int chunk;
  private final long scratch;
  private final long ownParts;
  private final boolean exchange;

  private int sendIndex;
  private long sendOffset;
  private long sendBytes;
  private long partsSent;
  private int receiveIndex;
  private long receiveOffset;
  private long receiveBytes;
  private long partsReceived;
  private boolean held;

  /**
   * @param scratch {@code chunk} bytes of memory
   */
  RingCollective(PendingWork work, int rank, int size, int chunk, long scratch) {
    super(work);
    this.plan = RingPlan.of(work.request(), rank, size);
    this.exchange = plan.isExchange();
    this.rank = rank;
    this.size = size;
    this.previous = Math.floorMod(rank - 1, size);
    this.chunk = chunk;
    this.scratch = scratch;
    this.ownParts = plan.own() == null ? 0 : Math.max(1, (plan.own().bytes() + chunk - 1) / chunk);
  }

  @Override
  public Frame compose(ByteBuffer payload) {
    if (sendIndex == plan.sends() || partsSent >= ownParts + partsReceived) {
      return null;
    }
    Block block = plan.sent(sendIndex);
    sendBytes = Math.min(chunk, block.bytes() - sendOffset);
    RawMemory.aim(payload, block.address() + sendOffset, (int) sendBytes);
    return Frame.data(request(), (int) sendBytes, partsSent);
  }

  @Override
  public void sent() {
    partsSent++;
    sendOffset += sendBytes;
    if (sendOffset >= plan.sent(sendIndex).bytes()) {
      sendIndex++;
      sendOffset = 0;
    }
    if (held) {
      held = false;
      received(scratch);
    }
  }

  @Override
  public boolean admit(Frame frame, ByteBuffer payload) throws RingFailure {
    if (held || frame.sequence() > request().sequence()) {
      return false;
    }
    if (!frame.isOf(request())) {
      throw mismatch(
          "rank "
              + previous
              + " issued "
              + frame.describe()
              + " where rank "
              + rank
              + " issued "
              + request().describe());
    }
    Step step = receiveIndex < plan.steps().size() ? plan.steps().get(receiveIndex) : null;
    receiveBytes = step == null ? -1 : Math.min(chunk, step.block().bytes() - receiveOffset);
    if (frame.bytes() != receiveBytes || frame.part() != partsReceived) {
      throw mismatch(
          "rank "
              + previous
              + " sent part "
              + frame.part()
              + " of "
              + frame.bytes()
              + " bytes where part "
              + partsReceived
              + " of "
              + receiveBytes
              + " bytes was due: give all ranks the same chunk size");
    }
    long target = step.mode() == Mode.COPY ? step.block().address() + receiveOffset : scratch;
    RawMemory.aim(payload, target, (int) receiveBytes);
    return true;
  }

  private RingFailure mismatch(String detail) {
    return new RingFailure(new Failure(Failure.Reason.MISMATCH, previous, rank, detail));
  }

  @Override
  public void received(long address) {
    Step step = plan.steps().get(receiveIndex);
    if (exchange && partsSent <= partsReceived) {
      RawMemory.copy(address, scratch, receiveBytes);
      held = true;
      return;
    }
    if (step.mode() == Mode.COPY) {
      RawMemory.copy(address, step.block().address() + receiveOffset, receiveBytes);
    } else {
      reduce(step, address);
    }
    partsReceived++;
    receiveOffset += receiveBytes;
    if (receiveOffset >= step.block().bytes()) {
      receiveIndex++;
      receiveOffset = 0;
    }
  }

  private void reduce(Step step, long incoming) {
    Request request = request();
    if (request.reduceOp() == null) {
      return;
    }
    long target = step.block().address() + receiveOffset;
    long count = receiveBytes / request.dtype().bytes();
    long own = step.with() + receiveOffset;
    // Both ranks of an exchange combine, so in one order: NaNs too come out the same.
    boolean swap = exchange && rank > previous;
    Reduction.combine(
        request.reduceOp(),
        request.dtype(),
        target,
        swap ? incoming : own,
        swap ? own : incoming,
        count);
    if (step.mode() == Mode.REDUCE_LAST && request.reduceOp() == ReduceOp.AVG) {
      Reduction.average(request.dtype(), target, count, size);
    }
  }

  @Override
  boolean isDone() {
    return sendIndex == plan.sends() && receiveIndex == plan.steps().size();
  }

  @Override
  String progress() {
    return receiveIndex < plan.steps().size()
        ? "waiting for part " + partsReceived + " from rank " + previous
        : "waiting for rank " + (rank + 1) % size + " to take part " + partsSent;
  }
}
