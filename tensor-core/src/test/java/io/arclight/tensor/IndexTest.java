package io.arclight.tensor;

import static io.arclight.tensor.Index.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.op.Op;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code x[...]} and {@code x[...] = y}, beyond what samples say. */
@Timeout(60)
class IndexTest {
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  @Test
  void plainEntriesGiveViews() {
    Tensor x = Tensor.arange(24).reshape(2, 3, 4);
    Tensor v = x.index(at(1), ALL, every(2));
    assertThat(v.storage()).isSameAs(x.storage());
    assertThat(v.toLongs()).containsExactly(12, 14, 16, 18, 20, 22);
    int before = x.version();
    v.set(-1, at(0));
    assertThat(x.version()).isGreaterThan(before);
    assertThat(x.index(at(1), at(0)).toLongs()).containsExactly(-1, 13, -1, 15);
    // A number in a tensor is a plain entry.
    assertThat(x.index(at(Tensor.scalar(1L))).storage()).isSameAs(x.storage());
    assertThat(x.index(pick(1)).storage()).isNotSameAs(x.storage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "queue"})
  void assignmentReachesThroughViews(String device) {
    Tensor x = Tensor.zeros(Shape.of(4, 3)).to(Device.of(device));
    x.t().set(Tensor.of(1f, 2f, 3f, 4f).to(x.device()), at(1));
    assertThat(x.index(ALL, at(1)).toFloats()).containsExactly(1, 2, 3, 4);
    x.index(from(2)).set(9, pick(-1), at(0));
    assertThat(x.index(ALL, at(0)).toFloats()).containsExactly(0, 0, 0, 9);
    x.t().set(5, at(x.t().gt(3)));
    assertThat(x.toFloats()).containsExactly(0, 1, 0, 0, 2, 0, 0, 3, 0, 5, 5, 0);
    x.set(Tensor.of(7L, 8L).to(x.device()), at(x.eq(5)));
    assertThat(x.index(at(3)).toFloats()).containsExactly(7, 8, 0);
  }

  @Test
  void laterValuesStayOrAreCombined() {
    Tensor x = Tensor.zeros(Shape.of(3));
    x.set(Tensor.of(1f, 2f, 3f), pick(0, 1, 0));
    assertThat(x.toFloats()).containsExactly(3, 2, 0);
    x.indexPutInPlace(Tensor.of(1f, 1f, 1f), Combine.SUM, pick(0, 1, 0));
    assertThat(x.toFloats()).containsExactly(5, 3, 0);
    Tensor y = x.indexPut(Tensor.scalar(2f), Combine.PROD, pick(0, 0));
    assertThat(y.toFloats()).containsExactly(20, 3, 0);
    assertThat(x.toFloats()).containsExactly(5, 3, 0);
    Tensor rows = Tensor.zeros(Shape.of(2, 3));
    assertThat(rows.indexPut(Tensor.scalar(1f), Combine.SUM, at(1), pick(0, 0)).toFloats())
        .containsExactly(0, 0, 0, 2, 0, 0);
    assertThat(rows.toFloats()).containsOnly(0);
    Tensor m = Tensor.of(1f, 2f, 3f);
    assertThat(
            m.indexReduce(
                    0, Tensor.of(0L, 0L), Tensor.of(4f, 7f), Combine.MEAN, Combine.Self.INCLUDED)
                .toFloats())
        .containsExactly(4, 2, 3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "queue"})
  void scattersInPlaceGiveWhatCopiesGive(String device) {
    Device d = Device.of(device);
    Tensor x = Tensor.arange(12).reshape(3, 4).to(DType.FLOAT32).to(d).t();
    Tensor index = Tensor.from(new long[][] {{2, 0}, {1, 1}}).to(d);
    Tensor source = Tensor.from(new float[][] {{10, 20}, {30, 40}}).to(d);
    Tensor slices = Tensor.arange(6).reshape(2, 3).to(DType.FLOAT32).to(d);
    Tensor places = Tensor.of(3L, 0L).to(d);
    same(t -> t.scatterInPlace(0, index, source), x, x.scatter(0, index, source));
    same(t -> t.scatterInPlace(1, index, 7), x, x.scatter(1, index, 7));
    same(t -> t.scatterAddInPlace(1, index, source), x, x.scatterAdd(1, index, source));
    same(t -> t.indexAddInPlace(0, places, slices), x, x.indexAdd(0, places, slices));
    same(t -> t.indexCopyInPlace(0, places, slices), x, x.indexCopy(0, places, slices));
    same(t -> t.indexFillInPlace(0, places, -1), x, x.indexFill(0, places, -1));
  }

