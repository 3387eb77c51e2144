package io.arclight.export;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.arclight.data.blob.MalformedFileException;
import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The header of a safetensors file, checked: tensors fill the data without gap or overlap. */
record SafeTensorsHeader(List<Entry> entries, Map<String, String> metadata) {
  /** The limit of the format. */
  static final int MAX_BYTES = 100_000_000;

  private static final int LENGTH_BYTES = 8;
  private static final String METADATA = "__metadata__";

  record Entry(String name, DType dtype, Shape shape, long begin, long end) {}

  /** Where each of {@code tensors} goes: by falling element size, then by name. */
  static List<Entry> layout(Map<String, Tensor> tensors) {
    List<String> names = new ArrayList<>(tensors.keySet());
    names.sort(
        Comparator.comparing((String name) -> -tensors.get(name).dtype().bytes())
            .thenComparing(Comparator.naturalOrder()));
    List<Entry> out = new ArrayList<>();
    long at = 0;
    for (String name : names) {
      Tensor tensor = tensors.get(name);
      if (label(tensor.dtype()) == null) {
        throw new DTypeException(
            "tensor '"
                + name
                + "': safetensors files do not hold "
                + tensor.dtype()
                + ": save viewAsReal(), or convert with to(COMPLEX64)");
      }
      long bytes = tensor.elements() * tensor.dtype().bytes();
      out.add(new Entry(name, tensor.dtype(), tensor.shape(), at, at + bytes));
      at += bytes;
    }
    return out;
  }

  /** Length and JSON, padded so that the data is aligned to eight bytes. */
  byte[] bytes() throws IOException {
    ObjectNode root = Json.MAPPER.createObjectNode();
    if (!metadata.isEmpty()) {
      ObjectNode free = root.putObject(METADATA);
      metadata.forEach(free::put);
    }
    for (Entry entry : entries) {
      if (entry.name().equals(METADATA)) {
        throw new IllegalArgumentException("a tensor cannot be called " + METADATA);
      }
      ObjectNode node = root.putObject(entry.name());
      node.put("dtype", label(entry.dtype()));
      ArrayNode shape = node.putArray("shape");
      for (long size : entry.shape().toArray()) {
        shape.add(size);
      }
      node.putArray("data_offsets").add(entry.begin()).add(entry.end());
    }
    byte[] json = Json.MAPPER.writeValueAsBytes(root);
    int padded = (json.length + LENGTH_BYTES - 1) / LENGTH_BYTES * LENGTH_BYTES;
    if (padded > MAX_BYTES) {
      throw new IllegalArgumentException(
          "the header would have " + padded + " bytes, the format allows " + MAX_BYTES);
    }
    byte[] out = new byte[LENGTH_BYTES + padded];
    ByteBuffer.wrap(out).order(ByteOrder.LITTLE_ENDIAN).putLong(padded);
    Arrays.fill(out, LENGTH_BYTES, out.length, (byte) ' ');
    System.arraycopy(json, 0, out, LENGTH_BYTES, json.length);
    return out;
  }

  /**
   * @param size bytes of the whole file, Long.MAX_VALUE where unknown
   */
  static SafeTensorsHeader read(InputStream in, long size, String file) throws IOException {
    byte[] prefix = in.readNBytes(LENGTH_BYTES);
    if (prefix.length < LENGTH_BYTES) {
      throw new MalformedFileException(
          file + ": " + prefix.length + " bytes are too few for a safetensors file");
    }
    long length = ByteBuffer.wrap(prefix).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (length < 2 || length > MAX_BYTES) {
      throw new MalformedFileException(
          file
              + ": the header's length "
              + Long.toUnsignedString(length)
              + " is not in 2 to "
              + MAX_BYTES
              + ": this is no safetensors file");
    }
    byte[] json = in.readNBytes((int) length);
    if (json.length < length) {
      throw new MalformedFileException(
          file + ": cut off in the header, after " + json.length + " of " + length + " bytes");
    }
    if (json[0] != '{') {
      throw new MalformedFileException(file + ": the header does not begin with '{'");
    }
    SafeTensorsHeader header = parse(json, file);
    long data = header.entries.isEmpty() ? 0 : header.entries.get(header.entries.size() - 1).end;
    if (size != Long.MAX_VALUE && size != LENGTH_BYTES + length + data) {
      throw new MalformedFileException(
          file
              + ": has "
              + size
              + " bytes, its header announces "
              + (LENGTH_BYTES + length + data)
              + ": it is cut off or has been changed");
    }
    return header;
  }

