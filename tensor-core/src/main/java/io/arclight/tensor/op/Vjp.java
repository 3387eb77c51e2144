package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;

/** What a gradient rule may look at. */
public interface Vjp {
  /** The saved input {@code i}; only where {@link Op#savesInput} says so. */
  Tensor input(int i);

  /** The saved output {@code i}; only where {@link Op#savesOutput} says so. */
  Tensor output(int i);

  Shape inputShape(int i);

  DType inputDType(int i);

  Device inputDevice(int i);

  /** Number of inputs. */
  int inputs();

  /** Whether input {@code i} needs a gradient. */
  boolean needs(int i);
}
