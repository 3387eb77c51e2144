package io.arclight.export;

import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.op.OpCodec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Makes one graph of traces at three batch sizes: whole numbers that differ between the first two
 * become {@code a * rows + b}, which the third must confirm.
 */
final class Unify {
  private final Trace first;
  private final Trace second;
  private final Trace third;

  Unify(Trace first, Trace second, Trace third) {
    this.first = first;
    this.second = second;
    this.third = third;
  }

  List<ProgramStep> steps() {
    List<ProgramStep> out = new ArrayList<>();
    for (int i = 0; i < first.steps.size(); i++) {
      Trace.Step step = first.steps.get(i);
      for (Trace other : List.of(second, third)) {
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
      Object attributes =
          unify(
              i,
              "",
              OpCodec.encode(step.op()),
              OpCodec.encode(second.steps.get(i).op()),
              OpCodec.encode(third.steps.get(i).op()));
      out.add(new ProgramStep(attributes, step.inputs()));
    }
    if (second.steps.size() != out.size() || third.steps.size() != out.size()) {
      throw new TensorException(
          "the program does more operations at batch size "
              + second.rows
              + " than at "
              + first.rows);
    }
    requireSameConstants();
    return out;
  }

  private Object unify(int step, String path, Object a, Object b, Object c) {
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
              out.put((String) key, unify(step, path + " " + key, value, y.get(key), z.get(key))));
      return out;
    }
    if (a instanceof List<?> x
        && b instanceof List<?> y
        && c instanceof List<?> z
        && x.size() == y.size()
        && x.size() == z.size()) {
      List<Object> out = new ArrayList<>();
      for (int i = 0; i < x.size(); i++) {
        out.add(unify(step, path + "[" + i + "]", x.get(i), y.get(i), z.get(i)));
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
            + describe(step)
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

  private void requireSameConstants() {
    for (Trace other : List.of(second, third)) {
      if (!other.constants.keySet().equals(first.constants.keySet())
          || !Objects.equals(other.outputs, first.outputs)) {
        throw new TensorException(
            "the program uses other constants or outputs at batch size "
                + other.rows
                + " than at "
                + first.rows);
      }
      first.constants.forEach((name, tensor) -> requireSame(name, tensor, other));
    }
  }

  private void requireSame(String name, Tensor tensor, Trace other) {
    Tensor again = other.constants.get(name);
    if (tensor.storage() == again.storage() && tensor.shape().equals(again.shape())) {
      return;
    }
    if (!tensor.shape().equals(again.shape())
        || tensor.dtype() != again.dtype()
        || !Arrays.equals(tensor.toDoubles(), again.toDoubles())) {
      throw new TensorException(
          "a tensor of shape "
              + tensor.shape()
              + " that the program makes itself, used by "
              + user(name)
              + ", differs from run to run or with the batch size: it is random or as long as the"
              + " batch; switch randomness off, and derive sizes from an input by operations");
    }
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
