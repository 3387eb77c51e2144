package io.arclight.spark.launch;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.UncheckedIOException;

/** Values as bytes between driver and ranks, over connections that Spark has authenticated. */
final class Wire {
  private Wire() {}

  static byte[] encode(Object value) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(value);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot send " + value.getClass().getName(), e);
    }
    return bytes.toByteArray();
  }

  /** Reads a value whose classes are ours or in the thread's context class loader. */
  static Object decode(byte[] bytes) throws ClassNotFoundException {
    try (ObjectInputStream in = new ContextObjectInputStream(new ByteArrayInputStream(bytes))) {
      return in.readObject();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read what was sent", e);
    }
  }

  static Message message(byte[] bytes) {
    try {
      return (Message) decode(bytes);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(
          "Driver and executors run different versions of Arclight: " + e.getMessage(), e);
    }
  }

  private static final class ContextObjectInputStream extends ObjectInputStream {
    ContextObjectInputStream(InputStream in) throws IOException {
      super(in);
    }

    @Override
    protected Class<?> resolveClass(ObjectStreamClass description)
        throws IOException, ClassNotFoundException {
      ClassLoader context = Thread.currentThread().getContextClassLoader();
      if (context != null) {
        try {
          return Class.forName(description.getName(), false, context);
        } catch (ClassNotFoundException e) {
          // Threads of Spark's RPC may have a loader that does not know Arclight.
          return super.resolveClass(description);
        }
      }
      return super.resolveClass(description);
    }
  }
}
