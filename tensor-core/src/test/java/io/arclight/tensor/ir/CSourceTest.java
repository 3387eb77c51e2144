package io.arclight.tensor.ir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All sample kernels compiled by the host's C compiler give the interpreter's bits. */
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class CSourceTest {
  private static final Logger LOG = LoggerFactory.getLogger(CSourceTest.class);

  /**
   * Reads launches from a file: kernel number, rows, counts, buffers' sizes and contents,
   * parameters; writes the buffers and the error slot to standard output.
   */
  private static final String MAIN =
      """
      #include <stdio.h>
      #include <stdlib.h>
      int main(int argc, char **argv) {
        FILE *file = fopen(argv[1], "rb");
        long long head[4];
        while (fread(head, 8, 4, file) == 4) {
          long long args[64];
          long long sizes[64];
          for (int i = 0; i < head[2]; i++) {
            if (fread(&sizes[i], 8, 1, file) != 1) return 2;
            args[i] = (long long)malloc(sizes[i] + 1);
            if (fread((void *)args[i], 1, sizes[i], file) != sizes[i]) return 3;
          }
          if (fread(args + head[2], 8, head[3], file) != head[3]) return 4;
          long long error[4] = {0, 0, 0, 0};
          args[head[2] + head[3]] = (long long)error;
          kernels[head[0]](args, 0, head[1]);
          for (int i = 0; i < head[2]; i++) {
            fwrite((void *)args[i], 1, sizes[i], stdout);
            free((void *)args[i]);
          }
          fwrite(error, 8, 3, stdout);
        }
        return 0;
      }
      """;

  @TempDir Path folder;

  @Test
  void hostCompilerGivesTheSameBits() throws Exception {
    assumeTrue(present("cc"), "no C compiler (cc) on the path");
    List<KernelSample> samples = KernelSamples.all();
    StringBuilder source = new StringBuilder(CSource.prologue());
    StringBuilder table = new StringBuilder();
    for (int i = 0; i < samples.size(); i++) {
      source.append(CSource.function(samples.get(i).kernel(), "kernel" + i));
      table.append("kernel").append(i).append(", ");
    }
    source.append("void (*kernels[])(const long long *, long long, long long) = {");
    source.append(table).append("};\n").append(MAIN);
    Path program = compile(source.toString());
    Path input = folder.resolve("launches");
    Files.write(input, launches(samples));
    Path output = folder.resolve("results");
    Process process =
        new ProcessBuilder(program.toString(), input.toString())
            .redirectOutput(output.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    finish(process);

    ByteBuffer results = ByteBuffer.wrap(Files.readAllBytes(output)).order(ByteOrder.nativeOrder());
    for (KernelSample sample : samples) {
      KernelSample.Outcome expected = sample.run(Interpreter::compile);
      for (int i = 0; i < expected.buffers().size(); i++) {
        Type type = sample.kernel().buffers().get(i).type();
        assertThat(KernelSample.bits(type, read(results, expected.buffers().get(i))))
            .as(sample.name())
            .isEqualTo(sample.bits(expected, i));
      }
      assertThat((long[]) read(results, new long[3])).as(sample.name()).isEqualTo(expected.error());
    }
    assertThat(results.hasRemaining()).isFalse();
  }

  @Test
  void cudaCompilerAcceptsAllKernels() throws Exception {
    assumeTrue(present("nvcc"), "no CUDA compiler (nvcc) on the path");
    StringBuilder source = new StringBuilder(CSource.prologue());
    List<KernelSample> samples = KernelSamples.all();
    for (int i = 0; i < samples.size(); i++) {
      source.append(CSource.function(samples.get(i).kernel(), "kernel" + i));
    }
    Path file = folder.resolve("kernels.cu");
    Files.writeString(file, source);
    String cubin = folder.resolve("kernels.cubin").toString();
    finish(
        new ProcessBuilder(
                "nvcc", "-w", "-cubin", "-arch=sm_90", "--fmad=false", "-o", cubin, file.toString())
            .inheritIO()
            .start());
  }

  @Test
  void textIsReadable() {
    KernelSample axpy =
        KernelSamples.all().stream()
            .filter(s -> s.name().equals("inPlaceAxpy"))
            .findFirst()
            .orElseThrow();
    assertThat(CSource.function(axpy.kernel(), CSource.name(axpy.kernel())))
        .isEqualTo(
            """
            KERNEL void kernel_inPlaceAxpy(const long long *args, long long begin, long long end) {
              const float *b0 = (const float *)args[0];
              float *b1 = (float *)args[1];
              long long *error = (long long *)args[3];
              (void)error;
              FOR_ROWS(v_row, begin, end) {
                b1[v_row] = (b1[v_row] + (as_f32((int)args[2]) * b0[v_row]));
              }
            }
            """);
  }

  private Path compile(String source) throws IOException, InterruptedException {
    Path file = folder.resolve("kernels.c");
    Files.writeString(file, source);
    Path program = folder.resolve("kernels");
    String[] command = {
      "cc",
      "-O1",
      "-std=gnu99",
      "-ffp-contract=off",
      "-fno-strict-aliasing",
      "-w",
      "-o",
      program.toString(),
      file.toString(),
      "-lm"
    };
    long start = System.nanoTime();
    finish(new ProcessBuilder(command).inheritIO().start());
    LOG.info(
        "cc took {} ms for {} characters",
        (System.nanoTime() - start) / 1_000_000,
        source.length());
    return program;
  }

  private static byte[] launches(List<KernelSample> samples) {
    List<byte[]> parts = new ArrayList<>();
    for (int i = 0; i < samples.size(); i++) {
      KernelSample sample = samples.get(i);
      int params = sample.params().size();
      parts.add(longs(i, sample.rows(), sample.buffers().size(), params));
      for (Object buffer : sample.buffers()) {
        byte[] bytes = bytes(buffer);
        parts.add(longs(bytes.length));
        parts.add(bytes);
      }
      for (int p = 0; p < params; p++) {
        parts.add(
            longs(KernelSample.bits(sample.kernel().params().get(p), sample.params().get(p))));
      }
    }
    ByteBuffer all = ByteBuffer.allocate(parts.stream().mapToInt(p -> p.length).sum());
    parts.forEach(all::put);
    return all.array();
  }

  private static byte[] longs(long... values) {
    return bytes(values);
  }

  private static byte[] bytes(Object array) {
    int width = array instanceof short[] ? Short.BYTES : TypedArrays.type(array).bytes();
    ByteBuffer buffer =
        ByteBuffer.allocate(width * Array.getLength(array)).order(ByteOrder.nativeOrder());
    if (array instanceof double[] doubles) {
      buffer.asDoubleBuffer().put(doubles);
    } else if (array instanceof float[] floats) {
      buffer.asFloatBuffer().put(floats);
    } else if (array instanceof long[] longs) {
      buffer.asLongBuffer().put(longs);
    } else if (array instanceof int[] ints) {
      buffer.asIntBuffer().put(ints);
    } else if (array instanceof short[] shorts) {
      buffer.asShortBuffer().put(shorts);
    } else {
      buffer.put((byte[]) array);
    }
    return buffer.array();
  }

  /** The next array of the same type and length. */
  private static Object read(ByteBuffer from, Object like) {
    int length = Array.getLength(like);
    Object array = Array.newInstance(like.getClass().getComponentType(), length);
    for (int i = 0; i < length; i++) {
      if (array instanceof double[] doubles) {
        doubles[i] = from.getDouble();
      } else if (array instanceof float[] floats) {
        floats[i] = from.getFloat();
      } else if (array instanceof long[] longs) {
        longs[i] = from.getLong();
      } else if (array instanceof int[] ints) {
        ints[i] = from.getInt();
      } else if (array instanceof short[] shorts) {
        shorts[i] = from.getShort();
      } else {
        ((byte[]) array)[i] = from.get();
      }
    }
    return array;
  }

  private static boolean present(String compiler) {
    try {
      Process process = new ProcessBuilder(compiler, "--version").redirectErrorStream(true).start();
      process.getInputStream().readAllBytes();
      finish(process);
      return true;
    } catch (IOException e) {
      LOG.info("{} not found: {}", compiler, e.getMessage());
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static void finish(Process process) throws InterruptedException {
    if (!process.waitFor(200, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("process did not end in 200 s");
    }
    assertThat(process.exitValue()).isZero();
  }
}
