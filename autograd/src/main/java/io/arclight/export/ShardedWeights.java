package io.arclight.export;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.arclight.data.blob.BlobStore;
import io.arclight.data.blob.MalformedFileException;
import io.arclight.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Weights in several files of a folder: an index beside them says which tensor is in which file.
 * The files of an index lie in its folder, whatever it says.
 */
final class ShardedWeights {
  private static final String WEIGHT_MAP = "weight_map";

  /** A plain name: no folders, nothing hidden. */
  private static final String PLAIN = "[A-Za-z0-9_][A-Za-z0-9_.-]*";

  private ShardedWeights() {}

  /** Reads one of the files. */
  @FunctionalInterface
  interface PartReader {
    Map<String, Tensor> read(String part) throws IOException;
  }

  /**
   * @param index its contents, as JSON
   * @param name of the index, for errors
   * @param suffix that the names of the files must have, such as {@code .safetensors}
   */
  static Map<String, Tensor> read(byte[] index, String name, String suffix, PartReader reader)
      throws IOException {
    Map<String, List<String>> parts = parts(index, name, suffix);
    Map<String, Tensor> out = new LinkedHashMap<>();
    boolean complete = false;
    try {
      for (Map.Entry<String, List<String>> part : parts.entrySet()) {
        Map<String, Tensor> held = reader.read(part.getKey());
        List<String> twice = held.keySet().stream().filter(out::containsKey).toList();
        held.forEach(out::putIfAbsent);
        if (!twice.isEmpty() || !held.keySet().equals(new java.util.HashSet<>(part.getValue()))) {
          held.values().forEach(Tensor::close);
          throw new MalformedFileException(difference(name, part.getKey(), part.getValue(), held));
        }
      }
      complete = true;
    } finally {
      if (!complete) {
        out.values().forEach(Tensor::close);
      }
    }
    return out;
  }

  private static String difference(
      String name, String part, List<String> announced, Map<String, Tensor> held) {
    List<String> missing = new ArrayList<>(announced);
    missing.removeAll(held.keySet());
    List<String> unexpected = new ArrayList<>(held.keySet());
    unexpected.removeAll(announced);
    return name
        + ": does not fit "
        + part
        + ", which lacks "
        + missing
        + " and has, unannounced, "
        + unexpected;
  }

  private static Map<String, List<String>> parts(byte[] index, String name, String suffix)
      throws IOException {
    JsonNode map = Json.read(index, name).path(WEIGHT_MAP);
    if (!map.isObject()) {
      throw new MalformedFileException(name + ": has no object '" + WEIGHT_MAP + "'");
    }
    Map<String, List<String>> out = new LinkedHashMap<>();
    for (Iterator<Map.Entry<String, JsonNode>> it = map.fields(); it.hasNext(); ) {
      Map.Entry<String, JsonNode> entry = it.next();
      String part = entry.getValue().asText();
      if (!entry.getValue().isTextual() || !part.matches(PLAIN) || !part.endsWith(suffix)) {
        throw new MalformedFileException(
            name
                + ": tensor '"
                + entry.getKey()
                + "' is said to be in "
                + entry.getValue()
                + ", which is not the name of a "
                + suffix
                + " file in the same folder");
      }
      out.computeIfAbsent(part, p -> new ArrayList<>()).add(entry.getKey());
    }
    return out;
  }

  /**
   * Writes {@code tensors} as {@code model.safetensors}, or in parts and an index where they are
   * larger than a part may be; a tensor is never divided. What was written before in the other way
   * is no longer found.
   */
  static void write(
      BlobStore folder,
      Map<String, Tensor> tensors,
      Map<String, String> metadata,
      long maxShardBytes)
      throws IOException {
    if (maxShardBytes < 1) {
      throw new IllegalArgumentException(
          "the size of a part must be at least 1 byte, not " + maxShardBytes);
    }
    List<Map<String, Tensor>> shards = divide(tensors, maxShardBytes);
    if (shards.size() == 1) {
      Map<String, Tensor> all = shards.get(0);
      folder.put(SafeTensors.FILE, out -> SafeTensors.write(out, all, metadata));
      folder.delete(SafeTensors.INDEX);
      return;
    }
    ObjectNode root = Json.MAPPER.createObjectNode();
    root.putObject("metadata").put("total_size", TensorBytes.count(tensors.values()));
    ObjectNode map = root.putObject(WEIGHT_MAP);
    for (int i = 0; i < shards.size(); i++) {
      Map<String, Tensor> shard = shards.get(i);
      String part = "model-%05d-of-%05d.safetensors".formatted(i + 1, shards.size());
      folder.put(part, out -> SafeTensors.write(out, shard, metadata));
      shard.keySet().forEach(tensor -> map.put(tensor, part));
    }
    byte[] json = Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(root);
    folder.put(SafeTensors.INDEX, out -> out.write(json));
    folder.delete(SafeTensors.FILE);
  }

  private static List<Map<String, Tensor>> divide(Map<String, Tensor> tensors, long limit) {
    List<Map<String, Tensor>> out = new ArrayList<>();
    Map<String, Tensor> current = new LinkedHashMap<>();
    long size = 0;
    for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
      long bytes = entry.getValue().elements() * entry.getValue().dtype().bytes();
      if (!current.isEmpty() && size + bytes > limit) {
        out.add(current);
        current = new LinkedHashMap<>();
        size = 0;
      }
      current.put(entry.getKey(), entry.getValue());
      size += bytes;
    }
    out.add(current);
    return out;
  }
}
