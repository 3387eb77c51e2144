package io.arclight.export;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Signatures as JSON. */
final class SignatureCodec {
  private SignatureCodec() {}

  static ObjectNode write(Signature signature) {
    ObjectNode out = Json.MAPPER.createObjectNode();
    ArrayNode inputs = out.putArray("inputs");
    for (InputSpec input : signature.inputs()) {
      ObjectNode node = inputs.addObject();
      node.put("name", input.name());
      ArrayNode columns = node.putArray("columns");
      input.columns().forEach(c -> columns.addObject().put("name", c.name()).put("type", c.type()));
      node.put("dtype", input.dtype().toString());
      ArrayNode shape = node.putArray("row_shape");
      for (long size : input.rowShape().toArray()) {
        shape.add(size);
      }
      Transform transform = input.transform();
      ObjectNode change = node.putObject("transform");
      change.put("scale", transform.scale()).put("offset", transform.offset());
      change.set("mean", Json.MAPPER.valueToTree(transform.mean()));
      change.set("std", Json.MAPPER.valueToTree(transform.std()));
    }
    Labels labels = signature.labels();
    if (labels != null) {
      ObjectNode node = out.putObject("labels");
      node.put("column", labels.column()).put("type", labels.type());
      node.set("values", Json.MAPPER.valueToTree(labels.values()));
    }
    return out;
  }

  static Signature read(JsonNode node) {
    List<InputSpec> inputs = new ArrayList<>();
    for (JsonNode input : node.path("inputs")) {
      List<InputSpec.Column> columns = new ArrayList<>();
      for (JsonNode column : input.path("columns")) {
        columns.add(new InputSpec.Column(text(column, "name"), text(column, "type")));
      }
      JsonNode change = input.path("transform");
      inputs.add(
          new InputSpec(
              text(input, "name"),
              columns,
              DType.of(text(input, "dtype")),
              shape(input.path("row_shape")),
              new Transform(
                  number(change.path("scale")),
                  number(change.path("offset")),
                  numbers(change.path("mean")),
                  numbers(change.path("std")))));
    }
    return new Signature(inputs, node.has("labels") ? labels(node.get("labels")) : null);
  }

  private static Labels labels(JsonNode node) {
    List<Object> values = new ArrayList<>();
    for (JsonNode value : node.path("values")) {
      if (value.isTextual()) {
        values.add(value.textValue());
      } else if (value.isBoolean()) {
        values.add(value.booleanValue());
      } else if (value.isIntegralNumber()) {
        values.add(value.longValue());
      } else {
        values.add(number(value));
      }
    }
    return new Labels(text(node, "column"), text(node, "type"), values);
  }

  private static String text(JsonNode node, String name) {
    if (!node.path(name).isTextual()) {
      throw new IllegalArgumentException("'" + name + "' must be a text in " + node);
    }
    return node.get(name).textValue();
  }

  private static double number(JsonNode node) {
    if (!node.isNumber()) {
      throw new IllegalArgumentException("'" + node + "' is no number");
    }
    return node.doubleValue();
  }

  private static List<Double> numbers(JsonNode node) {
    List<Double> out = new ArrayList<>();
    node.forEach(item -> out.add(number(item)));
    return out;
  }

  private static Shape shape(JsonNode node) {
    long[] sizes = new long[node.size()];
    for (int i = 0; i < sizes.length; i++) {
      if (!node.get(i).isIntegralNumber() || node.get(i).longValue() < 0) {
        throw new IllegalArgumentException("a row's shape cannot be " + node);
      }
      sizes[i] = node.get(i).longValue();
    }
    return Shape.of(sizes);
  }
}
