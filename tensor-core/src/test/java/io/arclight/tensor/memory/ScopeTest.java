package io.arclight.tensor.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.tensor.ClosedTensorException;
import io.arclight.tensor.Device;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class ScopeTest {
  private record Holder(Storage storage) implements Scope.Owner {
    @Override
    public void forEachStorage(Consumer<Storage> action) {
      action.accept(storage);
    }
  }

  private static Storage storage() {
    return Storage.allocate(Device.CPU, 100, "test");
  }

  @Test
  void aScopeFreesWhatWasCreatedInIt() {
    Storage outside = storage();
    Storage inside;
    try (Scope scope = Scope.open()) {
      assertThat(Scope.current()).isSameAs(scope);
      inside = storage();
      assertThat(inside.address() % 64).isZero();
    }
    assertThat(Scope.current()).isNull();
    assertThat(outside.isClosed()).isFalse();
    assertThatThrownBy(inside::address)
        .isInstanceOf(ClosedTensorException.class)
        .hasMessageContaining("100 bytes on cpu, by 'test'")
        .hasMessageContaining("belonged to a Scope that has ended")
        .hasMessageContaining("Scope.run(...) or call keep()")
        .hasMessageContaining("ScopeTest.aScopeFreesWhatWasCreatedInIt");
    assertThatThrownBy(inside::keep).isInstanceOf(ClosedTensorException.class);
    assertThatThrownBy(inside::retain).isInstanceOf(ClosedTensorException.class);
    outside.close();
    outside.close();
    assertThatThrownBy(outside::address).hasMessageContaining("closed by close()");
  }

  @Test
  void runPassesItsResultOn() {
    Storage[] all = new Storage[5];
    List<Object> kept =
        Scope.run(
            () -> {
              List<Object> result =
                  Scope.run(
                      () -> {
                        for (int i = 0; i < all.length; i++) {
                          all[i] = storage();
                        }
                        return List.of(
                            new Holder(all[0]),
                            Map.of("x", new Holder(all[1])),
                            new Object[] {new Holder(all[2])},
                            List.of(new Holder(all[0])));
                      });
              assertThat(all[2].isClosed()).isFalse();
              assertThat(all[3].isClosed()).isTrue();
              assertThat(all[4].isClosed()).isTrue();
              return result.subList(0, 2);
            });
    assertThat(kept).hasSize(2);
    assertThat(all[0].isClosed()).isFalse();
    assertThat(all[1].isClosed()).isFalse();
    assertThat(all[2].isClosed()).isTrue();
    all[0].close();
    all[1].close();
  }

  @Test
  void keptAndRetainedMemoryOutlivesTheScope() {
    Storage kept;
    Storage retained;
    try (Scope scope = Scope.open()) {
      kept = storage();
      kept.keep();
      kept.keep();
      retained = storage();
      retained.retain();
    }
    assertThat(kept.address()).isNotZero();
    assertThat(retained.address()).isNotZero();
    kept.close();
    retained.release();
    assertThat(kept.isClosed()).isTrue();
    assertThat(retained.isClosed()).isTrue();
  }

  @Test
  void retainedMemoryCanBeOwnedAgain() {
    Storage storage;
    try (Scope scope = Scope.open()) {
      storage = storage();
      storage.retain();
    }
    storage.keep();
    storage.release();
    assertThat(storage.isClosed()).isFalse();
    assertThatThrownBy(storage::release).hasMessageContaining("more often than retained");
    storage.close();
    assertThat(storage.isClosed()).isTrue();
  }

  @Test
  void aScopeTakesOverWhatTheCollectorOwns() {
    Storage storage = storage();
    try (Scope outer = Scope.open()) {
      try (Scope inner = Scope.open()) {
        outer.take(new Holder(storage));
        inner.take(new Holder(storage));
      }
      assertThat(storage.isClosed()).isFalse();
    }
    assertThat(storage.isClosed()).isTrue();
  }

  @Test
  void closingEarlyLeavesTheScopeConsistent() {
    try (Scope scope = Scope.open()) {
      Storage a = storage();
      Storage b = storage();
      Storage c = storage();
      a.close();
      c.close();
      assertThat(b.isClosed()).isFalse();
    }
  }

  @Test
  void closingOutOfOrderThrowsAndClosesAll() {
    long leaks = LeakDetector.leaks();
    Scope outer = Scope.open();
    Scope inner = Scope.open();
    Storage storage = storage();
    assertThatThrownBy(outer::close)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed before 1 opened inside it")
        .hasMessageContaining("reverse order")
        .hasMessageContaining("ScopeTest.closingOutOfOrderThrowsAndClosesAll");
    assertThat(LeakDetector.leaks()).isEqualTo(leaks + 1);
    assertThat(storage.isClosed()).isTrue();
    assertThat(Scope.current()).isNull();
    inner.close();
    outer.close();
    assertThatThrownBy(() -> outer.take(new Holder(storage)))
        .hasMessageContaining("closed Scope cannot take");
  }

  @Test
  void anotherThreadMayNotClose() throws InterruptedException {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    try (Scope scope = Scope.open()) {
      Thread other = new Thread(scope::close, "other");
      other.setUncaughtExceptionHandler((thread, e) -> thrown.set(e));
      other.start();
      other.join();
    }
    assertThat(thrown.get())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("cannot be closed by thread 'other'");
  }

  @Test
  void aScopeThatItsThreadLeftOpenIsReportedAndItsMemoryCollected() throws InterruptedException {
    long leaks = LeakDetector.leaks();
    long live = Memory.liveStorages();
    Storage[] escaped = new Storage[1];
    Thread thread =
        new Thread(
            () -> {
              Scope.open();
              escaped[0] = storage();
              storage();
            });
    thread.start();
    thread.join();
    Memory.collect();
    assertThat(LeakDetector.leaks()).isEqualTo(leaks + 1);
    assertThat(escaped[0].isClosed()).isFalse();
    assertThat(Memory.liveStorages()).isEqualTo(live + 1);
  }
}
