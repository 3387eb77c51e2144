package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Shape;

/** What an output will be. */
public record Spec(Shape shape, DType dtype, Device device) {}
