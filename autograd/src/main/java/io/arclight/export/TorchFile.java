package io.arclight.export;

import io.arclight.data.blob.BlobStore;
import io.arclight.data.blob.MalformedFileException;
import io.arclight.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;

/**
 * Checkpoints of {@code torch.save}, as data: nothing of a file is run, and no class is made by its
 * name. What Python calls dict, list, tuple, set, int, float, str, bytes and None is here a {@link
 * Map}, {@link List}, {@link Tuple}, {@link java.util.Set}, {@link Long} (or {@link
 * java.math.BigInteger}), {@link Double}, {@link String}, {@code byte[]} and null; {@code
 * torch.Size}, {@code torch.dtype} and {@code torch.device} are {@link io.arclight.tensor.Shape},
 * {@link io.arclight.tensor.DType} and {@link io.arclight.tensor.Device}. Tensors are on the CPU,
 * share memory where they did, and require gradients where they did.
 *
 * <pre>{@code
 * model.loadStateDict(TorchFile.load(Path.of("resnet18.pth")).stateDict());
 * TorchFile.save(Path.of("mlp.pt"), Map.of("model", model.stateDict(), "epoch", 3));
 * }</pre>
 *
 * @param root what was saved
 * @param name of the file, for errors
 */
public record TorchFile(Object root, String name) implements AutoCloseable {
  /** Where training scripts put the state of a model, the usual one first. */
  private static final List<String> USUAL =
      List.of(
          "state_dict",
          "model_state_dict",
          "model",
          "net",
          "network",
          "module",
          "weights",
          "params");

  /**
   * Reads a {@code .pt} or {@code .pth} file of PyTorch 1.6 or later.
   *
   * @throws MalformedFileException if it is damaged, or needs what is no data, naming that
   */
  public static TorchFile load(Path file) throws IOException {
    return load(file, file.toString());
  }

  /** As {@link #load(Path)}, by way of a temporary file. */
  public static TorchFile load(BlobStore store, String blob) throws IOException {
    Path copy = Files.createTempFile("arclight", ".pt");
    try {
      try (InputStream in = store.open(blob)) {
        Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
      }
      return load(copy, store.location() + "/" + blob);
    } finally {
      Files.deleteIfExists(copy);
    }
  }

  private static TorchFile load(Path file, String name) throws IOException {
    try (TorchArchive archive = TorchArchive.open(file, name)) {
      TorchStorages storages = new TorchStorages(archive);
      boolean complete = false;
      try {
        Object root = Unpickler.read(archive.pickle(), archive.pickleName(), storages);
        complete = true;
        return new TorchFile(root, name);
      } catch (UncheckedIOException e) {
        throw e.getCause();
      } finally {
        if (!complete) {
          storages.close();
        }
      }
    }
  }

  /**
   * Writes what {@code torch.load} reads: the types that {@link #load} gives, and other Java
   * numbers. Tensors are written with the whole of the memory that they share with others, once.
   *
   * @throws IllegalArgumentException naming a value of another type and where it stands
   */
  public static void save(Path file, Object root) throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      save(out, root);
    }
  }

  /** As {@link #save(Path, Object)}, to a stream, which is left open. */
  public static void save(OutputStream out, Object root) throws IOException {
    TorchArchiveWriter.write(out, root);
  }

  /**
   * The named tensors of a model: what was saved if that is one, or what stands in it under the
   * usual names, such as {@code state_dict} or {@code model}.
   *
   * @throws NoSuchElementException saying what there is, where none or several are found
   */
  public Map<String, Tensor> stateDict() {
    return StateDicts.find(root, USUAL, name);
  }

  /**
   * The named tensors under the keys {@code path}, such as {@code stateDict("nets", "generator")}.
   *
   * @throws NoSuchElementException saying what there is instead
   */
  public Map<String, Tensor> stateDict(String... path) {
    return StateDicts.at(root, List.of(path), name);
  }

  /** Gives the memory of all tensors back. */
  @Override
  public void close() {
    StateDicts.forEachTensor(root, Tensor::close);
  }
}