  private static void same(Consumer<Tensor> change, Tensor x, Tensor expected) {
    Tensor target = x.t().copy().t();
    change.accept(target);
    assertThat(target.toFloats()).isEqualTo(expected.toFloats());
  }

  @Test
  void valuesThatAreTheTensorItselfAreReadFirst() {
    Tensor x = Tensor.arange(4);
    x.set(x, pick(3, 2, 1, 0));
    assertThat(x.toLongs()).containsExactly(3, 2, 1, 0);
  }

  @Test
  void leadingOnesOfValuesDoNotMatter() {
    Tensor x = Tensor.zeros(Shape.of(2, 3));
    x.set(Tensor.ones(Shape.of(1, 1, 3)), at(0));
    x.set(Tensor.ones(Shape.of(1, 1, 1, 3)).mul(2), pick(1));
    assertThat(x.toFloats()).containsExactly(1, 1, 1, 2, 2, 2);
    assertThatThrownBy(() -> x.set(Tensor.ones(Shape.of(2, 3)), at(0)))
        .isInstanceOf(ShapeException.class);
  }

  @Test
  void errorsNameWhatIsWrong() {
    Tensor x = Tensor.zeros(Shape.of(2, 3));
    assertThatThrownBy(() -> x.index(pick(0, 1, 5, 1)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(
            "index 5 is out of range for dimension 0 of size 2, at position [2] of the index");
    assertThatThrownBy(() -> x.index(at(Tensor.of(0f))))
        .isInstanceOf(DTypeException.class)
        .hasMessageContaining("indices must be int64 or int32, masks bool");
    assertThatThrownBy(() -> x.set(1, every(0)))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("step must be positive");
    assertThatThrownBy(() -> x.expand(4, 2, 3).set(1, pick(0)))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("share memory");
    assertThatThrownBy(() -> x.indexPut(x, Combine.SUM, at(0)))
        .isInstanceOf(TensorException.class)
        .hasMessageContaining("SUM needs a tensor among the entries");
    assertThatThrownBy(() -> x.indexSelect(1, Tensor.of(-1L)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("does not count from the end");
    assertThatThrownBy(() -> x.maskedScatter(x.eq(0), Tensor.of(1f)))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("holds at 6 elements, the source has only 1");
  }

  @Test
  void bytesAreSeenAsOtherTypes() {
    Tensor x = Tensor.of(1f, -2f);
    assertThat(x.view(DType.INT32).toInts()).containsExactly(0x3f800000, 0xc0000000);
    assertThat(x.view(DType.INT64).toLongs()).containsExactly(0xc00000003f800000L);
    assertThat(x.view(DType.UINT8).toInts()).containsExactly(0, 0, 128, 63, 0, 0, 0, 192);
    assertThat(x.view(DType.INT32).storage()).isSameAs(x.storage());
    Tensor wide = Tensor.arange(12).reshape(3, 4).narrow(1, 2, 2);
    assertThat(wide.view(DType.INT32).shape()).isEqualTo(Shape.of(3, 4));
    assertThat(wide.view(DType.INT32).index(ALL, every(2)).toLongs()).isEqualTo(wide.toLongs());
    assertThatThrownBy(() -> Tensor.of(1f, 2f, 3f).view(DType.FLOAT64))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("multiples of 2");
    assertThatThrownBy(() -> Tensor.ones(Shape.of(2, 2)).t().view(DType.UINT8))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("side by side");
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void flipsReverse(DType dtype) {
    for (int n : new int[] {1, 2, 7, 8, 31, 64, 100, 257}) {
      Tensor x = Tensor.arange(3L * n).remainder(101).reshape(3, n).to(dtype);
      long[] rows = x.toLongs();
      long[] columns = rows.clone();
      for (int i = 0; i < rows.length; i++) {
        columns[i] = rows[i / n * n + n - 1 - i % n];
      }
      assertThat(x.flip(1).toLongs()).as("%s columns", n).isEqualTo(columns);
      assertThat(x.flip(0, 1).flip(0).toLongs()).isEqualTo(columns);
    }
  }

  /** What the data decide cannot be part of a trace. */
  @Test
  void masksEndTraces() {
    Context.Tracer tracer =
        new Context.Tracer() {
          @Override
          public void applied(Op op, Tensor[] inputs, Tensor[] outputs) {}

          @Override
          public void aliased(Tensor of, Tensor handle) {}

          @Override
          public void read(Tensor tensor) {
            throw new TensorException("read");
          }
        };
    Tensor x = Tensor.arange(6);
    try (Context.Restore trace = Context.current().trace(tracer)) {
      assertThatThrownBy(() -> x.maskedSelect(x.gt(2))).hasMessage("read");
      assertThat(x.index(pick(1, 2)).shape()).isEqualTo(Shape.of(2));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 4095, 4096, 4097, 20_000})
  void manyMaskedElements(long n) {
    boolean[] mask = new boolean[(int) n];
    Random random = new Random(n);
    List<Long> expected = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      mask[i] = random.nextInt(3) == 0;
      if (mask[i]) {
        expected.add((long) i);
      }
    }
    Tensor m = Tensor.of(mask);
    long[] places = expected.stream().mapToLong(i -> i).toArray();
    assertThat(m.nonzero().flatten().toLongs()).isEqualTo(places);
    assertThat(Tensor.arange(n).maskedSelect(m).toLongs()).isEqualTo(places);
    Tensor rows = m.reshape(n / 4096 + 1 > 1 && n % 2 == 0 ? 2 : 1, -1);
    assertThat(Tensor.arange(n).reshape(rows.shape()).index(at(rows)).toLongs()).isEqualTo(places);
  }

  /** Writing goes to the very elements that reading the same index gives. */
  @Test
  void setWritesWhereIndexReads() {
    Random random = new Random(3);
    for (int round = 0; round < 300; round++) {
      try (Scope inner = Scope.open()) {
        long[] dims = random.longs(random.nextInt(4) + 1, 1, 5).toArray();
        Tensor dense = Tensor.arange(Shape.of(dims).elements()).reshape(dims);
        int[] order = permutation(dims.length, random);
        Tensor x = dense.permute(order);
        Index[] entries = entries(x, random);
        long[] places = x.index(entries).toLongs();
        long[] expected = dense.toLongs();
        for (long p : places) {
          expected[(int) p] = -1;
        }
        Tensor target = dense.copy();
        target.permute(order).set(-1, entries);
        assertThat(target.toLongs()).as(Arrays.toString(entries)).isEqualTo(expected);

        Tensor values = Tensor.arange(places.length).reshape(x.index(entries).shape());
        for (int i = 0; i < places.length; i++) {
          expected[(int) places[i]] = i;
        }
        Tensor other = dense.copy();
        other.permute(order).set(values, entries);
        assertThat(other.toLongs()).as(Arrays.toString(entries)).isEqualTo(expected);
      }
    }
  }

  private static int[] permutation(int n, Random random) {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      order.add(random.nextInt(i + 1), i);
    }
    return order.stream().mapToInt(i -> i).toArray();
  }

  private static Index[] entries(Tensor x, Random random) {
    List<Index> out = new ArrayList<>();
    int dim = 0;
    while (dim < x.rank() && random.nextInt(6) > 0) {
      long n = x.dim(dim);
      switch (random.nextInt(7)) {
        case 0 -> out.add(at(random.nextLong(2 * n) - n));
        case 1 -> out.add(slice(random.nextLong(2 * n) - n, random.nextLong(2 * n) - n));
        case 2 -> out.add(every(1 + random.nextInt(3)));
        case 3 -> out.add(at(Tensor.of(random.longs(3, -n, n).toArray())));
        case 4 -> out.add(at(Tensor.of(random.longs(2, -n, n).toArray(), Shape.of(2, 1))));
        case 5 -> {
          int rank = 1 + random.nextInt(x.rank() - dim);
          long[] sizes = Arrays.copyOfRange(x.shape().toArray(), dim, dim + rank);
          boolean alone = out.stream().noneMatch(i -> i instanceof Index.Tensors);
          if (!alone) {
            out.add(ALL);
            break;
          }
          Tensor mask = Tensor.rand(Shape.of(sizes)).lt(0.5);
          out.add(at(mask));
          dim += rank;
          return out.toArray(new Index[0]);
        }
        default -> out.add(NEW_AXIS);
      }
      dim += out.get(out.size() - 1) == NEW_AXIS ? 0 : 1;
    }
    if (random.nextInt(3) == 0) {
      out.add(ELLIPSIS);
    }
    return out.toArray(new Index[0]);
  }
}
