package io.arclight.export;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.arclight.data.blob.MalformedFileException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Programs as JSON: signature, steps in order, outputs. */
final class ProgramCodec {
  private static final String FORMAT = "arclight-program";
  private static final int VERSION = 1;
  private static final String ROWS = "rows";
  private static final String FLOAT = "float";

  private ProgramCodec() {}

  static byte[] write(Program program) throws IOException {
    ObjectNode root = Json.MAPPER.createObjectNode();
    root.put("format", FORMAT).put("version", VERSION);
    root.set("signature", SignatureCodec.write(program.signature()));
    ArrayNode steps = root.putArray("steps");
    for (ProgramStep step : program.steps()) {
      ObjectNode node = steps.addObject();
      node.set("operation", value(step.attributes()));
      ArrayNode inputs = node.putArray("inputs");
      step.inputs().forEach(ref -> inputs.add(ref(ref)));
    }
    ObjectNode outputs = root.putObject("outputs");
    program.outputs().forEach((name, ref) -> outputs.set(name, ref(ref)));
    return Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(root);
  }

  static Program read(byte[] json, Map<String, Tensor> constants, String file) throws IOException {
    JsonNode root = Json.read(json, file);
    if (!root.path("format").asText().equals(FORMAT) || root.path("version").asInt() != VERSION) {
      throw new MalformedFileException(
          file
              + ": is not "
              + FORMAT
              + " version "
              + VERSION
              + ", but "
              + root.path("format")
              + " version "
              + root.path("version"));
    }
    try {
      Signature signature = SignatureCodec.read(root.path("signature"));
      List<ProgramStep> steps = new ArrayList<>();
      for (JsonNode node : root.path("steps")) {
        List<Ref> inputs = new ArrayList<>();
        for (JsonNode input : node.path("inputs")) {
          inputs.add(ref(input, steps.size(), signature, constants));
        }
        steps.add(new ProgramStep(map(node.path("operation")), inputs));
      }
      Map<String, Ref> outputs = new LinkedHashMap<>();
      for (Iterator<Map.Entry<String, JsonNode>> it = root.path("outputs").fields();
          it.hasNext(); ) {
        Map.Entry<String, JsonNode> output = it.next();
        outputs.put(output.getKey(), ref(output.getValue(), steps.size(), signature, constants));
      }
      return new Program(signature, steps, constants, outputs);
    } catch (TensorException | IllegalArgumentException | ArithmeticException e) {
      throw new MalformedFileException(file + ": " + e.getMessage(), e);
    }
  }

  private static ObjectNode ref(Ref ref) {
    ObjectNode out = Json.MAPPER.createObjectNode();
    if (ref instanceof Ref.Input input) {
      return out.put("input", input.name());
    }
    if (ref instanceof Ref.Constant constant) {
      return out.put("constant", constant.name());
    }
    Ref.Result result = (Ref.Result) ref;
    return out.put("step", result.step()).put("output", result.output());
  }

  private static Ref ref(
      JsonNode node, int stepsBefore, Signature signature, Map<String, Tensor> constants) {
    if (node.has("input")) {
      String name = node.get("input").asText();
      if (signature.inputs().stream().noneMatch(input -> input.name().equals(name))) {
        throw new IllegalArgumentException("step " + stepsBefore + ": no input '" + name + "'");
      }
      return new Ref.Input(name);
    }
    if (node.has("constant")) {
      String name = node.get("constant").asText();
      if (!constants.containsKey(name)) {
        throw new IllegalArgumentException(
            "step " + stepsBefore + ": the weights have no '" + name + "'");
      }
      return new Ref.Constant(name);
    }
    int step = node.path("step").asInt(-1);
    int output = node.path("output").asInt(-1);
    if (step < 0 || step >= stepsBefore || output < 0) {
      throw new IllegalArgumentException(
          "step " + stepsBefore + ": operand " + node + " is no input, constant or earlier step");
    }
    return new Ref.Result(step, output);
  }

  private static JsonNode value(Object value) {
    if (value instanceof Map<?, ?> map) {
      ObjectNode out = Json.MAPPER.createObjectNode();
      map.forEach((key, item) -> out.set((String) key, value(item)));
      return out;
    }
    if (value instanceof List<?> list) {
      ArrayNode out = Json.MAPPER.createArrayNode();
      list.forEach(item -> out.add(value(item)));
      return out;
    }
    if (value instanceof BatchSize size) {
      ObjectNode out = Json.MAPPER.createObjectNode();
      out.putArray(ROWS).add(size.slope()).add(size.offset());
      return out;
    }
    if (value instanceof Double || value instanceof Float) {
      double number = ((Number) value).doubleValue();
      // JSON has no words for infinity and NaN.
      return Double.isFinite(number)
          ? Json.MAPPER.getNodeFactory().numberNode(number)
          : Json.MAPPER.createObjectNode().put(FLOAT, Double.toString(number));
    }
    return Json.MAPPER.valueToTree(value);
  }

  private static Map<String, Object> map(JsonNode node) {
    if (!(value(node) instanceof Map<?, ?> map)) {
      throw new IllegalArgumentException("an operation must be an object, got " + node);
    }
    Map<String, Object> out = new LinkedHashMap<>();
    map.forEach((key, item) -> out.put((String) key, item));
    return out;
  }

  private static Object value(JsonNode node) {
    if (node.isObject()) {
      if (node.size() == 1 && node.path(ROWS).size() == 2) {
        return new BatchSize(whole(node.get(ROWS).get(0)), whole(node.get(ROWS).get(1)));
      }
      if (node.size() == 1 && node.path(FLOAT).isTextual()) {
        return Double.valueOf(node.get(FLOAT).textValue());
      }
      Map<String, Object> out = new LinkedHashMap<>();
      node.fields().forEachRemaining(field -> out.put(field.getKey(), value(field.getValue())));
      return out;
    }
    if (node.isArray()) {
      List<Object> out = new ArrayList<>();
      node.forEach(item -> out.add(value(item)));
      return out;
    }
    if (node.isNumber()) {
      return node.isIntegralNumber() ? (Object) whole(node) : (Object) node.doubleValue();
    }
    if (node.isBoolean()) {
      return node.booleanValue();
    }
    return node.isNull() ? null : node.asText();
  }

  private static long whole(JsonNode node) {
    if (!node.isIntegralNumber() || !node.canConvertToLong()) {
      throw new IllegalArgumentException(node + " is no whole number");
    }
    return node.longValue();
  }
}
