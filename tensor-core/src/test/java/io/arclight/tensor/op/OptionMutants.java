package io.arclight.tensor.op;

import io.arclight.tensor.Dim;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.Mutant.Notice;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Operations that compute, or differentiate, as if one of their options were another: a number
 * larger, a constant of an enum another, an entry of several larger, or all of them reversed.
 */
final class OptionMutants {
  private OptionMutants() {}

  /** Options by which operations of the samples differ, in the order of their declaration. */
  static List<Mutant> of(List<Sample> samples) {
    Map<String, Path> paths = new LinkedHashMap<>();
    for (Sample s : samples) {
      if (s.op() instanceof Record r) {
        for (Path p : paths(r)) {
          // Not such as the operation refuses.
          if (p.changed(r) != null) {
            paths.putIfAbsent(p.toString(), p);
          }
        }
      }
    }
    boolean differentiable = samples.stream().anyMatch(Sample::differentiable);
    List<Mutant> out = new ArrayList<>();
    for (Path p : paths.values()) {
      out.add(Mutant.of(p.toString(), Notice.VALUE, op -> computing(op, p)));
      if (differentiable) {
        out.add(Mutant.of("gradient with " + p, Notice.ANY_GRADIENT, op -> differentiating(op, p)));
      }
    }
    return out;
  }

  private static Op computing(Op op, Path p) {
    Op other = changed(op, p);
    return other == null
        ? null
        : new MutantOp(op) {
          @Override
          public List<Spec> infer(Tensor... inputs) {
            return alike(op, other, inputs);
          }

          @Override
          public Tensor[] eval(List<Spec> outputs, Tensor... inputs) {
            return other.eval(outputs, inputs);
          }
        };
  }

  private static Op differentiating(Op op, Path p) {
    Op other = changed(op, p);
    return other == null
        ? null
        : new MutantOp(op) {
          @Override
          public Tensor[] vjp(Vjp saved, Tensor... grads) {
            Tensor[] inputs = new Tensor[saved.inputs()];
            for (int i = 0; i < inputs.length; i++) {
              inputs[i] =
                  Tensor.zeros(saved.inputShape(i), saved.inputDType(i), saved.inputDevice(i));
            }
            alike(op, other, inputs);
            return other.vjp(saved, grads);
          }
        };
  }

  /**
   * The outputs of both. Where they differ all tests would notice, and what a rule for other shapes
   * writes may lie outside of its tensors.
   */
  private static List<Spec> alike(Op op, Op other, Tensor... inputs) {
    List<Spec> specs = other.infer(inputs);
    if (!specs.equals(op.infer(inputs))) {
      throw new IllegalStateException("outputs of other shapes or dtypes");
    }
    return specs;
  }

  private static Op changed(Op op, Path p) {
    return op instanceof Record r && r.getClass() == p.type() ? (Op) p.changed(r) : null;
  }

  // ---- records with one component changed

  /**
   * Which change of which component.
   *
   * @param inner within the component, which is a record itself, or null
   * @param change the number of the change, of those that the component's value has
   */
  private record Path(Class<?> type, int component, Path inner, int change, String what) {

    /** The record with the change, or null where it has none such or refuses it. */
    Record changed(Record r) {
      RecordComponent[] components = r.getClass().getRecordComponents();
      Object[] values = values(r);
      Object old = values[component];
      if (inner != null) {
        boolean same = old instanceof Record && old.getClass() == inner.type;
        values[component] = same ? inner.changed((Record) old) : null;
      } else {
        List<Object> others = others(old);
        values[component] = change < others.size() ? others.get(change) : null;
      }
      return values[component] == null ? null : make(r.getClass(), components, values);
    }

    @Override
    public String toString() {
      String name = type.getRecordComponents()[component].getName();
      return name + (inner == null ? " " + what : "." + inner);
    }
  }

  private static List<Path> paths(Record r) {
    List<Path> out = new ArrayList<>();
    Object[] values = values(r);
    for (int c = 0; c < values.length; c++) {
      if (values[c] instanceof Record inner
          && !(inner instanceof Dim)
          && !(values[c] instanceof Shape)) {
        for (Path p : paths(inner)) {
          out.add(new Path(r.getClass(), c, p, 0, null));
        }
      } else {
        List<Object> others = others(values[c]);
        for (int k = 0; k < others.size(); k++) {
          out.add(new Path(r.getClass(), c, null, k, what(values[c], k)));
        }
      }
    }
    return out;
  }

  private static String what(Object value, int change) {
    if (value instanceof Shape s) {
      return change < s.rank() ? "larger at " + change : "reversed";
    }
    return value instanceof Enum<?> ? "the next but " + change : "larger";
  }

  /** The values to try instead, always the same number for values of one kind. */
  private static List<Object> others(Object value) {
    if (value instanceof Enum<?> e) {
      Object[] all = e.getDeclaringClass().getEnumConstants();
      return IntStream.range(1, all.length)
          .mapToObj(i -> all[(e.ordinal() + i) % all.length])
          .toList();
    } else if (value instanceof Integer i) {
      return List.of(i + 1);
    } else if (value instanceof Long l) {
      return List.of(l + 1);
    } else if (value instanceof Double d) {
      return Double.isFinite(d) ? List.of(d == 0 ? 0.5 : d * 1.5) : List.of();
    } else if (value instanceof Shape s) {
      return shapes(s);
    } else if (value instanceof Dim d && d.dims().length > 0) {
      int[] dims = d.dims().clone();
      dims[0]++;
      return List.of(Dim.of(dims));
    }
    return List.of();
  }

  private static List<Object> shapes(Shape s) {
    List<Object> out = new ArrayList<>();
    for (int i = 0; i < s.rank(); i++) {
      long[] dims = s.toArray().clone();
      dims[i]++;
      out.add(Shape.of(dims));
    }
    long[] dims = s.toArray();
    long[] reversed = new long[dims.length];
    for (int i = 0; i < dims.length; i++) {
      reversed[i] = dims[dims.length - 1 - i];
    }
    if (!Arrays.equals(dims, reversed)) {
      out.add(Shape.of(reversed));
    }
    return out;
  }

  private static Object[] values(Record r) {
    return Arrays.stream(r.getClass().getRecordComponents())
        .map(
            c -> {
              try {
                c.getAccessor().setAccessible(true);
                return c.getAccessor().invoke(r);
              } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
              }
            })
        .toArray();
  }

  private static Record make(Class<?> type, RecordComponent[] components, Object[] values) {
    try {
      Constructor<?> constructor =
          type.getDeclaredConstructor(
              Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
      constructor.setAccessible(true);
      return (Record) constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      return null; // no such operation
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
