package io.arclight.export;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;

/**
 * What happens to raw values before a model sees them: {@code (x * scale + offset - mean) / std}.
 * Integers become float32.
 *
 * @param mean empty, one for all, or one for each index of the first dimension of a row
 * @param std as {@code mean}
 */
public record Transform(double scale, double offset, List<Double> mean, List<Double> std)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Leaves values as they are, their dtype too. */
  public static final Transform NONE = new Transform(1, 0, List.of(), List.of());

  public Transform {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    if (mean.size() != std.size()) {
      throw new IllegalArgumentException(
          "a transform needs as many means as standard deviations, got " + mean + " and " + std);
    }
    for (double value : std) {
      if (!(value > 0)) {
        throw new IllegalArgumentException("a standard deviation must be positive, got " + std);
      }
    }
  }

  /** {@code x * scale + offset}. */
  public static Transform scale(double scale, double offset) {
    return new Transform(scale, offset, List.of(), List.of());
  }

  /** This, then {@code (x - mean) / std}. */
  public Transform normalize(List<Double> means, List<Double> deviations) {
    return new Transform(scale, offset, means, deviations);
  }

  /** The transformed {@code raw} [n, ...]. */
  public Tensor apply(Tensor raw) {
    if (equals(NONE)) {
      return raw;
    }
    Tensor x = raw.dtype().isFloatingPoint() ? raw : raw.to(DType.FLOAT32);
    x = scale == 1 ? x : x.mul(scale);
    x = offset == 0 ? x : x.add(offset);
    if (mean.size() == 1) {
      x = x.sub(mean.get(0)).div(std.get(0));
    } else if (!mean.isEmpty()) {
      x = x.sub(column(mean, x)).div(column(std, x));
    }
    return x;
  }

  /** [1, k, 1, ...], to broadcast over {@code x} [n, k, ...]. */
  private static Tensor column(List<Double> values, Tensor x) {
    long[] sizes = new long[x.rank()];
    Arrays.fill(sizes, 1);
    sizes[1] = values.size();
    double[] numbers = values.stream().mapToDouble(Double::doubleValue).toArray();
    if (x.dtype() == DType.FLOAT64) {
      return Tensor.of(numbers, Shape.of(sizes)).to(x.device());
    }
    float[] narrow = new float[numbers.length];
    for (int i = 0; i < narrow.length; i++) {
      narrow[i] = (float) numbers[i];
    }
    Tensor onHost = Tensor.of(narrow, Shape.of(sizes));
    return x.device().equals(Device.CPU) ? onHost : onHost.to(x.device());
  }

  void requireFits(String input, Shape row) {
    if (mean.size() > 1 && (row.rank() == 0 || row.dim(0) != mean.size())) {
      throw new IllegalArgumentException(
          "the transform of input '"
              + input
              + "' has "
              + mean.size()
              + " means, but a row has shape "
              + row
              + ": give one, or one for each index of its first dimension");
    }
  }
}