  private static SafeTensorsHeader parse(byte[] json, String file) throws IOException {
    JsonNode root = Json.read(json, file + ": header");
    Map<String, String> metadata = new LinkedHashMap<>();
    List<Entry> entries = new ArrayList<>();
    for (Iterator<Map.Entry<String, JsonNode>> it = root.fields(); it.hasNext(); ) {
      Map.Entry<String, JsonNode> field = it.next();
      if (field.getKey().equals(METADATA)) {
        readMetadata(field.getValue(), metadata, file);
      } else {
        entries.add(entry(field.getKey(), field.getValue(), file));
      }
    }
    entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    long at = 0;
    for (Entry entry : entries) {
      if (entry.begin != at) {
        throw new MalformedFileException(
            file
                + ": tensor '"
                + entry.name
                + "' begins at "
                + entry.begin
                + ", but the one before ends at "
                + at
                + ": there must be no gap and no overlap");
      }
      at = entry.end;
    }
    return new SafeTensorsHeader(entries, metadata);
  }

  private static void readMetadata(JsonNode node, Map<String, String> out, String file)
      throws MalformedFileException {
    if (!node.isObject()) {
      throw new MalformedFileException(file + ": " + METADATA + " is no object");
    }
    for (Iterator<Map.Entry<String, JsonNode>> it = node.fields(); it.hasNext(); ) {
      Map.Entry<String, JsonNode> field = it.next();
      if (!field.getValue().isTextual()) {
        throw new MalformedFileException(
            file + ": " + METADATA + " '" + field.getKey() + "' is no text");
      }
      out.put(field.getKey(), field.getValue().textValue());
    }
  }

  private static Entry entry(String name, JsonNode node, String file)
      throws MalformedFileException {
    String at = file + ": tensor '" + name + "'";
    if (!node.isObject() || node.size() != 3 || !node.path("dtype").isTextual()) {
      throw new MalformedFileException(
          at + " must have exactly dtype, shape and data_offsets, got " + Json.abbreviate(node));
    }
    DType dtype = dtype(node.get("dtype").textValue(), at);
    long[] dims = longs(node.path("shape"), at + ": shape");
    long[] offsets = longs(node.path("data_offsets"), at + ": data_offsets");
    if (offsets.length != 2 || offsets[0] > offsets[1]) {
      throw new MalformedFileException(
          at + ": data_offsets must be begin and end, got " + Arrays.toString(offsets));
    }
    long bytes = dtype.bytes();
    try {
      for (long dim : dims) {
        bytes = Math.multiplyExact(bytes, dim);
      }
    } catch (ArithmeticException e) {
      throw new MalformedFileException(
          at + ": shape " + Arrays.toString(dims) + " is too large", e);
    }
    if (bytes != offsets[1] - offsets[0]) {
      throw new MalformedFileException(
          at
              + ": shape "
              + Arrays.toString(dims)
              + " of "
              + dtype
              + " takes "
              + bytes
              + " bytes, data_offsets give "
              + (offsets[1] - offsets[0]));
    }
    return new Entry(name, dtype, Shape.of(dims), offsets[0], offsets[1]);
  }

  private static long[] longs(JsonNode node, String what) throws MalformedFileException {
    boolean good = node.isArray();
    long[] out = new long[node.size()];
    for (int i = 0; good && i < out.length; i++) {
      JsonNode item = node.get(i);
      good = item.isIntegralNumber() && item.canConvertToLong() && item.longValue() >= 0;
      out[i] = item.longValue();
    }
    if (!good) {
      throw new MalformedFileException(
          what + " must be an array of whole numbers from 0, got " + Json.abbreviate(node));
    }
    return out;
  }

  /** The format's name of a dtype, or null where it has none. */
  private static String label(DType dtype) {
    return switch (dtype) {
      case COMPLEX64 -> "C64";
      case COMPLEX128 -> null;
      case BOOL -> "BOOL";
      case UINT8 -> "U8";
      case INT8 -> "I8";
      case INT16 -> "I16";
      case INT32 -> "I32";
      case INT64 -> "I64";
      case FLOAT16 -> "F16";
      case BFLOAT16 -> "BF16";
      case FLOAT32 -> "F32";
      case FLOAT64 -> "F64";
    };
  }

  private static DType dtype(String label, String at) throws MalformedFileException {
    for (DType dtype : DType.values()) {
      if (label.equals(label(dtype))) {
        return dtype;
      }
    }
    throw new MalformedFileException(
        at
            + ": dtype '"
            + label
            + "' has no counterpart here, "
            + Arrays.stream(DType.values())
                .map(SafeTensorsHeader::label)
                .filter(Objects::nonNull)
                .toList()
            + " have: convert the tensor where the file was made, such as with"
            + " tensor.to(torch.bfloat16), and save it again");
  }
}
