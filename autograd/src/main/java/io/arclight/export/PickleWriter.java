package io.arclight.export;

import io.arclight.tensor.Complex;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Writes objects as a pickle of protocol 2, as PyTorch's checkpoints are. */
final class PickleWriter {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final TorchArchiveWriter storages;

  private PickleWriter(TorchArchiveWriter storages) {
    this.storages = storages;
  }

  /** The pickle of {@code root}; storages of its tensors are added to {@code storages}. */
  static byte[] write(Object root, TorchArchiveWriter storages) {
    PickleWriter writer = new PickleWriter(storages);
    writer.out.write(0x80);
    writer.out.write(2);
    writer.put(root, "", 0);
    writer.out.write('.');
    return writer.out.toByteArray();
  }

  private void put(Object value, String at, int depth) {
    if (depth > PickleTree.MAX_DEPTH) {
      throw new IllegalArgumentException(
          at.substring(0, 60)
              + "...: objects are nested more than "
              + PickleTree.MAX_DEPTH
              + " deep; does one contain itself?");
    }
    if (value == null) {
      out.write('N');
    } else if (value instanceof Boolean flag) {
      out.write(flag ? 0x88 : 0x89);
    } else if (value instanceof String text) {
      text(text);
    } else if (value instanceof Tensor tensor) {
      tensor(tensor);
    } else if (value instanceof DType dtype) {
      global("torch", dtype.toString());
    } else if (value instanceof Number number) {
      number(number, at);
    } else if (value instanceof byte[] bytes) {
      global("_codecs", "encode");
      call(
          () -> {
            text(new String(bytes, StandardCharsets.ISO_8859_1));
            text("latin1");
          });
    } else if (value instanceof Shape shape) {
      global("torch", "Size");
      call(() -> longs(shape.toArray()));
    } else if (value instanceof Device device) {
      device(device);
    } else {
      collection(value, at, depth);
    }
  }

  private void collection(Object value, String at, int depth) {
    if (value instanceof Map<?, ?> map) {
      out.write('}');
      out.write('(');
      map.forEach(
          (key, item) -> {
            put(requireKey(key, at), at, depth + 1);
            put(item, at + "['" + key + "']", depth + 1);
          });
      out.write('u');
    } else if (value instanceof Set<?> set) {
      global("__builtin__", "set");
      call(
          () -> {
            set.forEach(item -> requireKey(item, at));
            items(set, at, depth);
          });
    } else if (value instanceof Tuple tuple) {
      out.write('(');
      each(tuple, at, depth);
      out.write('t');
    } else if (value instanceof Collection<?> items) {
      items(items, at, depth);
    } else {
      throw new IllegalArgumentException(
          "TorchFile.save: "
              + (at.isEmpty() ? "the root" : "root" + at)
              + " is a "
              + value.getClass().getName()
              + ": checkpoints hold tensors, numbers, text, bytes and maps, lists and sets of"
              + " those");
    }
  }

  private void items(Collection<?> items, String at, int depth) {
    out.write(']');
    out.write('(');
    each(items, at, depth);
    out.write('e');
  }

  private void each(Collection<?> items, String at, int depth) {
    int i = 0;
    for (Object item : items) {
      put(item, at + "[" + i++ + "]", depth + 1);
    }
  }

  private static Object requireKey(Object key, String at) {
    boolean javaNumber = key instanceof Number && !(key instanceof Tensor);
    if (!javaNumber && !PickleTree.isKey(key)) {
      throw new IllegalArgumentException(
          "TorchFile.save: root"
              + at
              + ": "
              + PickleTree.kind(key)
              + " cannot be a key; text, numbers, null and tuples of those can");
    }
    return key;
  }

  private void number(Number value, String at) {
    if (value instanceof Complex complex) {
      global("__builtin__", "complex");
      call(
          () -> {
            float64(complex.re());
            float64(complex.im());
          });
    } else if (value instanceof Double || value instanceof Float) {
      float64(value.doubleValue());
    } else if (value instanceof BigInteger big) {
      integer(big);
    } else if (List.of(Byte.class, Short.class, Integer.class, Long.class)
        .contains(value.getClass())) {
      integer(value.longValue());
    } else {
      throw new IllegalArgumentException(
          "TorchFile.save: root"
              + at
              + " is a "
              + value.getClass().getName()
              + ", which Python"
              + " has no number for");
    }
  }

  private void float64(double value) {
    out.write('G');
    big(8, Double.doubleToLongBits(value));
  }

  private void integer(long value) {
    if (value == (int) value) {
      out.write('J');
      little(4, value);
    } else {
      integer(BigInteger.valueOf(value));
    }
  }

  private void integer(BigInteger value) {
    byte[] big = value.toByteArray();
    if (big.length > Unpickler.MAX_NUMBER_BYTES - 1) {
      throw new IllegalArgumentException(
          "TorchFile.save: a number of " + big.length + " bytes is too large");
    }
    out.write(0x8a);
    out.write(big.length);
    for (int i = big.length - 1; i >= 0; i--) {
      out.write(big[i]);
    }
  }

  private void text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.write('X');
    little(4, bytes.length);
    out.writeBytes(bytes);
  }

  private void longs(long[] values) {
    out.write('(');
    for (long value : values) {
      integer(value);
    }
    out.write('t');
  }

  private void device(Device device) {
    if (device.kind() == Device.Kind.QUEUE) {
      throw new IllegalArgumentException("TorchFile.save: PyTorch has no device " + device);
    }
    global("torch", "device");
    call(
        () -> {
          text(device.kind() == Device.Kind.CUDA ? "cuda" : "cpu");
          if (device.kind() == Device.Kind.CUDA) {
            integer(device.index());
          }
        });
  }

  private void tensor(Tensor tensor) {
    TorchArchiveWriter.Place place = storages.place(tensor);
    global("torch._utils", "_rebuild_tensor_v2");
    call(
        () -> {
          out.write('(');
          text("storage");
          global("torch", StorageType.name(tensor.dtype()));
          text(place.key());
          text("cpu");
          integer(place.elements());
          out.write('t');
          out.write('Q');
          integer(place.offset());
          longs(tensor.shape().toArray());
          longs(place.strides());
          out.write(tensor.requiresGrad() ? 0x88 : 0x89);
          global("collections", "OrderedDict");
          call(() -> {});
        });
  }

  private void global(String module, String name) {
    out.write('c');
    out.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
  }

  /** Calls the function on the stack with what {@code arguments} writes. */
  private void call(Runnable arguments) {
    out.write('(');
    arguments.run();
    out.write('t');
    out.write('R');
  }

  private void little(int bytes, long value) {
    ByteBuffer buffer = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value);
    out.write(buffer.array(), 0, bytes);
  }

  private void big(int bytes, long value) {
    out.write(ByteBuffer.allocate(8).putLong(value).array(), 8 - bytes, bytes);
  }
}
