package io.arclight.spark;

import io.arclight.autograd.Autograd;
import io.arclight.data.Batch;
import io.arclight.distributed.DataParallelSettings;
import io.arclight.distributed.GradientReducer;
import io.arclight.distributed.nn.SyncBatchNorm;
import io.arclight.nn.Loss;
import io.arclight.nn.Module;
import io.arclight.nn.Reduction;
import io.arclight.nn.utils.ClipGrad;
import io.arclight.optim.LRScheduler;
import io.arclight.optim.Optimizer;
import io.arclight.spark.feed.AvailabilityExchange;
import io.arclight.spark.feed.LaneState;
import io.arclight.spark.feed.RankBatch;
import io.arclight.spark.feed.RankFeed;
import io.arclight.spark.feed.Shuffle;
import io.arclight.spark.feed.SplitSource;
import io.arclight.spark.internal.Executors;
import io.arclight.spark.launch.CheckpointKind;
import io.arclight.spark.launch.RankContext;
import io.arclight.spark.launch.RankFunction;
import io.arclight.spark.launch.StepReport;
import io.arclight.tensor.Context;
import io.arclight.tensor.Device;
import io.arclight.tensor.Generator;
import io.arclight.tensor.SampleRandom;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.Workers;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.TaskContext;

/** The training loop of one rank. */
final class RankTraining<M extends Module> implements RankFunction<SplitSource, TrainingOutcome> {
  private static final long serialVersionUID = 1L;

  private final TrainingSpec<M> spec;

  RankTraining(TrainingSpec<M> spec) {
    this.spec = spec;
  }

  @Override
  public TrainingOutcome run(RankContext rank, Iterator<SplitSource> sources) throws IOException {
    spec.memory().requireHere(!Executors.isDriver());
    Workers.threads(TaskContext.get().cpus());
    Generator generator = new Generator(spec.seed());
    try (Context.Restore random = Context.current().generator(generator);
        Loop loop = new Loop(rank, sources)) {
      return loop.run();
    }
  }

  /** One start of the loop, with everything that lives as long. */
  private final class Loop implements AutoCloseable {
    private final RankContext rank;
    private final Device device;
    private final GlobalSum sums;
    private final M model;
    private final Optimizer optimizer;
    private final LRScheduler scheduler;
    private final GradientReducer gradients;
    private final Loss loss;
    private final RankFeed train;
    private final RankFeed validation;
    private final TrainingCheckpoint checkpoint;
    private final TrainingState state;
    private boolean readsAhead;
    private long epochStarted = System.nanoTime();

    Loop(RankContext rank, Iterator<SplitSource> sources) throws IOException {
      this.rank = rank;
      device = Devices.resolve(spec.device());
      sums = new GlobalSum(rank.communicator());
      model = spec.model().create();
      model.to(device);
      if (spec.syncBatchNorm()) {
        SyncBatchNorm.convertSyncBatchnorm(model, rank.communicator());
      }
      gradients =
          new GradientReducer(
              model,
              rank.communicator(),
              DataParallelSettings.defaults()
                  .withLoss(Reduction.SUM)
                  .withCheckEvery(spec.checksumEvery()));
      optimizer = spec.optimizer().create(model.parameters());
      scheduler = spec.scheduler() == null ? null : spec.scheduler().create(optimizer);
      loss = spec.loss().reduction(Reduction.SUM);
      checkpoint = new TrainingCheckpoint(rank, model, optimizer, scheduler);
      state = checkpoint.restore();
      AvailabilityExchange exchange = AvailabilityExchange.over(rank.communicator());
      train = RankFeed.openAhead(sources.next(), device, exchange);
      validation = sources.hasNext() ? RankFeed.open(sources.next(), device, exchange) : null;
      gradients.broadcast();
    }

    TrainingOutcome run() throws IOException {
      while (!state.done && state.epoch < spec.epochs()) {
        epoch();
      }
      return new TrainingOutcome(rank.rank(), state.history, state.rows);
    }

