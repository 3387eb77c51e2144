package io.arclight.export;

import io.arclight.data.blob.MalformedFileException;
import io.arclight.tensor.Complex;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/** The names that a checkpoint may use, each with what it gives here. */
enum PickleGlobal {
  ORDERED_DICT("collections.OrderedDict"),
  COUNTER("collections.Counter"),
  SET("builtins.set"),
  FROZEN_SET("builtins.frozenset"),
  BYTES("builtins.bytes"),
  BYTE_ARRAY("builtins.bytearray"),
  COMPLEX("builtins.complex"),
  ENCODE("_codecs.encode"),
  SIZE("torch.Size"),
  DEVICE("torch.device"),
  TENSOR_CLASS("torch.Tensor"),
  PARAMETER_CLASS("torch.nn.parameter.Parameter"),
  BUFFER_CLASS("torch.nn.parameter.Buffer"),
  TENSOR_V2("torch._utils._rebuild_tensor_v2"),
  TENSOR_V3("torch._utils._rebuild_tensor_v3"),
  PARAMETER("torch._utils._rebuild_parameter"),
  PARAMETER_WITH_STATE("torch._utils._rebuild_parameter_with_state"),
  FROM_TYPE("torch._tensor._rebuild_from_type_v2");

  private static final String DTYPE_PREFIX = "torch.";

  private final String path;

  PickleGlobal(String path) {
    this.path = path;
  }

  /** The meaning of a name: a function of this enum, a dtype, or the type of a storage. */
  static Object find(String module, String name, PickleInput in) throws MalformedFileException {
    String full = (module.equals("__builtin__") ? "builtins" : module) + "." + name;
    for (PickleGlobal known : values()) {
      if (known.path.equals(full)) {
        return known;
      }
    }
    StorageType storage = StorageType.find(module, name);
    if (storage != null) {
      return storage;
    }
    if (module.equals("torch")) {
      for (DType dtype : DType.values()) {
        if (full.equals(DTYPE_PREFIX + dtype)) {
          return dtype;
        }
      }
      if (name.matches("u?int\\d+|q?u?int\\d+x?\\d*|float8_\\w+|float4_\\w+|bits\\w+|complex32")) {
        throw in.error("dtype " + full + " is not supported: convert the tensor in PyTorch first");
      }
    }
    throw in.error(
        full
            + " is not allowed: a checkpoint may hold tensors, numbers, text and collections of"
            + " them, and nothing is run or made by name; save model.state_dict() instead");
  }

  Object call(Tuple arguments, PickleInput in) throws MalformedFileException {
    return switch (this) {
      case ORDERED_DICT -> orderedDict(arguments, in);
      case COUNTER -> counter(arguments, in);
      case SET, FROZEN_SET -> set(arguments, in);
      case BYTES -> arguments.isEmpty() ? new byte[0] : bytes(arguments, in);
      case BYTE_ARRAY -> arguments.isEmpty() ? new byte[0] : bytes(arguments, in);
      case COMPLEX ->
          Complex.of(
              argument(arguments, 0, Double.class, in), argument(arguments, 1, Double.class, in));
      case ENCODE -> encode(arguments, in);
      case SIZE -> shape(argument(arguments, 0, Tuple.class, in), in);
      case DEVICE -> device(arguments, in);
      case TENSOR_V2 -> tensor(arguments, null, 6, in);
      case TENSOR_V3 -> tensor(arguments, argument(arguments, 6, DType.class, in), 7, in);
      case PARAMETER, PARAMETER_WITH_STATE ->
          TorchStorages.withGrad(
              argument(arguments, 0, Tensor.class, in),
              argument(arguments, 1, Boolean.class, in),
              in);
      case FROM_TYPE -> fromType(arguments, in);
      case TENSOR_CLASS, PARAMETER_CLASS, BUFFER_CLASS ->
          throw in.error(path + " cannot be called in a checkpoint");
    };
  }

  private <T> T argument(Tuple arguments, int index, Class<T> type, PickleInput in)
      throws MalformedFileException {
    Object value = index < arguments.size() ? arguments.get(index) : null;
    if (!type.isInstance(value)) {
      throw in.error(
          path
              + ": argument "
              + index
              + " of "
              + arguments.size()
              + " is "
              + PickleTree.kind(value)
              + ", expected "
              + type.getSimpleName());
    }
    return type.cast(value);
  }

  private Object orderedDict(Tuple arguments, PickleInput in) throws MalformedFileException {
    Map<Object, Object> out = new LinkedHashMap<>();
    if (arguments.isEmpty()) {
      return out;
    }
    List<?> pairs = argument(arguments, 0, List.class, in);
    in.copies(pairs.size());
    for (Object pair : pairs) {
      if (!(pair instanceof List<?> two) || two.size() != 2 || !PickleTree.isKey(two.get(0))) {
        throw in.error(path + ": expects pairs of a key and a value");
      }
      out.put(two.get(0), two.get(1));
    }
    return out;
  }

