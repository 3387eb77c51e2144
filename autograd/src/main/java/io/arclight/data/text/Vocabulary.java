package io.arclight.data.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;

/** The ids of tokens, and the padding token, as a {@code tokenizer.json} says. */
record Vocabulary(Map<String, Integer> ids, String padToken) {
  private static final String[] USUAL = {"[PAD]", "<pad>", "<|pad|>"};

  static Vocabulary read(byte[] json) throws IOException {
    JsonNode root = new ObjectMapper().readTree(json);
    Map<String, Integer> ids = new HashMap<>();
    JsonNode vocabulary = root.path("model").path("vocab");
    if (vocabulary.isArray()) {
      for (int i = 0; i < vocabulary.size(); i++) {
        ids.put(vocabulary.get(i).path(0).asText(), i);
      }
    }
    for (Iterator<Map.Entry<String, JsonNode>> it = vocabulary.fields(); it.hasNext(); ) {
      Map.Entry<String, JsonNode> entry = it.next();
      ids.put(entry.getKey(), entry.getValue().asInt());
    }
    for (JsonNode token : root.path("added_tokens")) {
      ids.put(token.path("content").asText(), token.path("id").asInt());
    }
    JsonNode said = root.path("padding").path("pad_token");
    String pad = said.isTextual() ? said.asText() : null;
    for (String usual : USUAL) {
      pad = pad == null && ids.containsKey(usual) ? usual : pad;
    }
    return new Vocabulary(ids, pad);
  }

  /** The padding token of a {@code tokenizer_config.json}, or null. */
  static String padToken(byte[] config) throws IOException {
    JsonNode said = new ObjectMapper().readTree(config).path("pad_token");
    JsonNode text = said.isObject() ? said.path("content") : said;
    return text.isTextual() ? text.asText() : null;
  }
}
