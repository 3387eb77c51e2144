package io.arclight.export;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.arclight.data.blob.MalformedFileException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * The settings of a model, as in {@code config.json}. Every method that reads one takes its name
 * and ends with an error that says what stands there instead.
 *
 * <pre>{@code
 * int layers = config.integer("n_layer");
 * double epsilon = config.number("layer_norm_epsilon", 1e-5);
 * }</pre>
 */
public final class ModelConfig {
  private final JsonNode root;
  private final String name;

  private ModelConfig(JsonNode root, String name) {
    this.root = root;
    this.name = name;
  }

  /**
   * Reads JSON.
   *
   * @param name of the file, for errors
   * @throws MalformedFileException if it is no JSON object
   */
  static ModelConfig read(byte[] json, String name) throws IOException {
    JsonNode root = Json.read(json, name);
    if (!root.isObject()) {
      throw new MalformedFileException(name + ": is no JSON object");
    }
    return new ModelConfig(root, name);
  }

  /** Settings of these names; values are text, numbers, booleans, lists and maps of those. */
  public static ModelConfig of(Map<String, ?> settings) {
    return new ModelConfig(Json.MAPPER.valueToTree(settings), "config");
  }

  /** Whether there is a value, other than null. */
  public boolean has(String key) {
    return root.hasNonNull(key);
  }

  /** The names there are. */
  public List<String> keys() {
    List<String> out = new ArrayList<>();
    root.fieldNames().forEachRemaining(out::add);
    return out;
  }

  /** A text, which must be there. */
  public String text(String key) {
    return value(key, "text", JsonNode::isTextual, JsonNode::textValue);
  }

  /** A text, or {@code otherwise}. */
  public String text(String key, String otherwise) {
    return has(key) ? text(key) : otherwise;
  }

  /** A whole number, which must be there. */
  public int integer(String key) {
    return value(key, "a whole number of 32 bits", ModelConfig::isInteger, JsonNode::intValue);
  }

  /** A whole number, or {@code otherwise}. */
  public int integer(String key, int otherwise) {
    return has(key) ? integer(key) : otherwise;
  }

  /** A number, which must be there. */
  public double number(String key) {
    return value(key, "a number", JsonNode::isNumber, JsonNode::doubleValue);
  }

  /** A number, or {@code otherwise}. */
  public double number(String key, double otherwise) {
    return has(key) ? number(key) : otherwise;
  }

  /** A value that is true or false. */
  public boolean flag(String key) {
    return value(key, "true or false", JsonNode::isBoolean, JsonNode::booleanValue);
  }

  /** As {@link #flag(String)}; {@code otherwise} where the file does not say. */
  public boolean flag(String key, boolean otherwise) {
    return has(key) ? flag(key) : otherwise;
  }

  /** The whole numbers of an array. */
  public List<Integer> integers(String key) {
    return list(key, "whole numbers", ModelConfig::isInteger, JsonNode::intValue);
  }

  /** The texts of an array. */
  public List<String> texts(String key) {
    return list(key, "texts", JsonNode::isTextual, JsonNode::textValue);
  }

  /** The settings in a setting. */
  public ModelConfig nested(String key) {
    return value(key, "an object", JsonNode::isObject, n -> new ModelConfig(n, name + ": " + key));
  }

  private static boolean isInteger(JsonNode node) {
    return node.isIntegralNumber() && node.canConvertToInt();
  }

  private <T> T value(
      String key, String expected, Predicate<JsonNode> fits, Function<JsonNode, T> convert) {
    JsonNode node = root.get(key);
    if (node == null) {
      throw new NoSuchElementException(name + ": has no '" + key + "'; there are " + keys());
    }
    if (!fits.test(node)) {
      throw new IllegalArgumentException(
          name + ": '" + key + "' is " + Json.abbreviate(node) + ", expected " + expected);
    }
    return convert.apply(node);
  }

  private <T> List<T> list(
      String key, String expected, Predicate<JsonNode> fits, Function<JsonNode, T> convert) {
    JsonNode array = value(key, "an array of " + expected, JsonNode::isArray, n -> n);
    List<T> out = new ArrayList<>();
    for (Iterator<JsonNode> it = array.elements(); it.hasNext(); ) {
      JsonNode item = it.next();
      if (!fits.test(item)) {
        throw new IllegalArgumentException(
            name + ": '" + key + "' is " + Json.abbreviate(array) + ", expected " + expected);
      }
      out.add(convert.apply(item));
    }
    return out;
  }

  byte[] bytes() throws IOException {
    return Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes((ObjectNode) root);
  }

  @Override
  public String toString() {
    return root.toPrettyString();
  }
}
