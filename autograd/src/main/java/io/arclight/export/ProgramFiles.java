package io.arclight.export;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.arclight.data.blob.BlobStore;
import io.arclight.data.blob.MalformedFileException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.NoSuchFileException;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;

/**
 * Programs in a folder. A version is a folder named by the beginning of its hash, with a manifest
 * that holds the hashes of its files; the hash of the manifest is that of the version. A copy of
 * the current version's manifest lies at the top and is written last.
 */
final class ProgramFiles {
  private static final String MANIFEST = "manifest.json";
  private static final String PROGRAM = "program.json";
  private static final String WEIGHTS = "weights.safetensors";
  private static final String FORMAT = "arclight-model";
  private static final int VERSION = 1;
  private static final int FOLDER_DIGITS = 16;
  private static final int MAX_JSON_BYTES = 100_000_000;

  private ProgramFiles() {}

  static String save(Program program, BlobStore store) throws IOException {
    byte[] json = ProgramCodec.write(program);
    MessageDigest weights = sha256();
    SafeTensors.write(
        new DigestOutputStream(OutputStream.nullOutputStream(), weights),
        program.constants(),
        Map.of());

    ObjectNode root = Json.MAPPER.createObjectNode();
    root.put("format", FORMAT).put("version", VERSION);
    ObjectNode files = root.putObject("sha256");
    files.put(PROGRAM, hex(sha256().digest(json)));
    files.put(WEIGHTS, hex(weights.digest()));
    byte[] manifest = Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(root);

    String hash = hex(sha256().digest(manifest));
    String folder = folder(hash);
    store.put(folder + WEIGHTS, out -> SafeTensors.write(out, program.constants(), Map.of()));
    store.put(folder + PROGRAM, out -> out.write(json));
    store.put(folder + MANIFEST, out -> out.write(manifest));
    store.put(MANIFEST, out -> out.write(manifest));
    return hash;
  }

  static String current(BlobStore store) throws IOException {
    return hex(sha256().digest(bytes(store, MANIFEST)));
  }

  static Program load(BlobStore store, String hash) throws IOException {
    if (!hash.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException("'" + hash + "' is no SHA-256 hash of a model");
    }
    String folder = folder(hash);
    byte[] manifest = bytes(store, folder + MANIFEST);
    requireHash(store, folder + MANIFEST, hash, sha256().digest(manifest));
    JsonNode root = Json.read(manifest, store.location() + "/" + folder + MANIFEST);
    if (!root.path("format").asText().equals(FORMAT) || root.path("version").asInt() != VERSION) {
      throw new MalformedFileException(
          store.location()
              + ": format "
              + root.path("format")
              + " version "
              + root.path("version")
              + " is not "
              + FORMAT
              + " version "
              + VERSION
              + ": was it made by a newer Arclight?");
    }
    byte[] json = bytes(store, folder + PROGRAM);
    requireHash(
        store, folder + PROGRAM, root.path("sha256").path(PROGRAM).asText(), sha256().digest(json));
    String weightsHash = root.path("sha256").path(WEIGHTS).asText();
    SafeTensors weights = weights(store, folder + WEIGHTS, weightsHash);
    boolean complete = false;
    try {
      Program program =
          ProgramCodec.read(json, weights.tensors(), store.location() + "/" + folder + PROGRAM);
      weights.tensors().values().forEach(tensor -> tensor.keep());
      complete = true;
      return program;
    } finally {
      if (!complete) {
        weights.tensors().values().forEach(tensor -> tensor.close());
      }
    }
  }

  private static SafeTensors weights(BlobStore store, String name, String hash) throws IOException {
    MessageDigest digest = sha256();
    try (InputStream in = open(store, name)) {
      SafeTensors out =
          SafeTensors.read(new DigestInputStream(in, digest), store.location() + "/" + name);
      try {
        requireHash(store, name, hash, digest.digest());
      } catch (MalformedFileException e) {
        out.tensors().values().forEach(tensor -> tensor.close());
        throw e;
      }
      return out;
    }
  }

  private static void requireHash(BlobStore store, String name, String expected, byte[] actual)
      throws MalformedFileException {
    if (!hex(actual).equals(expected)) {
      throw new MalformedFileException(
          store.location()
              + "/"
              + name
              + " has SHA-256 "
              + hex(actual)
              + ", expected "
              + expected
              + ": the file was changed or cut off; save the model again");
    }
  }

  private static byte[] bytes(BlobStore store, String name) throws IOException {
    try (InputStream in = open(store, name)) {
      byte[] out = in.readNBytes(MAX_JSON_BYTES + 1);
      if (out.length > MAX_JSON_BYTES) {
        throw new MalformedFileException(
            store.location() + "/" + name + " is longer than " + MAX_JSON_BYTES + " bytes");
      }
      return out;
    }
  }

  private static InputStream open(BlobStore store, String name) throws IOException {
    try {
      return store.open(name);
    } catch (NoSuchFileException | FileNotFoundException e) {
      throw new MalformedFileException(
          "no model at " + store.location() + ": " + name + " is missing", e);
    }
  }

  private static String folder(String hash) {
    return hash.substring(0, FOLDER_DIGITS) + "/";
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
