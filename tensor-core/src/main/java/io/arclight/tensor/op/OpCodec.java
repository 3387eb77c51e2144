package io.arclight.tensor.op;

import io.arclight.tensor.Complex;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Shape;
import io.arclight.tensor.TensorException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Operations as plain values (maps, lists, strings, numbers, null), for saved programs. An
 * operation is a map with its type under {@code "op"} and its attributes by name; a device
 * attribute becomes null, which stands for the input's device.
 */
public final class OpCodec {
  private static final Map<String, Class<? extends Op>> TYPES = new LinkedHashMap<>();

  static {
    Stream.of(
            ConvertOp.class,
            ViewOp.View.class,
            ViewOp.Permute.class,
            ViewOp.Expand.class,
            ViewOp.Select.class,
            ViewOp.Slice.class,
            DiagonalOp.class,
            UnfoldOp.class,
            AsStridedOp.class,
            ReinterpretOp.class,
            ComplexViewOp.class,
            ViewScatterOp.class,
            FlipOp.class,
            MatMulOp.class,
            LinearOp.class,
            AddMmOp.class,
            CdistOp.class,
            TriOp.class,
            DiagEmbedOp.class,
            CholeskyOp.class,
            SolveTriangularOp.class,
            LuOp.class,
            LuSolveOp.class,
            PivotsOp.class,
            SolveOp.class,
            InvOp.class,
            QrOp.class,
            HouseholderOp.class,
            SvdOp.class,
            EighOp.class,
            EigOp.class,
            DetOp.class,
            CofactorOp.class,
            PinvOp.class,
            LstsqOp.class,
            MatrixExpOp.class,
            FftOp.class,
            ReduceOp.class,
            SoftmaxOp.class,
            ScanOp.class,
            RecurrenceOp.class,
            RecurrentOp.class,
            CumulativeExtremeOp.class,
            SortOp.class,
            TopKOp.class,
            SelectRankOp.class,
            WholeMedianOp.class,
            SearchSortedOp.class,
            CountOp.class,
            LossOp.class,
            CrossEntropyOp.class,
            ProbabilityCrossEntropyOp.class,
            CtcLossOp.class,
            CtcLossGradientOp.class,
            LayerNormOp.class,
            EmbeddingOp.class,
            EmbeddingBagOp.class,
            ConvolutionOp.class,
            ConvolutionDataOp.class,
            ConvolutionWeightOp.class,
            Im2ColOp.class,
            Col2ImOp.class,
            RmsNormOp.class,
            BatchNormOp.class,
            GroupNormOp.class,
            ChannelAffineOp.class,
            MaxPoolOp.class,
            AvgPoolOp.class,
            AdaptiveMaxPoolOp.class,
            AdaptiveAvgPoolOp.class,
            FractionalMaxPoolOp.class,
            ResampleOp.class,
            ResidualLinearOp.class,
            AttentionOp.class,
            PackedAttentionOp.class,
            DropoutMaskOp.class,
            RotaryOp.class,
            IndexOp.class,
            IndexPutOp.class,
            GatherOp.class,
            ScatterOp.class,
            OneHotOp.class,
            CatOp.class,
            PadOp.class)
        .forEach(c -> TYPES.put(typeName(c), c));
  }

  private static final String POINTWISE = "Pointwise";

  private OpCodec() {}

  private static String typeName(Class<?> c) {
    String name = c.getSimpleName();
    return name.endsWith("Op") ? name.substring(0, name.length() - 2) : name;
  }

