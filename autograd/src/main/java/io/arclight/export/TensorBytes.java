package io.arclight.export;

import io.arclight.autograd.Autograd;
import io.arclight.data.blob.MalformedFileException;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.HostMemory;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ref.Reference;
import java.util.Collection;

/** Elements of tensors as a stream of little-endian bytes, in row-major order. */
final class TensorBytes {
  static final int CHUNK = 1 << 16;

  private TensorBytes() {}

  /** How many there are of all {@code tensors}. */
  static long count(Collection<Tensor> tensors) {
    return tensors.stream().mapToLong(t -> t.elements() * t.dtype().bytes()).sum();
  }

  static void write(Tensor tensor, OutputStream out) throws IOException {
    try (Context.Restore mode = Autograd.noGrad();
        Scope scope = Scope.open()) {
      Tensor dense = tensor.contiguous().to(Device.CPU);
      byte[] chunk = new byte[CHUNK];
      long bytes = dense.elements() * dense.dtype().bytes();
      for (long at = 0; at < bytes; at += CHUNK) {
        int count = (int) Math.min(CHUNK, bytes - at);
        HostMemory.copy(dense.address() + at, chunk, 0, count);
        out.write(chunk, 0, count);
      }
      Reference.reachabilityFence(dense);
    }
  }

  /** Fills a contiguous tensor on the CPU. */
  static void read(InputStream in, Tensor tensor, String what) throws IOException {
    byte[] chunk = new byte[CHUNK];
    long bytes = tensor.elements() * tensor.dtype().bytes();
    for (long at = 0; at < bytes; at += CHUNK) {
      int count = (int) Math.min(CHUNK, bytes - at);
      int got = in.readNBytes(chunk, 0, count);
      if (got < count) {
        throw new MalformedFileException(
            what + " is cut off: the file ends after " + (at + got) + " of " + bytes + " bytes");
      }
      if (tensor.dtype() == DType.BOOL) {
        requireBools(chunk, count);
      }
      HostMemory.copy(chunk, 0, tensor.address() + at, count);
    }
    Reference.reachabilityFence(tensor);
  }

  /** Kernels rely on 0 and 1; other bytes count as true, as in PyTorch. */
  private static void requireBools(byte[] chunk, int count) {
    for (int i = 0; i < count; i++) {
      chunk[i] = (byte) (chunk[i] == 0 ? 0 : 1);
    }
  }
}
