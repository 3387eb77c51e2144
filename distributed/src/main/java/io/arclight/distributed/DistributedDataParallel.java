package io.arclight.distributed;

import io.arclight.autograd.Autograd;
import io.arclight.nn.Layer;
import io.arclight.tensor.Tensor;

/**
 * A layer that trains on several ranks, each with its own samples: after {@code backward()} every
 * parameter's gradient is the mean over the samples of all ranks, which may have different numbers
 * of them. Gradients travel while backward still runs. All ranks start from rank 0's values;
 * buffers that a step changes, such as the running statistics of a BatchNorm, become their mean
 * over the ranks with it, so that all ranks evaluate and save the same model.
 *
 * <pre>{@code
 * var model = new DistributedDataParallel(new Mlp(784, 128, 10), group);
 * var optimizer = new AdamW(model.parameters(), 1e-3);
 * crossEntropy(model.call(pixels), labels).backward();
 * optimizer.step();
 * }</pre>
 *
 * <p>Each rank runs one backward a step; one without samples may run it on zero rows or call {@link
 * #join} instead.
 */
public final class DistributedDataParallel extends Layer implements AutoCloseable {
  /** Ends a stretch of {@link #noSync}. */
  public interface NoSync extends AutoCloseable {
    @Override
    void close();
  }

  private final Layer module;
  private final GradientReducer reducer;
  private boolean synchronizing = true;

  /** As PyTorch's: for a loss that is the mean over a rank's samples. */
  public DistributedDataParallel(Layer module, Communicator group) {
    this(module, group, DataParallelSettings.defaults());
  }

  /** Waits for all ranks, to give them rank 0's parameters and buffers. */
  public DistributedDataParallel(Layer module, Communicator group, DataParallelSettings settings) {
    this.module = register("module", module);
    this.reducer = new GradientReducer(module, group, settings);
    reducer.broadcast();
  }

  /** The wrapped layer. */
  public Layer module() {
    return module;
  }

  /**
   * @param input [n, ...]: n samples
   */
  @Override
  public Tensor forward(Tensor input) {
    Tensor output = module.call(input);
    if (output.requiresGrad()) {
      long rows = input.rank() == 0 ? 1 : input.dim(0);
      output.registerHook(
          grad -> {
            enterBackward(rows);
            return null;
          });
    }
    return output;
  }

  private void enterBackward(long rows) {
    reducer.samples(rows);
    if (synchronizing && !reducer.isReducing()) {
      reducer.begin();
      Autograd.afterBackward(reducer::finish);
    }
  }

  /**
   * Until closed, backwards add to this rank's own gradients; the first one after it joins all that
   * has come together.
   */
  public NoSync noSync() {
    boolean before = synchronizing;
    synchronizing = false;
    return () -> synchronizing = before;
  }

  /** Takes part in the other ranks' backward without one of its own. */
  public void join() {
    reducer.finish();
  }

  /**
   * Compares the parameters of all ranks now.
   *
   * @throws ParameterMismatchException on all ranks if they differ
   */
  public void requireEqualParameters() {
    reducer.requireEqualParameters();
  }

  /** Removes its hooks and memory; layer and communicator stay as they are. */
  @Override
  public void close() {
    reducer.close();
  }
}
