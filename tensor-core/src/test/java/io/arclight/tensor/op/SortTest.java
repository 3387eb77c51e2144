package io.arclight.tensor.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Order;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.Unique;
import io.arclight.tensor.ValuesIndices;
import io.arclight.tensor.memory.Scope;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sorting and selecting against Java's stable sort, in rows short and long, with ties and NaN. */
@Timeout(120)
class SortTest {
  private static final int[] LENGTHS = {1, 2, 17, 39, 40, 41, 300, 4096, 4097, 70_000};

  /** Lengths of rows that are sorted in lanes of vectors, and the first that are not. */
  private static final int[] SHORT = {1, 2, 3, 4, 5, 7, 8, 9, 17, 63, 64, 100, 511, 512, 513};

  static Stream<DType> dtypes() {
    return Arrays.stream(DType.values())
        .filter(t -> t.isFloatingPoint() || t.isInteger() || t == DType.BOOL);
  }

  /** Rows of a few hundred different values, for floats with both zeros, infinities and NaN. */
  private static Tensor rows(DType dtype, int count, int n) {
    SampleInputs in = new SampleInputs(dtype, Device.CPU);
    if (dtype == DType.BOOL) {
      return in.any(count, n);
    }
    Tensor x = in.range(dtype == DType.UINT8 ? 0 : -100, 100, count, n);
    if (dtype == DType.INT64) {
      return x.mul(1L << 53).add(x);
    } else if (!dtype.isFloatingPoint()) {
      return x;
    }
    Tensor rounded = x.round();
    Tensor special = rounded.remainder(7).eq(0);
    x = rounded.mul(0.125).maskedFill(special.logicalAnd(rounded.gt(70)), Double.NaN);
    x = x.maskedFill(special.logicalAnd(rounded.lt(-70)), Double.POSITIVE_INFINITY);
    return x.mul(x.gt(3).to(dtype).mul(2).sub(1)); // among them zeros of both signs
  }

  private static int[] expected(Tensor x, int row, int n, Order order) {
    // Exact for every dtype: no int64 here has more than 53 different bits.
    double[] all = x.toDoubles();
    long[] integers = x.dtype().isFloatingPoint() ? null : x.toLongs();
    Comparator<Integer> natural =
        integers == null
            ? (a, b) -> compare(all[row * n + a], all[row * n + b])
            : (a, b) -> Long.compare(integers[row * n + a], integers[row * n + b]);
    return IntStream.range(0, n)
        .boxed()
        .sorted(order == Order.ASCENDING ? natural : natural.reversed())
        .mapToInt(i -> i)
        .toArray();
  }

  private static int compare(double a, double b) {
    return a == b ? 0 : Double.compare(a, b);
  }

  @ParameterizedTest
  @MethodSource("dtypes")
  void sortsStably(DType dtype) {
    for (int n : LENGTHS) {
      sortsStably(dtype, 2, n);
    }
    for (int n : SHORT) {
      sortsStably(dtype, 4, n);
      sortsStably(dtype, 19, n);
    }
    sortsStably(dtype, 1700, 41); // more than are in work at a time
  }

  private static void sortsStably(DType dtype, int rows, int n) {
    for (Order order : Order.values()) {
      try (Scope scope = Scope.open()) {
        Tensor x = rows(dtype, rows, n);
        ValuesIndices sorted = x.sort(1, order);
        double[] values = sorted.values().toDoubles();
        double[] indices = sorted.indices().toDoubles();
        double[] all = x.toDoubles();
        for (int row = 0; row < rows; row++) {
          int[] places = expected(x, row, n, order);
          for (int i = 0; i < n; i++) {
            // Values with their own signs, where they are zeros.
            if (indices[row * n + i] != places[i]
                || Double.compare(values[row * n + i], all[row * n + places[i]]) != 0) {
              fail("%s %d x %d %s: row %d, place %d", dtype, rows, n, order, row, i);
            }
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dtypes")
  void selectsWhatSortingPutsThere(DType dtype) {
    for (int n : LENGTHS) {
      selectsWhatSortingPutsThere(dtype, 2, n);
    }
    for (int n : SHORT) {
      selectsWhatSortingPutsThere(dtype, 19, n);
    }
  }

  private static void selectsWhatSortingPutsThere(DType dtype, int rows, int n) {
    try (Scope scope = Scope.open()) {
      Tensor x = rows(dtype, rows, n);
      for (int k : new int[] {1, 2, 24, 25, 1000, n / 3, n / 2, n}) {
        if (k < 1 || k > n) {
          continue;
        }
        for (Order order : Order.values()) {
          double[] expected = x.argsort(1, order).narrow(1, 0, k).contiguous().toDoubles();
          assertThat(x.topk(k, 1, order).indices().toDoubles())
              .as("%d of %d %s", k, n, dtype)
              .isEqualTo(expected);
        }
        double[] kth = x.argsort(1, Order.ASCENDING).select(1, k - 1).contiguous().toDoubles();
        assertThat(x.kthvalue(k, 1, Dim.Keep.DROP).indices().toDoubles())
            .as("number %d of %d %s", k, n, dtype)
            .isEqualTo(kth);
      }
      double[] medians = x.median(1).indices().toDoubles();
      double[] others = x.nanmedian(1).indices().toDoubles();
      double[] all = x.toDoubles();
      double[] order = x.argsort(1, Order.ASCENDING).toDoubles();
      for (int row = 0; row < rows; row++) {
        int at = row * n;
        int numbers = (int) IntStream.range(at, at + n).filter(i -> !Double.isNaN(all[i])).count();
        int lower = numbers == 0 ? 0 : (numbers - 1) / 2;
        assertThat(others[row]).as("%d %s", n, dtype).isEqualTo(order[at + lower]);
        assertThat(medians[row]).isEqualTo(order[at + (numbers < n ? numbers : lower)]);
      }
    }
  }

  /** Each element is the one of its group, and groups are as large as they say. */
  @ParameterizedTest
  @MethodSource("dtypes")
  void uniqueElements(DType dtype) {
    for (int n : LENGTHS) {
      try (Scope scope = Scope.open()) {
        Tensor x = rows(dtype, 2, n);
        Unique u = x.unique();
        Tensor back = u.values().indexSelect(0, u.inverse().reshape(2L * n)).reshape(2, n);
        double[] a = back.toDoubles();
        double[] e = x.toDoubles();
        for (int i = 0; i < e.length; i++) {
          assertThat(compare(a[i], e[i])).isZero();
        }
        assertThat(u.counts().sum().item()).isEqualTo(2.0 * n);
        double[] distinct = u.values().toDoubles();
        for (int i = 1; i < distinct.length; i++) {
          assertThat(compare(distinct[i - 1], distinct[i]) < 0 || Double.isNaN(distinct[i]))
              .isTrue();
        }
      }
    }
  }

  @Test
  void uniqueSlices() {
    try (Scope scope = Scope.open()) {
      Tensor x = Tensor.of(1L, 2, 0, 5, 1, 2, 1, 1).reshape(4, 2);
      Unique u = x.unique(0);
      assertThat(u.values().toLongs()).containsExactly(0, 5, 1, 1, 1, 2);
      assertThat(u.inverse().toLongs()).containsExactly(2, 0, 2, 1);
      assertThat(u.counts().toLongs()).containsExactly(1, 1, 2);
      Unique columns = Tensor.of(1L, 1, 2, 3, 3, 3).reshape(2, 3).uniqueConsecutive(1);
      assertThat(columns.values().toLongs()).containsExactly(1, 2, 3, 3);
      assertThat(columns.counts().toLongs()).containsExactly(2, 1);
    }
  }
}
