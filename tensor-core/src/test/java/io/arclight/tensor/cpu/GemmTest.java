package io.arclight.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import com.sun.management.ThreadMXBean;
import io.arclight.tensor.Device;
import io.arclight.tensor.memory.HostMemory;
import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.memory.Storage;
import java.lang.management.ManagementFactory;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class GemmTest {
  private static final int[] SIZES = {1, 2, 3, 7, 16, 33, 70, 150};

  private final Random random = new Random(7);
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    Workers.threads(0);
    scope.close();
  }

  @Test
  void bothLibrariesAreHere() {
    assertThat(OpenBlas.available()).isTrue();
    assertThat(OneDnn.available()).isTrue();
  }

  @Test
  void floatsAgreeWithSumsInDouble() {
    for (GemmLibrary library : GemmLibrary.values()) {
      for (int round = 0; round < 150; round++) {
        int m = size();
        int n = size();
        int k = size();
        boolean transA = random.nextBoolean();
        boolean transB = random.nextBoolean();
        float beta = round % 3 == 0 ? 0.5f : 0;
        Matrix a = Matrix.floats(transA ? k : m, transA ? m : k, random);
        Matrix b = Matrix.floats(transB ? n : k, transB ? k : n, random);
        Matrix c = Matrix.floats(m, n, random);
        if (beta == 0) {
          c.putFloat(0, 0, Float.NaN);
        }
        double[] expected = product(a, transA, b, transB, c, m, n, k, 1.5, beta);
        library.multiply(
            4, transA, transB, m, n, k, 1.5, a.address, a.stride, b.address, b.stride, beta,
            c.address, c.stride);
        for (int i = 0; i < m * n; i++) {
          assertThat((double) c.float32(i / n, i % n))
              .as("%s (%d, %d) x (%d, %d)", library, m, k, k, n)
              .isCloseTo(expected[i], offset(2e-5 * (1 + k)));
        }
        assertThat(c.paddingIsUntouched()).isTrue();
      }
    }
  }

  @Test
  void doublesAgreeWithJava() {
    for (int round = 0; round < 100; round++) {
      int m = size();
      int n = size();
      int k = round % 10 == 0 ? 0 : size();
      boolean transA = random.nextBoolean();
      boolean transB = random.nextBoolean();
      Matrix a = Matrix.doubles(transA ? k : m, transA ? m : k, random);
      Matrix b = Matrix.doubles(transB ? n : k, transB ? k : n, random);
      Matrix c = Matrix.doubles(m, n, random);
      double[] expected = product(a, transA, b, transB, c, m, n, k, 2, -1);
      Gemm.dgemm(
          transA, transB, m, n, k, 2, a.address, a.stride, b.address, b.stride, -1, c.address,
          c.stride);
      for (int i = 0; i < m * n; i++) {
        assertThat(c.float64(i / n, i % n)).isCloseTo(expected[i], offset(1e-12 * (1 + k)));
      }
    }
  }

  @Test
  void theBitsDoNotDependOnTheThreads() {
    int[][] shapes = {
      {64, 128, 784},
      {333, 517, 251},
      {1024, 10, 900},
      {16, 1500, 700},
      {700, 700, 700},
      {256, 1021, 1021}
    };
    for (int[] shape : shapes) {
      int m = shape[0];
      int n = shape[1];
      int k = shape[2];
      for (boolean transB : new boolean[] {false, true}) {
        Matrix a = Matrix.floats(m, k, random);
        Matrix b = Matrix.floats(transB ? n : k, transB ? k : n, random);
        Matrix one = Matrix.floats(m, n, random);
        Workers.threads(1);
        multiply(a, transB, b, one, m, n, k);
        for (int threads : new int[] {2, 3, 7}) {
          Workers.threads(threads);
          Matrix many = Matrix.floats(m, n, random);
          multiply(a, transB, b, many, m, n, k);
          assertThat(many.sameValues(one)).as("%d threads, m = %d", threads, m).isTrue();
        }
      }
    }
  }

  @Test
  void aPlanCoversTheMatrixInPiecesWorthTheirStart() {
    for (int i = 0; i < 2000; i++) {
      long m = 1L + random.nextInt(1 << random.nextInt(16));
      long n = 1L + random.nextInt(1 << random.nextInt(13));
      long k = 1L + random.nextInt(1 << random.nextInt(12));
      for (GemmLibrary library : GemmLibrary.values()) {
        boolean transB = i % 2 == 0;
        long rows = GemmPlan.rows(library, transB, m, n, k);
        long columns = GemmPlan.columns(library, transB, m, n, k);
        assertThat(rows).isBetween(1L, m);
        assertThat(columns).isBetween(1L, n);
        if (rows < m || columns < n) {
          assertThat(rows * columns * k).isGreaterThan(500_000);
        }
      }
    }
  }

  @Test
  void integersAreExactAndWrap() {
    int m = 5;
    int n = 4;
    int k = 3;
    Matrix a = Matrix.raw(k, m, 8);
    Matrix b = Matrix.raw(n, k, 8);
    Matrix c = Matrix.raw(m, n, 8);
    for (int i = 0; i < m * k; i++) {
      HostMemory.putInt64(a.at(i / m, i % m), random.nextLong());
    }
    for (int i = 0; i < k * n; i++) {
      HostMemory.putInt64(b.at(i / k, i % k), random.nextLong());
    }
    Gemm.igemm64(
        true, true, m, n, k, a.address, a.stride, b.address, b.stride, c.address, c.stride);
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        long sum = 0;
        for (int p = 0; p < k; p++) {
          sum += HostMemory.int64(a.at(p, i)) * HostMemory.int64(b.at(j, p));
        }
        assertThat(HostMemory.int64(c.at(i, j))).isEqualTo(sum);
      }
    }
    Matrix x = Matrix.raw(2, 2, 4);
    for (int i = 0; i < 4; i++) {
      HostMemory.putInt32(x.at(i / 2, i % 2), Integer.MAX_VALUE - i);
    }
    Matrix y = Matrix.raw(2, 2, 4);
    Gemm.igemm32(false, false, 2, 2, 2, x.address, x.stride, x.address, x.stride, y.address, 3);
    int max = Integer.MAX_VALUE;
    assertThat(HostMemory.int32(y.address)).isEqualTo(max * max + (max - 1) * (max - 2));
  }

  @Test
  void batchesAreTheSameAsSingles() {
    int m = 9;
    int n = 5;
    int k = 6;
    for (int batch : new int[] {0, 1, 3, 40}) {
      Matrix a = Matrix.floats(Math.max(1, batch) * m, k, random);
      Matrix b = Matrix.floats(Math.max(1, batch) * k, n, random);
      Matrix c = Matrix.floats(Math.max(1, batch) * m, n, random);
      Matrix single = Matrix.floats(m, n, random);
      Gemm.sgemmBatch(
          batch,
          false,
          false,
          m,
          n,
          k,
          1,
          a.address,
          a.stride,
          m * a.stride,
          b.address,
          b.stride,
          k * b.stride,
          0,
          c.address,
          c.stride,
          m * c.stride);
      for (int i = 0; i < batch; i++) {
        Gemm.sgemm(
            false,
            false,
            m,
            n,
            k,
            1,
            a.at(i * m, 0),
            a.stride,
            b.at(i * k, 0),
            b.stride,
            0,
            single.address,
            single.stride);
        for (int j = 0; j < m * n; j++) {
          assertThat(c.float32(i * m + j / n, j % n)).isEqualTo(single.float32(j / n, j % n));
        }
      }
    }
  }

  @Test
  void aSingleRowMayHaveAnyStride() {
    Matrix a = Matrix.floats(1, 8, random);
    Matrix b = Matrix.floats(8, 1, random);
    Matrix c = Matrix.floats(1, 1, random);
    double[] expected = product(a, false, b, false, c, 1, 1, 8, 1, 0);
    for (boolean transB : new boolean[] {false, true}) {
      Matrix right = transB ? Matrix.floats(1, 8, random) : b;
      for (int i = 0; i < 8 && transB; i++) {
        right.putFloat(0, i, b.float32(i, 0));
      }
      Gemm.sgemm(
          false,
          transB,
          1,
          1,
          8,
          1,
          a.address,
          1,
          right.address,
          transB ? 1 : b.stride,
          0,
          c.address,
          1);
      assertThat((double) c.float32(0, 0)).isCloseTo(expected[0], offset(1e-5));
    }
  }

  @Test
  void callsOnOneThreadAllocateNothing() {
    Workers.threads(1);
    Matrix a = Matrix.floats(300, 300, random);
    Matrix b = Matrix.floats(300, 300, random);
    Matrix c = Matrix.floats(300, 300, random);
    ThreadMXBean bean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long allocated = 0;
    for (int round = 0; round < 3; round++) {
      long before = bean.getThreadAllocatedBytes(Thread.currentThread().getId());
      for (int i = 0; i < 200; i++) {
        multiply(a, false, b, c, 4, 4, 4);
        multiply(a, false, b, c, 300, 4, 300);
      }
      multiply(a, false, b, c, 300, 300, 300);
      allocated = bean.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
    }
    assertThat(allocated).isLessThan(4_000);
  }

  private int size() {
    return SIZES[random.nextInt(SIZES.length)];
  }

  private static void multiply(Matrix a, boolean transB, Matrix b, Matrix c, int m, int n, int k) {
    Gemm.sgemm(
        false, transB, m, n, k, 1, a.address, a.stride, b.address, b.stride, 0, c.address,
        c.stride);
  }

  private static double[] product(
      Matrix a,
      boolean transA,
      Matrix b,
      boolean transB,
      Matrix c,
      int m,
      int n,
      int k,
      double alpha,
      double beta) {
    double[] result = new double[m * n];
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        double sum = 0;
        for (int p = 0; p < k; p++) {
          sum += a.value(transA ? p : i, transA ? i : p) * b.value(transB ? j : p, transB ? p : j);
        }
        result[i * n + j] = alpha * sum + (beta == 0 ? 0 : beta * c.value(i, j));
      }
    }
    return result;
  }

  /** A row-major matrix with three elements of padding after each row. */
  private static final class Matrix {
    private static final int PADDING = 3;
    private static final byte FILL = 0x5a;

    private final Storage storage;
    private final int bytes;
    private final int rows;
    private final int columns;
    final long address;
    final long stride;

    private Matrix(int rows, int columns, int bytes) {
      this.rows = rows;
      this.columns = columns;
      this.bytes = bytes;
      stride = (long) columns + PADDING;
      storage = Storage.allocate(Device.CPU, rows * stride * bytes);
      address = storage.address();
      HostMemory.fill(address, storage.bytes(), FILL);
    }

    static Matrix raw(int rows, int columns, int bytes) {
      return new Matrix(rows, columns, bytes);
    }

    static Matrix floats(int rows, int columns, Random random) {
      Matrix matrix = new Matrix(rows, columns, 4);
      for (int i = 0; i < rows * columns; i++) {
        matrix.putFloat(i / columns, i % columns, random.nextFloat() - 0.5f);
      }
      return matrix;
    }

    static Matrix doubles(int rows, int columns, Random random) {
      Matrix matrix = new Matrix(rows, columns, 8);
      for (int i = 0; i < rows * columns; i++) {
        HostMemory.putFloat64(matrix.at(i / columns, i % columns), random.nextDouble() - 0.5);
      }
      return matrix;
    }

    long at(int row, int column) {
      return address + bytes * (row * stride + column);
    }

    void putFloat(int row, int column, float value) {
      HostMemory.putFloat32(at(row, column), value);
    }

    float float32(int row, int column) {
      return HostMemory.float32(at(row, column));
    }

    double float64(int row, int column) {
      return HostMemory.float64(at(row, column));
    }

    double value(int row, int column) {
      return bytes == 4 ? float32(row, column) : float64(row, column);
    }

    boolean sameValues(Matrix other) {
      for (int i = 0; i < rows * columns; i++) {
        long here = at(i / columns, i % columns);
        if (HostMemory.int32(here) != HostMemory.int32(other.at(i / columns, i % columns))) {
          return false;
        }
      }
      return true;
    }

    boolean paddingIsUntouched() {
      for (int row = 0; row < rows; row++) {
        for (int i = 0; i < PADDING * bytes; i++) {
          if (HostMemory.int8(at(row, columns) + i) != FILL) {
            return false;
          }
        }
      }
      return true;
    }
  }
}
