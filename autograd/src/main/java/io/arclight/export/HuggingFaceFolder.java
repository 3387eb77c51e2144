package io.arclight.export;

import io.arclight.data.blob.BlobStore;
import io.arclight.data.blob.LocalBlobStore;
import io.arclight.data.blob.MalformedFileException;
import io.arclight.data.text.Tokenizer;
import io.arclight.tensor.Tensor;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A model as Hugging Face's libraries keep it: a folder with {@code config.json} and weights, in
 * one file or in several with an index. Safetensors are read where there are any, else PyTorch's.
 *
 * <pre>{@code
 * HuggingFaceFolder folder = HuggingFaceFolder.at(Path.of("gpt2"));
 * int layers = folder.config().integer("n_layer");
 * model.loadStateDict(folder.state());
 * }</pre>
 */
public final class HuggingFaceFolder {
  private static final String CONFIG = "config.json";
  private static final String TORCH = "pytorch_model.bin";
  private static final String TORCH_INDEX = TORCH + ".index.json";
  private static final int MAX_JSON = 100_000_000;

  private final BlobStore store;

  /** The same folder, where it is of this machine. */
  private final Path local;

  private HuggingFaceFolder(BlobStore store, Path local) {
    this.store = store;
    this.local = local;
  }

  /** A folder of this machine. */
  public static HuggingFaceFolder at(Path folder) {
    return new HuggingFaceFolder(LocalBlobStore.at(folder), folder);
  }

  /** A folder of any store. */
  public static HuggingFaceFolder of(BlobStore folder) {
    return new HuggingFaceFolder(folder, null);
  }

  /**
   * The settings.
   *
   * @throws MalformedFileException if there are none, or no JSON object
   */
  public ModelConfig config() throws IOException {
    return ModelConfig.read(require(CONFIG), place(CONFIG));
  }

  /**
   * The named tensors, on the CPU.
   *
   * @throws MalformedFileException if there are none, or a file is damaged or not of its format
   */
  public Map<String, Tensor> state() throws IOException {
    try (InputStream in = open(SafeTensors.FILE)) {
      if (in != null) {
        return SafeTensors.read(in, place(SafeTensors.FILE)).tensors();
      }
    }
    Optional<byte[]> index = read(SafeTensors.INDEX);
    if (index.isPresent()) {
      return ShardedWeights.read(
          index.get(), place(SafeTensors.INDEX), ".safetensors", this::safeTensors);
    }
    index = read(TORCH_INDEX);
    if (index.isPresent()) {
      return ShardedWeights.read(index.get(), place(TORCH_INDEX), ".bin", this::torch);
    }
    try (InputStream in = open(TORCH)) {
      if (in == null) {
        throw new MalformedFileException(
            store.location()
                + ": no weights: none of "
                + List.of(SafeTensors.FILE, SafeTensors.INDEX, TORCH, TORCH_INDEX)
                + " is there");
      }
    }
    return torch(TORCH);
  }

  /** The tokenizer of {@code tokenizer.json}; see there for what it needs on the class path. */
  public Tokenizer tokenizer() throws IOException {
    return Tokenizer.load(store);
  }

  private Map<String, Tensor> safeTensors(String part) throws IOException {
    try (InputStream in = open(part)) {
      return SafeTensors.read(present(in, part), place(part)).tensors();
    }
  }

  private Map<String, Tensor> torch(String part) throws IOException {
    try (InputStream in = open(part)) {
      present(in, part);
    }
    TorchFile file =
        local == null ? TorchFile.load(store, part) : TorchFile.load(local.resolve(part));
    return file.stateDict();
  }

  /**
   * The contents of a small file such as {@code tokenizer.json}; empty where there is none.
   *
   * @throws MalformedFileException if it is larger than 100 MB
   */
  public Optional<byte[]> read(String name) throws IOException {
    try (InputStream in = open(name)) {
      if (in == null) {
        return Optional.empty();
      }
      byte[] out = in.readNBytes(MAX_JSON + 1);
      if (out.length > MAX_JSON) {
        throw new MalformedFileException(place(name) + ": is longer than " + MAX_JSON + " bytes");
      }
      return Optional.of(out);
    }
  }

  private byte[] require(String name) throws IOException {
    return read(name)
        .orElseThrow(
            () ->
                new MalformedFileException(
                    "no model at " + store.location() + ": " + name + " is missing"));
  }

  private InputStream present(InputStream in, String name) throws MalformedFileException {
    if (in == null) {
      throw new MalformedFileException(place(name) + ": the index names it, but it is missing");
    }
    return in;
  }

  /** Null where there is no such file. */
  private InputStream open(String name) throws IOException {
    try {
      return store.open(name);
    } catch (NoSuchFileException | FileNotFoundException e) {
      return null;
    }
  }

  private String place(String name) {
    return store.location() + "/" + name;
  }

  /**
   * Writes a folder that Hugging Face's libraries read.
   *
   * @param maxShardBytes how large a file of weights may be, if it holds more than one tensor;
   *     theirs is 50 GB
   */
  public static void save(
      BlobStore folder, ModelConfig config, Map<String, Tensor> state, long maxShardBytes)
      throws IOException {
    ShardedWeights.write(folder, state, Map.of("format", "pt"), maxShardBytes);
    folder.put(CONFIG, out -> out.write(config.bytes()));
  }
}
