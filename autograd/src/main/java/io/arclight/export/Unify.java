package io.arclight.export;

import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.op.ConvertOp;
import io.arclight.tensor.op.Op;
import io.arclight.tensor.op.OpCodec;
import io.arclight.tensor.op.ViewOp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Makes one graph of traces at three batch sizes: whole numbers that differ between the first two
 * become {@code a * rows + b}, which the third must confirm. A constant that is as long as the
 * batch, such as zeros for a first state, becomes one number that two steps of their own spread.
 */
final class Unify {
  private final Trace first;
  private final Trace second;
  private final Trace third;
  private final Map<String, Tensor> constants = new LinkedHashMap<>();
  private final List<ProgramStep> steps = new ArrayList<>();

  private final Map<String, Ref> outputs;

  /** What stands for a constant that follows the batch. */
  private final Map<String, Ref> spread = new LinkedHashMap<>();

  Unify(Trace first, Trace second, Trace third) {
    this.first = first;
    this.second = second;
    this.third = third;
    for (Trace other : List.of(second, third)) {
      requireSameSteps(other);
      requireSameConstants(other);
    }
    first.constants.forEach(this::constant);
    int before = steps.size();
    for (int i = 0; i < first.steps.size(); i++) {
      Trace.Step step = first.steps.get(i);
      steps.add(
          new ProgramStep(
              unify(describe(i), step.op(), second.steps.get(i).op(), third.steps.get(i).op()),
              step.inputs().stream().map(ref -> moved(ref, before)).toList()));
    }
    outputs = new LinkedHashMap<>();
    first.outputs.forEach((name, ref) -> outputs.put(name, moved(ref, before)));
  }

  List<ProgramStep> steps() {
    return steps;
  }

  Map<String, Ref> outputs() {
    return outputs;
  }

  Tensor constant(String name) {
    return constants.get(name);
  }

  private Ref moved(Ref ref, int by) {
    if (ref instanceof Ref.Result result) {
      return new Ref.Result(result.step() + by, result.output());
    }
    return ref instanceof Ref.Constant constant ? spread.getOrDefault(constant.name(), ref) : ref;
  }

  private void requireSameSteps(Trace other) {
    for (int i = 0; i < first.steps.size(); i++) {
      Trace.Step step = first.steps.get(i);
      if (i >= other.steps.size()
          || other.steps.get(i).op().getClass() != step.op().getClass()
          || !other.steps.get(i).inputs().equals(step.inputs())) {
        throw new TensorException(
            "the program does other operations at batch size "
                + other.rows
                + " than at "
                + first.rows
                + ": from "
                + describe(i)
                + " on; branch on values by where, and on sizes other than the batch's only");
      }
    }
    if (other.steps.size() != first.steps.size()) {
      throw new TensorException(
          "the program does more operations at batch size "
              + other.rows
              + " than at "
              + first.rows);
    }
  }

  private Object unify(String what, Op a, Op b, Op c) {
    return unify(what, "", OpCodec.encode(a), OpCodec.encode(b), OpCodec.encode(c));
  }

  private Object unify(String what, String path, Object a, Object b, Object c) {
    if (Objects.equals(a, b) && Objects.equals(a, c)) {
      return a;
    }
    if (a instanceof Map<?, ?> x
        && b instanceof Map<?, ?> y
        && c instanceof Map<?, ?> z
        && x.keySet().equals(y.keySet())
        && x.keySet().equals(z.keySet())) {
      Map<String, Object> out = new LinkedHashMap<>();
      x.forEach(
          (key, value) ->
              out.put((String) key, unify(what, path + " " + key, value, y.get(key), z.get(key))));
      return out;
    }
    if (a instanceof List<?> x
        && b instanceof List<?> y
        && c instanceof List<?> z
        && x.size() == y.size()
        && x.size() == z.size()) {
      List<Object> out = new ArrayList<>();
      for (int i = 0; i < x.size(); i++) {
        out.add(unify(what, path + "[" + i + "]", x.get(i), y.get(i), z.get(i)));
      }
      return out;
    }
    if (whole(a) && whole(b) && whole(c)) {
      long v1 = ((Number) a).longValue();
      long v2 = ((Number) b).longValue();
      long slope = Math.floorDiv(v2 - v1, second.rows - first.rows);
      BatchSize affine = new BatchSize(slope, v1 - slope * first.rows);
      if (affine.at(second.rows) == v2 && affine.at(third.rows) == ((Number) c).longValue()) {
        return affine;
      }
    }
    throw new TensorException(
        "the attribute"
            + path
            + " of "
            + what
            + " is "
            + a
            + ", "
            + b
            + " and "
            + c
            + " at batch sizes "
            + first.rows
            + ", "
            + second.rows
            + " and "
            + third.rows
            + ": only a * rows + b can be saved");
  }

  private static boolean whole(Object value) {
    return value instanceof Long || value instanceof Integer;
  }

  private String describe(int step) {
    Trace.Step s = first.steps.get(step);
    return "operation " + step + ", " + s.op().name() + " at " + s.frame();
  }

  private void requireSameConstants(Trace other) {
    if (!other.constants.keySet().equals(first.constants.keySet())
        || !Objects.equals(other.outputs, first.outputs)) {
      throw new TensorException(
          "the program uses other constants or outputs at batch size "
              + other.rows
              + " than at "
              + first.rows);
    }
  }

  private void constant(String name, Tensor a) {
    Tensor b = second.constants.get(name);
    Tensor c = third.constants.get(name);
    if (same(a, b) && same(a, c)) {
      constants.put(name, a);
    } else if (a.dtype() == b.dtype() && a.dtype() == c.dtype() && isOneNumber(a, b, c)) {
      constants.put(name, a.elements() == 0 ? Tensor.zeros(Shape.SCALAR, a.dtype()) : any(a));
      String what = "a constant used by " + user(name);
      Op copy = ConvertOp.copy(a.dtype(), a.device());
      int at = steps.size();
      steps.add(
          new ProgramStep(
              unify(what, expand(a), expand(b), expand(c)), List.of(new Ref.Constant(name))));
      steps.add(new ProgramStep(OpCodec.encode(copy), List.of(new Ref.Result(at, 0))));
      spread.put(name, new Ref.Result(at + 1, 0));
    } else {
      throw new TensorException(
          "a tensor of shape "
              + a.shape()
              + " that the program makes itself, used by "
              + user(name)
              + ", differs from run to run or with the batch size: it is random, or has values that"
              + " follow the batch; switch randomness off, and derive such values from an input by"
              + " operations");
    }
  }

  private static boolean same(Tensor a, Tensor b) {
    return a.shape().equals(b.shape())
        && a.dtype() == b.dtype()
        && (a.storage() == b.storage() || Arrays.equals(a.toDoubles(), b.toDoubles()));
  }

  private static Op expand(Tensor to) {
    return new ViewOp.Expand(to.shape());
  }

  private static boolean isOneNumber(Tensor... all) {
    for (Tensor t : all) {
      if (t.elements() > 0 && t.ne(any(all[0])).any().item() != 0) {
        return false;
      }
    }
    return true;
  }

  private static Tensor any(Tensor t) {
    return t.reshape(t.elements()).select(0, 0);
  }

  private String user(String constant) {
    for (int i = 0; i < first.steps.size(); i++) {
      if (first.steps.get(i).inputs().contains(new Ref.Constant(constant))) {
        return describe(i);
      }
    }
    return "its output";
  }
}
