package io.arclight.distributed;

import io.arclight.autograd.Autograd;
import io.arclight.distributed.BucketLayout.Slot;
import io.arclight.nn.Module;
import io.arclight.nn.Reduction;
import io.arclight.tensor.Context;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Joins the gradients of a module over ranks into the mean over the samples of all, while backward
 * still runs: what {@link DistributedDataParallel} is made of, for loops that do it by hand.
 * Buffers that a step changes, such as running statistics, become their mean over the ranks that
 * changed them, or, of whole numbers and flags, the largest value.
 *
 * <pre>{@code
 * reducer.samples(batch.rows());
 * reducer.begin();      // not before the last of several accumulated backwards
 * loss.backward();      // not where this rank has no samples
 * reducer.finish();
 * }</pre>
 */
public final class GradientReducer implements AutoCloseable {
  private final Communicator group;
  private final DataParallelSettings settings;
  private final Map<String, Tensor> named = new LinkedHashMap<>();
  private final List<Tensor> parameters;
  private final List<Tensor> state = new ArrayList<>();
  private final SharedBuffers buffers;
  private final List<GradientBucket> buckets = new ArrayList<>();
  private final GradientBucket[] bucketOf;
  private final Slot[] slotOf;
  private final boolean[] arrived;
  private final List<Runnable> unhook = new ArrayList<>();

  private boolean reducing;
  private int sent;
  private int arrivals;
  private double samples;
  private long reductions;

  /** Packs the parameters of {@code module} that want gradients; it must not move afterwards. */
  public GradientReducer(Module module, Communicator group, DataParallelSettings settings) {
    this.group = group;
    this.settings = settings;
    module
        .namedParameters()
        .forEach(
            (name, parameter) -> {
              if (parameter.requiresGrad()) {
                named.put(name, parameter);
              }
            });
    parameters = List.copyOf(named.values());
    state.addAll(module.parameters());
    state.addAll(module.buffers());
    buffers = new SharedBuffers(group.size() == 1 ? List.of() : module.buffers());
    bucketOf = new GradientBucket[parameters.size()];
    slotOf = new Slot[parameters.size()];
    arrived = new boolean[parameters.size()];
    BucketLayout layout =
        BucketLayout.of(parameters, settings.firstBucketBytes(), settings.bucketBytes());
    for (BucketLayout.Bucket bucket : layout.buckets()) {
      buckets.add(new GradientBucket(bucket, parameters));
      for (Slot slot : bucket.slots()) {
        bucketOf[slot.parameter()] = buckets.get(buckets.size() - 1);
        slotOf[slot.parameter()] = slot;
      }
    }
    for (int i = 0; i < parameters.size(); i++) {
      int index = i;
      unhook.add(parameters.get(i).registerPostAccumulateGradHook(parameter -> arrive(index)));
    }
  }

  /** Gives all ranks the parameters, frozen ones too, and buffers of rank 0. */
  public void broadcast() {
    try (Context.Restore mode = Autograd.noGrad();
        Scope scope = Scope.open()) {
      List<Work> works = new ArrayList<>();
      state.forEach(tensor -> works.add(group.broadcast(tensor, 0)));
      works.forEach(Work::await);
      buffers.remember();
    }
  }

  /**
   * Counts {@code count} samples of this rank into the next joined gradient; of a loss whose
   * samples have weights, {@link io.arclight.nn.Loss#divisor}.
   */
  public void samples(double count) {
    samples += count;
  }

  /** From here on gradients are sent as they become ready, until {@link #finish}. */
  public void begin() {
    if (reducing) {
      throw new IllegalStateException(
          "begin: gradients are being joined already; call finish() after each backward");
    }
    reducing = true;
    sent = 0;
    arrivals = 0;
    Arrays.fill(arrived, false);
    buckets.forEach(GradientBucket::begin);
  }

  boolean isReducing() {
    return reducing;
  }

