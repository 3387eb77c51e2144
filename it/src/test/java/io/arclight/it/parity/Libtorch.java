package io.arclight.it.parity;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Shape;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.presets.openblas_nolapack;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The seam to libtorch: whether it is there, and tensors into it and out of it. */
final class Libtorch {
  private static final Map<String, ScalarType> TYPES =
      Map.ofEntries(
          Map.entry("bool", ScalarType.Bool),
          Map.entry("uint8", ScalarType.Byte),
          Map.entry("int8", ScalarType.Char),
          Map.entry("int16", ScalarType.Short),
          Map.entry("int32", ScalarType.Int),
          Map.entry("int64", ScalarType.Long),
          Map.entry("float16", ScalarType.Half),
          Map.entry("bfloat16", ScalarType.BFloat16),
          Map.entry("float32", ScalarType.Float),
          Map.entry("float64", ScalarType.Double),
          Map.entry("complex64", ScalarType.ComplexFloat),
          Map.entry("complex128", ScalarType.ComplexDouble));

  private Libtorch() {}

  /** Null, or why libtorch cannot be used here. */
  static String missing() {
    try {
      openblas_nolapack.blas_set_num_threads(1);
      torch.set_num_threads(1);
      return null;
    } catch (LinkageError e) {
      return e.toString();
    }
  }

  static ScalarType type(String dtype) {
    ScalarType type = TYPES.get(dtype);
    if (type == null) {
      throw new IllegalArgumentException("no dtype of libtorch is known for " + dtype);
    }
    return type;
  }

  static String name(ScalarType type) {
    return TYPES.entrySet().stream()
        .filter(e -> e.getValue() == type.intern())
        .map(Map.Entry::getKey)
        .findAny()
        .orElse(type.toString().toLowerCase(Locale.ROOT));
  }

  /** A copy with the same strides, outside any graph. */
  static Tensor copy(io.arclight.tensor.Tensor from) {
    io.arclight.tensor.Tensor t = from.detach();
    long[] dims = t.shape().toArray();
    long[] strides = t.strides();
    long span = t.elements() == 0 ? 0 : 1;
    for (int d = 0; d < dims.length && span > 0; d++) {
      span += (dims[d] - 1) * strides[d];
    }
    Tensor block = empty(type(t.dtype().toString()), span);
    if (span > 0) {
      Pointer.memcpy(block.data_ptr(), new Address(t.address()), span * t.dtype().bytes());
    }
    return block.as_strided(dims, strides).detach();
  }

  /** A copy of {@code from}, dense. */
  static io.arclight.tensor.Tensor copy(Tensor from) {
    Tensor t = dense(from);
    DType dtype = DType.of(name(t.scalar_type()));
    io.arclight.tensor.Tensor out =
        io.arclight.tensor.Tensor.empty(Shape.of(shape(t)), dtype, Device.CPU);
    if (out.elements() > 0) {
      Pointer.memcpy(
          new Address(out.address()), t.const_data_ptr(), out.elements() * dtype.bytes());
    }
    return out;
  }

  static Value value(io.arclight.tensor.Tensor t) {
    return value(copy(t));
  }

  static Value value(Tensor t) {
    boolean complex = t.is_complex();
    // A gradient of zeros may have no memory of its own before it is copied.
    Tensor wide = dense(t).to(complex ? ScalarType.ComplexDouble : ScalarType.Double).clone();
    double[] data = new double[Math.toIntExact(wide.numel()) * (complex ? 2 : 1)];
    if (data.length > 0) {
      new org.bytedeco.javacpp.DoublePointer(wide.data_ptr()).get(data);
    }
    return new Value(name(t.scalar_type()), shape(t), data);
  }

  static long[] shape(Tensor t) {
    long[] dims = new long[Math.toIntExact(t.dim())];
    for (int d = 0; d < dims.length; d++) {
      dims[d] = t.size(d);
    }
    return dims;
  }

  private static Tensor dense(Tensor t) {
    return t.detach().resolve_conj().resolve_neg().contiguous();
  }

  private static Tensor empty(ScalarType type, long... shape) {
    return torch.empty(shape, new TensorOptions(type), new MemoryFormatOptional());
  }

  private static final class Address extends Pointer {
    Address(long at) {
      address = at;
    }
  }
}
