package io.arclight.export;

import io.arclight.tensor.op.Op;
import io.arclight.tensor.op.OpCodec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An operation whose attributes may follow the number of rows, and its operands. */
final class ProgramStep {
  private final Map<String, Object> attributes;
  private final List<Ref> inputs;

  /** Null where attributes follow the number of rows. */
  private final Op fixed;

  @SuppressWarnings("unchecked") // attributes of operations are maps by OpCodec's contract
  ProgramStep(Object attributes, List<Ref> inputs) {
    this.attributes = (Map<String, Object>) attributes;
    this.inputs = List.copyOf(inputs);
    this.fixed = follows(attributes) ? null : OpCodec.decode(this.attributes);
  }

  Map<String, Object> attributes() {
    return attributes;
  }

  List<Ref> inputs() {
    return inputs;
  }

  /** The same operation of other operands. */
  ProgramStep with(List<Ref> operands) {
    return new ProgramStep(attributes, operands);
  }

  boolean isFixed() {
    return fixed != null;
  }

  @SuppressWarnings("unchecked") // a map stays a map
  Op op(long rows) {
    return fixed != null ? fixed : OpCodec.decode((Map<String, Object>) at(attributes, rows));
  }

  private static boolean follows(Object value) {
    if (value instanceof Map<?, ?> map) {
      return map.values().stream().anyMatch(ProgramStep::follows);
    }
    if (value instanceof List<?> list) {
      return list.stream().anyMatch(ProgramStep::follows);
    }
    return value instanceof BatchSize;
  }

  private static Object at(Object value, long rows) {
    if (value instanceof Map<?, ?> map) {
      Map<Object, Object> out = new LinkedHashMap<>();
      map.forEach((key, item) -> out.put(key, at(item, rows)));
      return out;
    }
    if (value instanceof List<?> list) {
      List<Object> out = new ArrayList<>();
      list.forEach(item -> out.add(at(item, rows)));
      return out;
    }
    return value instanceof BatchSize size ? (Object) size.at(rows) : value;
  }
}