    private void epoch() throws IOException {
      epochStarted = System.nanoTime();
      model.train();
      if (readsAhead) {
        readsAhead = false;
      } else if (state.fresh) {
        train.start(state.epoch);
      } else {
        train.resume(checkpoint.lanes());
      }
      state.fresh = false;
      int pending = 0;
      boolean stop = false;
      optimizer.zeroGrad();
      Optional<RankBatch> next = train.next();
      while (next.isPresent() && !stop) {
        List<LaneState> due = null;
        try (RankBatch batch = next.get();
            Scope scope = Scope.open()) {
          pending++;
          boolean full = pending == spec.accumulate();
          if (full) {
            gradients.begin();
          }
          BatchSums local = backward(batch);
          state.batches++;
          state.rows += batch.globalRows();
          StepSums sums = sum(full, StepSums.of(local, rank.stopRequested(), train.offer()));
          train.plan(sums.offers());
          if (full) {
            step();
            pending = 0;
          }
          stop = sums.stop();
          account(sums, batch.globalRows());
          if (full && !stop && due()) {
            due = batch.states();
          }
        }
        next = train.next();
        // The end of the epoch has a checkpoint of its own, and a step has only one.
        if (due != null && next.isPresent()) {
          checkpoint.save(state, CheckpointKind.PERIODIC, due);
        }
      }
      next.ifPresent(RankBatch::close);
      if (pending > 0) {
        try (Scope scope = Scope.open()) {
          gradients.finish();
          step();
        }
      }
      if (!stop && state.epoch + 1 < spec.epochs()) {
        // While this thread validates and saves.
        train.start(state.epoch + 1);
        readsAhead = true;
      }
      endEpoch(stop);
    }

    /** Sums over the ranks; with the gradients, which it joins, where a step is due. */
    private StepSums sum(boolean full, StepSums local) {
      double[] values = local.values();
      return new StepSums(full ? gradients.finish(values) : sums.start(values).get());
    }

    private boolean due() {
      return spec.checkpointEvery() > 0 && state.step % spec.checkpointEvery() == 0;
    }

    /** Adds the gradients of this rank's rows; returns their loss and how many are right. */
    private BatchSums backward(RankBatch rows) {
      // The others wait for a rank's statistics, also for those of no rows.
      if (rows.batch().rows() == 0 && !spec.syncBatchNorm()) {
        return BatchSums.NONE;
      }
      Batch batch = spec.transformed(rows.batch());
      SampleRandom samples = new SampleRandom(spec.seed(), state.batches, batch.sampleIds());
      try (Context.Restore keyed = Context.current().sampleRandom(samples)) {
        Tensor target = batch.get(spec.label());
        Tensor output = spec.output(model, batch, target);
        Tensor sum = loss.forward(output, target);
        double divisor = divisor(output, target);
        gradients.samples(divisor);
        sum.backward();
        BatchSums sums =
            new BatchSums(sum.detach().item(), divisor, correct(output.detach(), target), 0, 0);
        return watchesMixing() && batch.rows() > 0
            ? sums.with(target.toDoubles(), Math.toIntExact(batch.rows()))
            : sums;
      }
    }

    /** The first epoch tells: its labels are summed too. */
    private boolean watchesMixing() {
      return state.epoch == 0 && spec.shuffle() != Shuffle.NONE;
    }

    private double divisor(Tensor output, Tensor target) {
      try (Context.Restore quiet = Autograd.noGrad()) {
        return loss.divisor(output.detach(), target);
      }
    }

    private double correct(Tensor output, Tensor target) {
      if (spec.classes() == 0) {
        return 0;
      }
      try (Context.Restore quiet = Autograd.noGrad()) {
        return output.argmax(-1).eq(target).sum().item();
      }
    }

    /** Steps with the gradients of all rows since the last update. */
    private void step() {
      if (spec.clip() > 0) {
        ClipGrad.clipGradNorm(model.parameters(), spec.clip());
      }
      optimizer.step();
      optimizer.zeroGrad();
      if (scheduler != null) {
        scheduler.step();
      }
      state.step++;
    }

