package io.arclight.export;

import io.arclight.data.blob.MalformedFileException;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Layout;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.HostMemory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.Reference;
import java.util.HashMap;
import java.util.Map;

/** The storages of a checkpoint, each read once, when the first tensor needs it. */
final class TorchStorages implements AutoCloseable {
  private static final int MAX_RANK = 64;

  private final TorchArchive archive;
  private final Map<String, Stored> stored = new HashMap<>();

  TorchStorages(TorchArchive archive) {
    this.archive = archive;
  }

  /** Bytes in memory, shared by all that refer to them. */
  private static final class Stored {
    private final Tensor bytes;
    private final DType swapped;
    private boolean bools;

    Stored(Tensor bytes, DType swapped) {
      this.bytes = bytes;
      this.swapped = swapped;
    }

    /** Kernels rely on 0 and 1; other bytes count as true, as in PyTorch. */
    void requireBools() {
      for (long i = 0; !bools && i < bytes.elements(); i++) {
        long at = bytes.address() + i;
        HostMemory.putInt8(at, (byte) (HostMemory.int8(at) == 0 ? 0 : 1));
      }
      bools = true;
      Reference.reachabilityFence(bytes);
    }
  }

  /** What a pickle knows a storage as. */
  final class Handle {
    private final String key;
    private final StorageType type;
    private final long bytes;

    private Handle(String key, StorageType type, long bytes) {
      this.key = key;
      this.type = type;
      this.bytes = bytes;
    }

    /**
     * A tensor over this storage.
     *
     * @param as its dtype where the storage has none
     */
    Tensor view(DType as, long offset, long[] sizes, long[] strides, PickleInput in)
        throws MalformedFileException {
      DType dtype = as == null ? type.dtype() : as;
      if (dtype == null || type.dtype() != null && type.dtype() != dtype) {
        throw in.error("a tensor of " + dtype + " on a storage of " + type.dtype());
      }
      Shape shape = shape(sizes, in);
      long last = last(offset, shape, strides, in);
      if (last >= bytes / dtype.bytes()) {
        throw in.error(
            "a tensor of shape "
                + shape
                + " reaches element "
                + last
                + " of storage '"
                + key
                + "', which has "
                + bytes / dtype.bytes());
      }
      Stored memory = memory(this, dtype, in);
      if (dtype == DType.BOOL) {
        memory.requireBools();
      }
      Layout layout =
          shape.elements() == 0 ? Layout.contiguous(shape) : new Layout(shape, strides, offset);
      return memory.bytes.withLayout(layout, dtype);
    }

    private Shape shape(long[] sizes, PickleInput in) throws MalformedFileException {
      if (sizes.length > MAX_RANK) {
        throw in.error("a tensor of " + sizes.length + " dimensions; at most " + MAX_RANK);
      }
      try {
        return Shape.of(sizes);
      } catch (IllegalArgumentException | ArithmeticException e) {
        throw in.error("no shape: " + java.util.Arrays.toString(sizes));
      }
    }

    /** The place of the last element, -1 where there is none. */
    private long last(long offset, Shape shape, long[] strides, PickleInput in)
        throws MalformedFileException {
      boolean good = offset >= 0 && strides.length == shape.rank();
      long last = offset;
      try {
        for (int i = 0; good && i < strides.length; i++) {
          good = strides[i] >= 0;
          long steps = Math.max(0, shape.dim(i) - 1);
          last = Math.addExact(last, Math.multiplyExact(strides[i], steps));
        }
      } catch (ArithmeticException e) {
        good = false;
      }
      if (!good) {
        throw in.error(
            "offset "
                + offset
                + " and strides "
                + java.util.Arrays.toString(strides)
                + " do not fit shape "
                + shape);
      }
      return shape.elements() == 0 ? -1 : last;
    }
  }

  /** The storage of a persistent id: ('storage', type, key, location, elements). */
  Handle persistent(Object id, PickleInput in) throws MalformedFileException {
    if (!(id instanceof Tuple tuple)
        || tuple.size() != 5
        || !"storage".equals(tuple.get(0))
        || !(tuple.get(1) instanceof StorageType type)
        || !(tuple.get(2) instanceof String key)
        || !(tuple.get(4) instanceof Long elements)) {
      throw in.error("a persistent id is not that of a storage");
    }
    int width = type.dtype() == null ? 1 : type.dtype().bytes();
    long held = archive.storageBytes(key);
    if (elements < 0 || held % width != 0 || elements != held / width) {
      throw in.error(
          "storage '"
              + key
              + "' of "
              + elements
              + " elements of "
              + width
              + " bytes"
              + (held < 0 ? " is not in the file" : ", but the file holds " + held + " bytes"));
    }
    return new Handle(key, type, held);
  }

  private Stored memory(Handle handle, DType dtype, PickleInput in) throws MalformedFileException {
    DType swapped = archive.bigEndian() ? dtype : null;
    Stored known = stored.get(handle.key);
    if (known == null) {
      Tensor bytes = Tensor.allocate("torch file", Shape.of(handle.bytes), DType.UINT8, Device.CPU);
      known = new Stored(bytes, swapped);
      stored.put(handle.key, known);
      try {
        archive.readStorage(handle.key, bytes);
      } catch (MalformedFileException e) {
        throw e;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      if (swapped != null) {
        swap(bytes, dtype.toReal().bytes());
      }
    }
    if (known.swapped != swapped) {
      throw in.error(
          "storage '" + handle.key + "' is read as " + known.swapped + " and as " + swapped);
    }
    return known;
  }

  private static void swap(Tensor bytes, int width) {
    for (long i = 0; i < bytes.elements(); i += width) {
      long at = bytes.address() + i;
      switch (width) {
        case 2 -> HostMemory.putInt16(at, Short.reverseBytes(HostMemory.int16(at)));
        case 4 -> HostMemory.putInt32(at, Integer.reverseBytes(HostMemory.int32(at)));
        case 8 -> HostMemory.putInt64(at, Long.reverseBytes(HostMemory.int64(at)));
        default -> {}
      }
    }
    Reference.reachabilityFence(bytes);
  }

  static Tensor withGrad(Tensor tensor, boolean wanted, PickleInput in)
      throws MalformedFileException {
    if (wanted && !tensor.dtype().isDifferentiable()) {
      throw in.error("a tensor of " + tensor.dtype() + " requires a gradient");
    }
    return wanted ? tensor.detach().requiresGrad(true) : tensor;
  }

  /** Gives the memory of all storages back. */
  @Override
  public void close() {
    stored.values().forEach(s -> s.bytes.close());
  }
}
