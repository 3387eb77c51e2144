package io.arclight.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.memory.Storage;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PackedWeightTest {
  private final AtomicInteger packed = new AtomicInteger();

  private static ByteBuffer layout(int of) {
    return ByteBuffer.wrap(new byte[] {(byte) of});
  }

  private Storage in(PackedWeight weight, int layout) {
    return weight.in(layout(layout), 64L * layout, at -> packed.incrementAndGet());
  }

  @Test
  void twoLayoutsAreMadeOnceEach() {
    try (PackedWeight weight = new PackedWeight()) {
      Storage first;
      try (Scope scope = Scope.open()) {
        first = in(weight, 1);
      }
      assertThat(first.isClosed()).isFalse();
      Storage second = in(weight, 2);
      assertThat(in(weight, 1)).isSameAs(first);
      assertThat(in(weight, 2)).isSameAs(second);
      assertThat(in(weight, 3)).isNull();
      assertThat(packed.get()).isEqualTo(2);
      assertThat(weight.bytes()).isEqualTo(64 + 128);
      weight.close();
      assertThat(first.isClosed()).isTrue();
      assertThat(second.isClosed()).isTrue();
      assertThat(weight.bytes()).isZero();
      assertThat(in(weight, 1)).isNull();
    }
  }

  @Test
  void whatFailsIsNotKept() {
    try (PackedWeight weight = new PackedWeight();
        Scope scope = Scope.open()) {
      assertThatThrownBy(
              () ->
                  weight.in(
                      layout(1),
                      64,
                      at -> {
                        throw new IllegalStateException("no");
                      }))
          .hasMessage("no");
      assertThat(weight.bytes()).isZero();
      assertThat(in(weight, 1)).isNotNull();
    }
  }

  @Test
  void threadsShareOne() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (PackedWeight weight = new PackedWeight()) {
      List<Future<Storage>> all = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        all.add(threads.submit(() -> in(weight, 1)));
      }
      Set<Storage> found = Collections.newSetFromMap(new IdentityHashMap<>());
      for (Future<Storage> one : all) {
        found.add(one.get());
      }
      assertThat(found).hasSize(1);
      assertThat(packed.get()).isOne();
    } finally {
      threads.shutdown();
    }
  }
}