    /** Adds a global batch to the epoch's metrics and tells the driver. */
    private void account(StepSums sums, long rows) {
      double loss = sums.loss();
      if (!Double.isFinite(loss)) {
        throw new TrainingException(
            "the loss is %s at epoch %d, step %d: lower the learning rate, clip gradients"
                    .formatted(loss, state.epoch, state.step)
                + " (clipGradNorm), or look for extreme values in the features");
      }
      state.epochLoss += loss;
      state.epochDivisor += sums.divisor();
      state.epochCorrect += sums.correct();
      state.epochRows += rows;
      if (watchesMixing()) {
        state.mixing.add(rows, sums.label(), sums.labelSquares());
      }
      Map<String, Double> shown = new LinkedHashMap<>();
      shown.put("loss", sums.divisor() > 0 ? loss / sums.divisor() : 0);
      if (spec.classes() > 0) {
        shown.put("accuracy", state.epochCorrect / state.epochRows);
      }
      rank.report(
          new StepReport(
              state.epoch, spec.epochs(), state.step, state.stepsPerEpoch, state.rows, shown));
    }

    private void endEpoch(boolean stopped) throws IOException {
      if (state.epochRows == 0) {
        throw new TrainingException(
            ("epoch %d had no rows: the input is empty, all were skipped as bad, or there are fewer"
                    + " than a global batch and dropLast leaves them out")
                .formatted(state.epoch));
      }
      if (watchesMixing() && rank.rank() == 0) {
        state.mixing.warning(spec.shuffle(), spec.window()).ifPresent(rank::warn);
      }
      double[] valid = validation == null ? null : validate();
      double validLoss = valid == null ? Double.NaN : valid[0] / valid[3];
      boolean classes = spec.classes() > 0;
      state.history.add(
          new EpochMetrics(
              state.epoch,
              state.step,
              state.epochRows,
              state.epochLoss / state.epochDivisor,
              classes ? state.epochCorrect / state.epochRows : Double.NaN,
              validLoss,
              valid != null && classes ? valid[1] / valid[2] : Double.NaN,
              (System.nanoTime() - epochStarted) / 1e9));
      boolean better = validation != null && validLoss < state.best;
      if (better) {
        state.best = validLoss;
        state.sinceBest = 0;
      } else {
        state.sinceBest++;
      }
      state.stepsPerEpoch = state.step / (state.epoch + 1);
      state.epoch++;
      state.done =
          stopped
              || validation != null && spec.patience() > 0 && state.sinceBest >= spec.patience();
      state.startEpoch();
      checkpoint.save(state, better ? CheckpointKind.BEST : CheckpointKind.PERIODIC, List.of());
    }

    /** Loss, right rows, rows, and the loss's divisor of the validation data, over all ranks. */
    private double[] validate() {
      model.eval();
      double[] local = new double[4];
      validation.start(0);
      try (Context.Restore quiet = Autograd.noGrad()) {
        Optional<RankBatch> next = validation.next();
        while (next.isPresent()) {
          try (RankBatch rows = next.get();
              Scope scope = Scope.open()) {
            if (rows.batch().rows() > 0) {
              Batch batch = spec.transformed(rows.batch());
              Tensor target = batch.get(spec.label());
              Tensor output = spec.output(model, batch, target);
              local[0] += loss.forward(output, target).item();
              local[1] += correct(output, target);
              local[2] += rows.batch().rows();
              local[3] += loss.divisor(output, target);
            }
          }
          next = validation.next();
        }
      }
      double[] sum = sums.start(local).get();
      if (sum[2] == 0) {
        throw new TrainingException("the validation data has no rows");
      }
      return sum;
    }

    @Override
    public void close() {
      train.close();
      if (validation != null) {
        validation.close();
      }
      gradients.close();
    }
  }
}