  private void arrive(int index) {
    if (!reducing) {
      return;
    }
    if (arrived[index]) {
      throw new IllegalStateException(
          "a second backward reached a parameter whose gradient is being joined: accumulate in"
              + " noSync(), or finish() first");
    }
    if (samples > 0) {
      put(index, parameters.get(index).grad());
    } else {
      put(index, null);
    }
    if (arrivals == parameters.size()) {
      group.flightRecord().mark("last gradient ready");
    }
    sendComplete();
  }

  private void put(int index, Tensor grad) {
    arrived[index] = true;
    arrivals++;
    bucketOf[index].put(slotOf[index], grad);
  }

  /** Sends in order of layout, whatever order the gradients come in: all ranks must agree. */
  private void sendComplete() {
    while (sent < buckets.size() && buckets.get(sent).isComplete()) {
      boolean weighted = settings.loss() == Reduction.MEAN && group.size() > 1;
      buckets.get(sent++).send(group, weighted ? samples : 1);
    }
  }

  /**
   * Sends what has no gradient as zeros, waits, and leaves the joined gradient in every parameter
   * that any rank used; the others have none. Buffers are the same on all ranks afterwards.
   *
   * @param along numbers of the caller's to sum over the ranks, equally many on all
   * @return the sums of {@code along}
   * @throws CollectiveException if another rank fails
   * @throws ParameterMismatchException if it was time to compare the parameters and they differ
   */
  public double[] finish(double... along) {
    double[] totals;
    if (!reducing) {
      begin();
    }
    try (Context.Restore mode = Autograd.noGrad();
        Scope scope = Scope.open()) {
      for (int i = 0; i < parameters.size(); i++) {
        if (!arrived[i]) {
          put(i, samples > 0 ? parameters.get(i).grad() : null);
        }
      }
      sendComplete();
      totals = totals(along);
      buckets.forEach(GradientBucket::await);
      spread(totals);
      int at = 1 + parameters.size();
      buffers.join(group, Arrays.copyOfRange(totals, at, at + buffers.size()));
    } finally {
      reducing = false;
      samples = 0;
    }
    if (settings.checkEvery() > 0 && ++reductions % settings.checkEvery() == 0) {
      requireEqualParameters();
    }
    return Arrays.copyOfRange(totals, 1 + parameters.size() + buffers.size(), totals.length);
  }

  /**
   * Over all ranks: samples, for each parameter how many ranks have a gradient of it, for each
   * buffer how many have changed it, and what goes along. Counts stay exact in doubles.
   */
  private double[] totals(double... along) {
    int own = 1 + parameters.size() + buffers.size();
    double[] local = new double[own + along.length];
    local[0] = samples;
    for (int i = 0; i < parameters.size(); i++) {
      boolean used = samples > 0 && parameters.get(i).grad() != null;
      local[i + 1] = used ? 1 : 0;
    }
    for (int i = 0; i < buffers.size(); i++) {
      local[1 + parameters.size() + i] = buffers.isChanged(i) ? 1 : 0;
    }
    System.arraycopy(along, 0, local, own, along.length);
    Tensor sums = Tensor.of(local);
    group.allReduce(sums, ReduceOp.SUM).await();
    return sums.toDoubles();
  }

  private void spread(double[] totals) {
    // A mean over the samples of the only rank is a mean already.
    boolean mean = settings.loss() == Reduction.MEAN && group.size() == 1;
    for (GradientBucket bucket : buckets) {
      if (!mean && totals[0] > 0) {
        bucket.divide(totals[0]);
      }
      for (Slot slot : bucket.slots()) {
        if (totals[1 + slot.parameter()] > 0) {
          bucket.get(slot);
        } else {
          drop(parameters.get(slot.parameter()));
        }
      }
    }
  }

  private static void drop(Tensor parameter) {
    Tensor grad = parameter.grad();
    if (grad != null) {
      parameter.grad(null);
      grad.close();
    }
  }

  /**
   * Compares the parameters of all ranks now.
   *
   * @throws ParameterMismatchException on all ranks if they differ
   */
  public void requireEqualParameters() {
    ParameterCheck.requireEqual(named, group);
  }

  /** Removes its hooks and memory; the communicator stays open. */
  @Override
  public void close() {
    unhook.forEach(Runnable::run);
    buckets.forEach(GradientBucket::close);
  }
}
