package io.arclight.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.cpu.RepeatedProduct.Side;
import io.arclight.tensor.memory.HostMemory;
import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.memory.Storage;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RepeatedProductTest {
  private final Random random = new Random(3);

  /** Few and many columns, and depths at which rows are cut, panels are whole, and none fit. */
  private static final int[][] MATRICES = {{40, 30}, {64, 64}, {200, 33}, {70, 900}, {90, 2100}};

  @Test
  void allUsesOfAllNumbersOfRowsAgreeWithSumsInDouble() {
    for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64}) {
      for (int[] matrix : MATRICES) {
        for (Side side : Side.values()) {
          for (boolean accumulate : new boolean[] {false, true}) {
            for (int uses : new int[] {1, 100}) {
              try (Scope scope = Scope.open()) {
                check(dtype, side, matrix[0], matrix[1], accumulate, uses);
              }
            }
          }
        }
      }
    }
  }

  private void check(DType dtype, Side side, int n, int k, boolean accumulate, int uses) {
    Matrix b = new Matrix(dtype, side == Side.PLAIN ? k : n, side == Side.PLAIN ? n : k);
    try (RepeatedProduct product =
        new RepeatedProduct(dtype, side, n, k, b.at(0, 0), accumulate, uses)) {
      for (int m : new int[] {1, 2, 16, 19, 32}) {
        Matrix a = new Matrix(dtype, m, k);
        Matrix c = new Matrix(dtype, m, n);
        double[] expected = new double[m * n];
        // Behind the use with which the form changes, where it does so late.
        for (int use = 0; use < (uses == 1 ? 6 : 1); use++) {
          for (int i = 0; i < m * n; i++) {
            double sum = accumulate ? c.value(i / n, i % n) : 0;
            for (int p = 0; p < k; p++) {
              int j = i % n;
              sum += a.value(i / n, p) * (side == Side.PLAIN ? b.value(p, j) : b.value(j, p));
            }
            expected[i] = sum;
          }
          product.multiply(m, a.at(0, 0), c.at(0, 0));
          double tolerance = (dtype == DType.FLOAT32 ? 2e-6 : 1e-14) * (10 + k);
          for (int i = 0; i < m * n; i++) {
            assertThat(c.value(i / n, i % n))
                .as("%s, %s: %d rows by (%d, %d)", dtype, side, m, k, n)
                .isCloseTo(expected[i], offset(tolerance));
          }
        }
      }
    }
  }

  /** Row by row, without gaps. */
  private final class Matrix {
    private final DType dtype;
    private final int columns;
    private final Storage storage;

    Matrix(DType dtype, int rows, int columns) {
      this.dtype = dtype;
      this.columns = columns;
      storage = Storage.allocate(Device.CPU, (long) rows * columns * dtype.bytes());
      for (int i = 0; i < rows * columns; i++) {
        if (dtype == DType.FLOAT32) {
          HostMemory.putFloat32(at(0, i), random.nextFloat() - 0.5f);
        } else {
          HostMemory.putFloat64(at(0, i), random.nextDouble() - 0.5);
        }
      }
    }

    long at(int row, int column) {
      return storage.address() + ((long) row * columns + column) * dtype.bytes();
    }

    double value(int row, int column) {
      long address = at(row, column);
      return dtype == DType.FLOAT32 ? HostMemory.float32(address) : HostMemory.float64(address);
    }
  }
}
