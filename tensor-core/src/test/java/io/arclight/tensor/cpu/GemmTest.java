package io.arclight.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.assertj.core.data.Offset.offset;

import com.sun.management.ThreadMXBean;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.memory.HalfFloats;
import io.arclight.tensor.memory.HostMemory;
import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.memory.Storage;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
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
        boolean accumulate = round % 3 == 0;
        Matrix a = Matrix.floats(transA ? k : m, transA ? m : k, random);
        Matrix b = Matrix.floats(transB ? n : k, transB ? k : n, random);
        Matrix c = Matrix.floats(m, n, random);
        if (!accumulate) {
          c.putFloat(0, 0, Float.NaN);
        }
        double[] expected = product(a, transA, b, transB, c, m, n, k, accumulate);
        library.multiply(
            new Product(
                DType.FLOAT32, transA, transB, m, n, k, a.stride, b.stride, c.stride, accumulate),
            a.address,
            b.address,
            c.address);
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
  void halvesAreSummedInFloatsAndRoundedOnce() {
    List<GemmLibrary> libraries = new ArrayList<>(List.of(GemmLibrary.JAVA));
    if (Gemm.multiplies(DType.BFLOAT16)) {
      libraries.add(GemmLibrary.ONEDNN);
    }
    for (GemmLibrary library : libraries) {
      for (int round = 0; round < 150; round++) {
        int m = size();
        int n = size();
        int k = round % 10 == 0 ? 700 : size();
        boolean transA = random.nextBoolean();
        boolean transB = random.nextBoolean();
        boolean accumulate = round % 3 == 0;
        Matrix a = Matrix.halves(transA ? k : m, transA ? m : k, random);
        Matrix b = Matrix.halves(transB ? n : k, transB ? k : n, random);
        Matrix c = Matrix.halves(m, n, random);
        if (!accumulate) {
          HostMemory.putInt16(c.address, HalfFloats.toBfloat16(Float.NaN));
        }
        double[] expected = product(a, transA, b, transB, c, m, n, k, accumulate);
        library.multiply(
            new Product(
                DType.BFLOAT16, transA, transB, m, n, k, a.stride, b.stride, c.stride, accumulate),
            a.address,
            b.address,
            c.address);
        for (int i = 0; i < m * n; i++) {
          // Half a unit in the last place of the result, and the rounding of sums in float32.
          double tolerance = Math.abs(expected[i]) * 0x1p-8 * 1.001 + 1e-7 * (1 + k);
          assertThat(c.value(i / n, i % n))
              .as("%s (%d, %d) x (%d, %d)", library, m, k, k, n)
              .isCloseTo(expected[i], offset(tolerance));
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
      boolean accumulate = round % 2 == 0;
      double[] expected = product(a, transA, b, transB, c, m, n, k, accumulate);
      single(
          new Product(
              DType.FLOAT64, transA, transB, m, n, k, a.stride, b.stride, c.stride, accumulate),
          a.address,
          b.address,
          c.address);
      for (int i = 0; i < m * n; i++) {
        assertThat(c.float64(i / n, i % n)).isCloseTo(expected[i], offset(1e-12 * (1 + k)));
      }
    }
  }

  @Test
  void tilesAgreeWithSumsInDouble() {
    for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64}) {
      int[][] shapes = {{2, 200, 900}, {3, 130, 520}, {16, 70, 800}, {9, 100, 1500}, {2, 9, 7000}};
      for (int[] shape : shapes) {
        tiled(dtype, false, true, shape[0], shape[1], shape[2]);
        tiled(dtype, false, false, shape[0], shape[1], shape[2]);
      }
      int[][] large = {{130, 100, 90}, {70, 33, 651}, {70, 33, 901}, {17, 300, 300}};
      for (int[] shape : large) {
        tiled(dtype, false, false, shape[0], shape[1], shape[2]);
        tiled(dtype, true, false, shape[0], shape[1], shape[2]);
      }
    }
  }

  private void tiled(DType dtype, boolean transA, boolean transB, int m, int n, int k) {
    boolean single = dtype == DType.FLOAT32;
    for (boolean accumulate : new boolean[] {false, true}) {
      Matrix a = real(single, transA ? k : m, transA ? m : k);
      Matrix b = real(single, transB ? n : k, transB ? k : n);
      Matrix c = real(single, m, n);
      double[] expected = product(a, transA, b, transB, c, m, n, k, accumulate);
      Product product =
          new Product(dtype, transA, transB, m, n, k, a.stride, b.stride, c.stride, accumulate);
      long columns = GemmTiles.columns(product);
      long rows = columns == 0 ? m : GemmTiles.rows(product, columns);
      assertThat(rows * columns * k).isLessThanOrEqualTo(1_000_000);
      single(product, a.address, b.address, c.address);
      for (int i = 0; i < m * n; i++) {
        assertThat(c.value(i / n, i % n))
            .as("%s", product)
            .isCloseTo(expected[i], offset((single ? 2e-5 : 1e-12) * (1 + k)));
      }
      assertThat(c.paddingIsUntouched()).isTrue();
    }
  }

  private Matrix real(boolean single, int rows, int columns) {
    return single ? Matrix.floats(rows, columns, random) : Matrix.doubles(rows, columns, random);
  }

  @Test
  void fewRowsAndDoublesAreTiled() {
    assumeThat(OneDnn.hasAvx512()).isTrue();
    Product rows = floats(false, true, 16, 768, 768, 768, 768, 768);
    assertThat(GemmTiles.columns(rows)).isEqualTo(64);
    assertThat(GemmTiles.rows(rows, 64)).isEqualTo(16);
    assertThat(GemmPlan.library(rows)).isEqualTo(GemmLibrary.OPENBLAS);
    assertThat(GemmTiles.columns(floats(false, true, 16, 768, 1024, 1024, 1024, 768)))
        .isEqualTo(32);
    assertThat(GemmTiles.columns(floats(false, true, 17, 768, 768, 768, 768, 768))).isZero();
    Product doubles = new Product(DType.FLOAT64, false, false, 500, 300, 200, 200, 300, 300, false);
    assertThat(GemmTiles.columns(doubles)).isEqualTo(32);
    assertThat(GemmTiles.rows(doubles, 32)).isEqualTo(128);
  }

  @Test
  void theBitsDoNotDependOnTheThreads() {
    int[][] shapes = {
      {11, 2000, 777},
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
        Product product = floats(false, transB, m, n, k, k, transB ? k : n, n);
        long rows = GemmPlan.rows(library, product);
        long columns = GemmPlan.columns(library, product);
        assertThat(rows).isBetween(1L, m);
        assertThat(columns).isBetween(1L, n);
        boolean tiles = library == GemmLibrary.OPENBLAS && GemmTiles.columns(product) > 0;
        if (!tiles && (rows < m || columns < n)) {
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
    single(
        new Product(DType.INT64, true, true, m, n, k, a.stride, b.stride, c.stride, false),
        a.address,
        b.address,
        c.address);
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
    single(
        new Product(DType.INT32, false, false, 2, 2, 2, x.stride, x.stride, 3, false),
        x.address,
        x.address,
        y.address);
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
      Product product = floats(false, false, m, n, k, a.stride, b.stride, c.stride);
      Gemm.multiply(
          product,
          batch,
          a.address,
          4L * m * a.stride,
          b.address,
          4L * k * b.stride,
          c.address,
          4L * m * c.stride);
      for (int i = 0; i < batch; i++) {
        single(product, a.at(i * m, 0), b.at(i * k, 0), single.address);
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
    double[] expected = product(a, false, b, false, c, 1, 1, 8, false);
    for (boolean transB : new boolean[] {false, true}) {
      Matrix right = transB ? Matrix.floats(1, 8, random) : b;
      for (int i = 0; i < 8 && transB; i++) {
        right.putFloat(0, i, b.float32(i, 0));
      }
      single(
          floats(false, transB, 1, 1, 8, 1, transB ? 1 : b.stride, 1),
          a.address,
          right.address,
          c.address);
      assertThat((double) c.float32(0, 0)).isCloseTo(expected[0], offset(1e-5));
    }
  }

  @Test
  void callsOnOneThreadAllocateNothing() {
    Workers.threads(1);
    Matrix a = Matrix.floats(300, 300, random);
    Matrix b = Matrix.floats(300, 300, random);
    Matrix c = Matrix.floats(300, 300, random);
    Product small = floats(false, false, 4, 4, 4, a.stride, b.stride, c.stride);
    Product thin = floats(false, false, 300, 4, 300, a.stride, b.stride, c.stride);
    ThreadMXBean bean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long allocated = 0;
    for (int round = 0; round < 3; round++) {
      long before = bean.getThreadAllocatedBytes(Thread.currentThread().getId());
      for (int i = 0; i < 200; i++) {
        single(small, a.address, b.address, c.address);
        single(thin, a.address, b.address, c.address);
      }
      allocated = bean.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
    }
    assertThat(allocated).isLessThan(4_000);
  }

  private int size() {
    return SIZES[random.nextInt(SIZES.length)];
  }

  private static Product floats(
      boolean transA, boolean transB, long m, long n, long k, long lda, long ldb, long ldc) {
    return new Product(DType.FLOAT32, transA, transB, m, n, k, lda, ldb, ldc, false);
  }

  private static void single(Product product, long a, long b, long c) {
    Gemm.multiply(product, 1, a, 0, b, 0, c, 0);
  }

  private static void multiply(Matrix a, boolean transB, Matrix b, Matrix c, int m, int n, int k) {
    single(
        floats(false, transB, m, n, k, a.stride, b.stride, c.stride),
        a.address,
        b.address,
        c.address);
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
      boolean accumulate) {
    double[] result = new double[m * n];
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        double sum = 0;
        for (int p = 0; p < k; p++) {
          sum += a.value(transA ? p : i, transA ? i : p) * b.value(transB ? j : p, transB ? p : j);
        }
        result[i * n + j] = sum + (accumulate ? c.value(i, j) : 0);
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

    static Matrix halves(int rows, int columns, Random random) {
      Matrix matrix = new Matrix(rows, columns, 2);
      for (int i = 0; i < rows * columns; i++) {
        short bits = HalfFloats.toBfloat16(random.nextFloat() - 0.5f);
        HostMemory.putInt16(matrix.at(i / columns, i % columns), bits);
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
      if (bytes == 2) {
        return HalfFloats.fromBfloat16(HostMemory.int16(at(row, column)));
      }
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
