package io.arclight.autograd;

import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.VmapLevel;
import io.arclight.tensor.VmapLevel.Randomness;
import java.util.ArrayList;
import java.util.List;

/**
 * A function over slices of its inputs, computed for all slices at once by the batching rules of
 * operations. Inside the function a tensor has the shape of a slice. Values cannot be read there.
 *
 * <pre>{@code
 * Tensor dots = Func.vmap(in -> in[0].mul(in[1]).sum()).apply(a, b); // [n] for a, b [n, d]
 * }</pre>
 */
public final class Vmap implements TensorFunction, TensorsFunction {
  /** In the place of a dimension: all slices get the whole input. */
  public static final int NONE = Integer.MIN_VALUE;

  private final TensorsFunction function;
  private final int[] inDims;
  private final int[] outDims;
  private final Randomness randomness;
  private final long chunkSize;

  private Vmap(
      TensorsFunction function,
      int[] inDims,
      int[] outDims,
      Randomness randomness,
      long chunkSize) {
    this.function = function;
    this.inDims = inDims;
    this.outDims = outDims;
    this.randomness = randomness;
    this.chunkSize = chunkSize;
  }

  static Vmap of(TensorsFunction function) {
    return new Vmap(function, new int[0], new int[0], Randomness.ERROR, Long.MAX_VALUE);
  }

  /** The dimension of each input that slices are taken along, or {@link #NONE}; default 0. */
  public Vmap inDims(int... dims) {
    return new Vmap(function, dims.clone(), outDims, randomness, chunkSize);
  }

  /** Where in each output the slices go; default 0. */
  public Vmap outDims(int... dims) {
    return new Vmap(function, inDims, dims.clone(), randomness, chunkSize);
  }

  /** What random operations in the function do; an error unless said. */
  public Vmap randomness(Randomness policy) {
    return new Vmap(function, inDims, outDims, policy, chunkSize);
  }

  /** Computes at most {@code slices} at once, for less memory. */
  public Vmap chunkSize(long slices) {
    if (slices < 1) {
      throw new IllegalArgumentException(
          "vmap: a chunk of " + slices + " slices: must be positive");
    }
    return new Vmap(function, inDims, outDims, randomness, slices);
  }

  @Override
  public Tensor apply(Tensor... inputs) {
    Tensor[] out = applyAll(inputs);
    if (out.length != 1) {
      throw new ShapeException(
          "vmap: apply is for functions of one output, not " + out.length + ": use applyAll");
    }
    return out[0];
  }

  @Override
  public Tensor[] applyAll(Tensor... inputs) {
    long size = size(inputs);
    if (size <= chunkSize) {
      return run(size, inputs);
    }
    List<Tensor[]> parts = new ArrayList<>();
    for (long at = 0; at < size; at += chunkSize) {
      long n = Math.min(chunkSize, size - at);
      Tensor[] some = inputs.clone();
      for (int i = 0; i < some.length; i++) {
        some[i] = inDim(i) == NONE ? some[i] : some[i].narrow(inDim(i), at, n);
      }
      parts.add(run(n, some));
    }
    Tensor[] out = new Tensor[parts.get(0).length];
    for (int i = 0; i < out.length; i++) {
      int place = i;
      out[i] = Tensor.cat(outDim(i), parts.stream().map(p -> p[place]).toArray(Tensor[]::new));
    }
    return out;
  }

  private Tensor[] run(long size, Tensor[] inputs) {
    try (VmapLevel level = VmapLevel.open(size, randomness)) {
      Tensor[] slices = inputs.clone();
      for (int i = 0; i < slices.length; i++) {
        if (inDim(i) != NONE) {
          slices[i] = level.slice(moved(inputs[i], inDim(i), 0));
        }
      }
      Tensor[] out = function.applyAll(slices);
      if (outDims.length > 1 && outDims.length != out.length) {
        throw new ShapeException(
            "vmap: outDims has " + outDims.length + " entries for " + out.length + " outputs");
      }
      for (int i = 0; i < out.length; i++) {
        out[i] = moved(level.all(out[i]), 0, outDim(i));
      }
      return out;
    }
  }

  private int inDim(int input) {
    return inDims.length == 0 ? 0 : inDims[inDims.length == 1 ? 0 : input];
  }

  private int outDim(int output) {
    return outDims.length == 0 ? 0 : outDims[outDims.length == 1 ? 0 : output];
  }

  private long size(Tensor[] inputs) {
    if (inDims.length > 1 && inDims.length != inputs.length) {
      throw new ShapeException(
          "vmap: inDims has " + inDims.length + " entries for " + inputs.length + " inputs");
    }
    int first = -1;
    for (int i = 0; i < inputs.length; i++) {
      if (inDim(i) == NONE) {
        continue;
      }
      Shape shape = inputs[i].shape();
      if (shape.rank() == 0) {
        throw new ShapeException(
            "vmap: input "
                + i
                + " is a scalar and has no slices: use inDims with Vmap.NONE for it");
      }
      shape.wrap(inDim(i));
      if (first < 0) {
        first = i;
      } else if (shape.dim(inDim(i)) != inputs[first].dim(inDim(first))) {
        throw new ShapeException(
            "vmap: the number of slices must be one for all inputs, but input "
                + first
                + " of shape "
                + inputs[first].shape()
                + " has "
                + inputs[first].dim(inDim(first))
                + " and input "
                + i
                + " of shape "
                + shape
                + " has "
                + shape.dim(inDim(i)));
      }
    }
    if (first < 0) {
      throw new ShapeException(
          "vmap: at least one input must have slices; inDims says NONE for all");
    }
    return inputs[first].dim(inDim(first));
  }

  private static Tensor moved(Tensor t, int from, int to) {
    int source = t.shape().wrap(from);
    int target = t.shape().wrap(to);
    if (source == target) {
      return t;
    }
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < t.rank(); i++) {
      if (i != source) {
        order.add(i);
      }
    }
    order.add(target, source);
    return t.permute(order.stream().mapToInt(i -> i).toArray());
  }
}
