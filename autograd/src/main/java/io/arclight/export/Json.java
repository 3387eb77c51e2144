package io.arclight.export;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.arclight.data.blob.MalformedFileException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** JSON of files from elsewhere: UTF-8 only, no name twice, nothing after the end. */
final class Json {
  static final ObjectMapper MAPPER =
      new ObjectMapper()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private Json() {}

  static JsonNode read(byte[] bytes, String file) throws IOException {
    try {
      // Decoded strictly first: Jackson would accept other encodings.
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw new MalformedFileException(file + ": no valid JSON: " + e.getOriginalMessage(), e);
    } catch (CharacterCodingException e) {
      throw new MalformedFileException(file + ": not UTF-8", e);
    }
  }

  /** The beginning of a value, for errors. */
  static String abbreviate(JsonNode node) {
    String text = node.toString();
    return text.length() <= 100 ? text : text.substring(0, 100) + "...";
  }
}
