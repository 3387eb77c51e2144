package io.arclight.nn.utils;

import io.arclight.autograd.Autograd;
import io.arclight.tensor.Context;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.List;

/** Parameters as one vector. */
public final class ParameterVector {
  private ParameterVector() {}

  /** All elements of {@code parameters}, one after the other: a copy, in the graph as they are. */
  public static Tensor parametersToVector(List<Tensor> parameters) {
    if (parameters.isEmpty()) {
      throw new IllegalArgumentException("parametersToVector: there are no parameters");
    }
    requireOneDevice("parametersToVector", parameters);
    return Tensor.cat(0, parameters.stream().map(Tensor::flatten).toArray(Tensor[]::new));
  }

  /**
   * Copies the elements of {@code vector} [n] into {@code parameters}, one after the other.
   *
   * @throws ShapeException unless there are as many elements as the parameters have
   */
  public static void vectorToParameters(Tensor vector, List<Tensor> parameters) {
    long count = parameters.stream().mapToLong(Tensor::elements).sum();
    if (vector.rank() != 1 || vector.elements() != count) {
      throw new ShapeException(
          "vectorToParameters: a vector of shape "
              + vector.shape()
              + " for parameters of "
              + count
              + " elements: it must be ["
              + count
              + "]");
    }
    requireOneDevice("vectorToParameters", parameters);
    try (Context.Restore mode = Autograd.noGrad()) {
      long at = 0;
      for (Tensor parameter : parameters) {
        Tensor part = vector.detach().narrow(0, at, parameter.elements());
        parameter.copyInPlace(part.reshape(parameter.shape()).to(parameter.device()));
        at += parameter.elements();
      }
    }
  }

  private static void requireOneDevice(String what, List<Tensor> parameters) {
    for (Tensor parameter : parameters) {
      if (!parameter.device().equals(parameters.get(0).device())) {
        throw new IllegalArgumentException(
            what
                + ": parameters lie on "
                + parameters.get(0).device()
                + " and on "
                + parameter.device()
                + ": move them to one device");
      }
    }
  }
}