  /**
   * The saved form of {@code op}: its name and its attributes.
   *
   * @throws TensorException if the operation has no stable form
   */
  public static Map<String, Object> encode(Op op) {
    Map<String, Object> out = new LinkedHashMap<>();
    if (op instanceof Pointwise p) {
      out.put("op", POINTWISE);
      out.put("fn", p.name());
      return out;
    }
    if (op instanceof PointwiseCall c) {
      out.put("op", POINTWISE);
      out.put("fn", c.fn().name());
      out.put(
          "scalars", c.scalars().stream().map(OpCodec::encodeValue).collect(Collectors.toList()));
      return out;
    }
    if (TYPES.get(typeName(op.getClass())) != op.getClass()) {
      throw new TensorException("operation " + op.name() + " cannot be part of a saved program");
    }
    out.put("op", typeName(op.getClass()));
    for (RecordComponent c : op.getClass().getRecordComponents()) {
      try {
        out.put(c.getName(), encodeValue(c.getAccessor().invoke(op)));
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    }
    return out;
  }

  private static Object encodeValue(Object v) {
    if (v instanceof Shape s) {
      return Arrays.stream(s.toArray()).boxed().toList();
    }
    if (v instanceof Dim d) {
      return Arrays.stream(d.dims()).boxed().toList();
    }
    if (v instanceof DType t) {
      return t.toString();
    }
    if (v instanceof Device) {
      return null;
    }
    if (v instanceof Complex c) {
      return List.of(c.re(), c.im());
    }
    if (v instanceof Op op) {
      return encode(op);
    }
    return v instanceof Enum<?> e ? e.name() : v;
  }

  /**
   * The operation that {@link #encode} saved.
   *
   * @throws TensorException naming the unknown operation or the attribute that does not fit
   */
  public static Op decode(Map<String, ?> encoded) {
    Object type = encoded.get("op");
    if (POINTWISE.equals(type)) {
      Pointwise fn = constant(Pointwise.class, encoded.get("fn"), "fn");
      Object scalars = encoded.get("scalars");
      if (scalars == null) {
        return fn;
      }
      if (!(scalars instanceof List<?> list) || list.size() != fn.arity()) {
        throw new TensorException(
            fn.label() + ": needs " + fn.arity() + " scalars, got " + scalars);
      }
      Number[] numbers = new Number[fn.arity()];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] =
            list.get(i) == null ? null : (Number) value(Number.class, list.get(i), "scalars");
      }
      return fn.with(numbers);
    }
    Class<? extends Op> c = type instanceof String s ? TYPES.get(s) : null;
    if (c == null) {
      throw new TensorException("unknown operation '" + type + "': made by a newer version?");
    }
    RecordComponent[] components = c.getRecordComponents();
    Object[] args = new Object[components.length];
    Class<?>[] types = new Class<?>[components.length];
    for (int i = 0; i < args.length; i++) {
      types[i] = components[i].getType();
      args[i] = value(types[i], encoded.get(components[i].getName()), components[i].getName());
    }
    try {
      Constructor<? extends Op> constructor = c.getDeclaredConstructor(types);
      return constructor.newInstance(args);
    } catch (InvocationTargetException e) {
      throw new TensorException("operation " + type + " with attributes " + encoded, e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Object value(Class<?> type, Object v, String name) {
    if (type == Device.class) {
      return null;
    }
    if (type == DType.class && v instanceof String s) {
      return DType.of(s);
    }
    if (type == Shape.class && v instanceof List<?> list) {
      return Shape.of(longs(list, name));
    }
    if (type == List.class && v instanceof List<?> list) {
      return Arrays.stream(longs(list, name)).boxed().toList();
    }
    if (type == Dim.class && v instanceof List<?> list) {
      return Dim.of(Arrays.stream(longs(list, name)).mapToInt(Math::toIntExact).toArray());
    }
    if (Op.class.isAssignableFrom(type) && v instanceof Map<?, ?> map) {
      return operation(type, map, name);
    }
    if (type == Number.class
        && v instanceof List<?> parts
        && parts.size() == 2
        && parts.get(0) instanceof Number re
        && parts.get(1) instanceof Number im) {
      return Complex.of(re.doubleValue(), im.doubleValue());
    }
    if (type.isEnum()) {
      return enumValue(type, v, name);
    }
    if (v instanceof Number n) {
      if (type == long.class) {
        return n.longValue();
      }
      if (type == int.class) {
        return Math.toIntExact(n.longValue());
      }
      if (type == double.class) {
        return n.doubleValue();
      }
      if (type == Number.class) {
        return Scalars.normal(n);
      }
    }
    throw new TensorException("attribute '" + name + "' cannot be " + v);
  }

  @SuppressWarnings("unchecked")
  private static Object operation(Class<?> type, Map<?, ?> encoded, String name) {
    Op op = decode((Map<String, ?>) encoded);
    if (!type.isInstance(op)) {
      throw new TensorException("attribute '" + name + "' cannot be the operation " + op.name());
    }
    return op;
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static Object enumValue(Class<?> type, Object v, String name) {
    return constant((Class) type, v, name);
  }

  private static <E extends Enum<E>> E constant(Class<E> type, Object v, String name) {
    for (E e : type.getEnumConstants()) {
      if (e.name().equals(v)) {
        return e;
      }
    }
    throw new TensorException("attribute '" + name + "': unknown value " + v);
  }

  private static long[] longs(List<?> list, String name) {
    long[] out = new long[list.size()];
    for (int i = 0; i < out.length; i++) {
      if (!(list.get(i) instanceof Number n)) {
        throw new TensorException("attribute '" + name + "' cannot be " + list);
      }
      out[i] = n.longValue();
    }
    return out;
  }
}
