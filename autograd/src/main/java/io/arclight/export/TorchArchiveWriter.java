package io.arclight.export;

import io.arclight.tensor.DType;
import io.arclight.tensor.Layout;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Storage;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.CheckedOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes the zip file of a checkpoint: the pickle, and each storage once, aligned for mapping. */
final class TorchArchiveWriter {
  private static final String TOP = "archive/";
  private static final int ALIGNMENT = 64;
  private static final int ENTRY_HEADER = 30;
  private static final int EXTRA_HEADER = 4;

  /** Same bytes for same contents. */
  private static final LocalDateTime EPOCH = LocalDateTime.of(1980, 1, 1, 0, 0);

  /** A storage as seen by tensors of one dtype: PyTorch's have exactly one. */
  private record Memory(Storage storage, DType dtype) {}

  /** Where a tensor lies: in elements of the storage {@code key}. */
  record Place(String key, long elements, long offset, long[] strides) {}

  private final Map<Memory, String> keys = new HashMap<>();
  private final List<Tensor> storages = new ArrayList<>();

  private TorchArchiveWriter() {}

  Place place(Tensor tensor) {
    long elements = tensor.storage().bytes() / tensor.dtype().bytes();
    String key =
        keys.computeIfAbsent(
            new Memory(tensor.storage(), tensor.dtype()),
            memory -> {
              storages.add(tensor.detach().withLayout(Layout.contiguous(Shape.of(elements))));
              return Integer.toString(storages.size() - 1);
            });
    return new Place(key, elements, tensor.layout().offset(), tensor.strides());
  }

  static void write(OutputStream out, Object root) throws IOException {
    TorchArchiveWriter writer = new TorchArchiveWriter();
    byte[] pickle = PickleWriter.write(root, writer);
    Counter counter = new Counter(out);
    ZipOutputStream zip = new ZipOutputStream(counter);
    zip.setMethod(ZipOutputStream.STORED);
    CRC32 all = new CRC32();
    all.update(pickle);
    text(zip, counter, "data.pkl", pickle);
    text(zip, counter, "byteorder", "little");
    for (int i = 0; i < writer.storages.size(); i++) {
      Tensor storage = writer.storages.get(i);
      CRC32 sum = new CRC32();
      OutputStream nowhere = OutputStream.nullOutputStream();
      TensorBytes.write(storage, new CheckedOutputStream(nowhere, sum));
      all.update(Long.toString(sum.getValue()).getBytes(StandardCharsets.US_ASCII));
      long bytes = storage.elements() * storage.dtype().bytes();
      begin(zip, counter, "data/" + i, bytes, sum.getValue());
      TensorBytes.write(storage, zip);
    }
    text(zip, counter, "version", "3\n");
    text(zip, counter, ".data/serialization_id", "%040d".formatted(all.getValue()));
    zip.finish();
  }

  private static void text(ZipOutputStream zip, Counter counter, String name, String text)
      throws IOException {
    text(zip, counter, name, text.getBytes(StandardCharsets.US_ASCII));
  }

  private static void text(ZipOutputStream zip, Counter counter, String name, byte[] bytes)
      throws IOException {
    CRC32 sum = new CRC32();
    sum.update(bytes);
    begin(zip, counter, name, bytes.length, sum.getValue());
    zip.write(bytes);
  }

  private static void begin(
      ZipOutputStream zip, Counter counter, String record, long bytes, long sum)
      throws IOException {
    zip.closeEntry();
    ZipEntry entry = new ZipEntry(TOP + record);
    entry.setSize(bytes);
    entry.setCrc(sum);
    entry.setTimeLocal(EPOCH);
    // Padding that PyTorch's own files have too, so that torch.load(mmap=True) works well.
    long at = counter.count + ENTRY_HEADER + entry.getName().length() + EXTRA_HEADER;
    byte[] extra = new byte[EXTRA_HEADER + (int) (-at & (ALIGNMENT - 1))];
    extra[0] = 'F';
    extra[1] = 'B';
    extra[2] = (byte) (extra.length - EXTRA_HEADER);
    entry.setExtra(extra);
    zip.putNextEntry(entry);
  }

  private static final class Counter extends FilterOutputStream {
    private long count;

    Counter(OutputStream out) {
      super(out);
    }

    @Override
    public void write(int b) throws IOException {
      out.write(b);
      count++;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
      count += length;
    }
  }
}