  private Object counter(Tuple arguments, PickleInput in) throws MalformedFileException {
    Map<Object, Object> out = new LinkedHashMap<>();
    Map<?, ?> counts = arguments.isEmpty() ? Map.of() : argument(arguments, 0, Map.class, in);
    in.copies(counts.size());
    counts.forEach((key, count) -> out.put(key, count));
    return out;
  }

  private Object set(Tuple arguments, PickleInput in) throws MalformedFileException {
    Collection<?> items =
        arguments.isEmpty() ? List.of() : argument(arguments, 0, Collection.class, in);
    in.copies(items.size());
    if (!items.stream().allMatch(PickleTree::isKey)) {
      throw in.error(path + ": members must be text, numbers, None or tuples of those");
    }
    return new LinkedHashSet<>(items);
  }

  private byte[] bytes(Tuple arguments, PickleInput in) throws MalformedFileException {
    byte[] given = argument(arguments, 0, byte[].class, in);
    in.copies(given.length);
    return given.clone();
  }

  /** How protocol 2 writes bytes: as the text of the same code points. */
  private byte[] encode(Tuple arguments, PickleInput in) throws MalformedFileException {
    String text = argument(arguments, 0, String.class, in);
    in.copies(text.length());
    if (!"latin1".equals(argument(arguments, 1, String.class, in))
        || !StandardCharsets.ISO_8859_1.newEncoder().canEncode(text)) {
      throw in.error(path + ": expects text and 'latin1'");
    }
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private Shape shape(Tuple sizes, PickleInput in) throws MalformedFileException {
    try {
      return Shape.of(longs(sizes, in));
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw in.error(path + ": " + sizes + " is no shape");
    }
  }

  private long[] longs(Tuple values, PickleInput in) throws MalformedFileException {
    if (!values.stream().allMatch(Long.class::isInstance)) {
      throw in.error(path + ": sizes and strides must be whole numbers of 64 bits");
    }
    return values.stream().mapToLong(Long.class::cast).toArray();
  }

  private Device device(Tuple arguments, PickleInput in) throws MalformedFileException {
    String kind = argument(arguments, 0, String.class, in);
    String name = arguments.size() < 2 ? kind : kind + ":" + arguments.get(1);
    try {
      return Device.of(name.equals("cpu:0") ? "cpu" : name);
    } catch (IllegalArgumentException e) {
      throw in.error("device '" + name + "' is not known here; cpu and cuda are");
    }
  }

  /** (storage, offset, size, stride, requires_grad, hooks, [dtype,] [metadata]). */
  private Tensor tensor(Tuple arguments, DType dtype, int metadata, PickleInput in)
      throws MalformedFileException {
    TorchStorages.Handle storage = argument(arguments, 0, TorchStorages.Handle.class, in);
    if (!argument(arguments, 5, Map.class, in).isEmpty()) {
      throw in.error("a tensor has backward hooks, which are code: save tensor.detach() instead");
    }
    Tensor out =
        storage.view(
            dtype,
            argument(arguments, 1, Long.class, in),
            longs(argument(arguments, 2, Tuple.class, in), in),
            longs(argument(arguments, 3, Tuple.class, in), in),
            in);
    if (metadata < arguments.size() && arguments.get(metadata) instanceof Map<?, ?> flags) {
      out = resolved(out, flags, in);
    }
    return TorchStorages.withGrad(out, argument(arguments, 4, Boolean.class, in), in);
  }

  /** Computes what PyTorch would compute later. */
  private Tensor resolved(Tensor tensor, Map<?, ?> flags, PickleInput in)
      throws MalformedFileException {
    boolean conjugate = Boolean.TRUE.equals(flags.get("conj"));
    boolean negative = Boolean.TRUE.equals(flags.get("neg"));
    if (!conjugate && !negative) {
      return tensor;
    }
    if (tensor.elements() > tensor.storage().bytes() / tensor.dtype().bytes()) {
      throw in.error("a conjugate view of shape " + tensor.shape() + " repeats its storage");
    }
    Tensor out = conjugate ? tensor.conj() : tensor;
    return negative ? out.neg() : out;
  }

  /** A tensor with attributes, or of a class: (function, class, arguments, attributes). */
  private Object fromType(Tuple arguments, PickleInput in) throws MalformedFileException {
    PickleGlobal function = argument(arguments, 0, PickleGlobal.class, in);
    PickleGlobal type = argument(arguments, 1, PickleGlobal.class, in);
    boolean tensors =
        List.of(TENSOR_V2, TENSOR_V3, PARAMETER, PARAMETER_WITH_STATE).contains(function);
    if (!tensors || !List.of(TENSOR_CLASS, PARAMETER_CLASS, BUFFER_CLASS).contains(type)) {
      throw in.error(path + " of " + function + " and " + type + " is not allowed");
    }
    return function.call(argument(arguments, 2, Tuple.class, in), in);
  }

  @Override
  public String toString() {
    return path;
  }
}
