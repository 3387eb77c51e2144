package io.arclight.tensor.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.tensor.Device;
import io.arclight.tensor.DeviceException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StorageTest {
  @Test
  void blocksAreAlignedAndReused() {
    for (long bytes : new long[] {0, 1, 64, 65, 5000, 100_000, 3 << 20}) {
      Storage first = Storage.allocate(Device.CPU, bytes);
      long address = first.address();
      assertThat(address % 64).isZero();
      HostMemory.fill(address, bytes, (byte) 1);
      first.close();
      Storage second = Storage.allocate(Device.CPU, bytes);
      assertThat(second.address()).isEqualTo(address);
      second.close();
    }
  }

  @Test
  void liveBytesAndPeakAreCounted() {
    Memory.collect();
    long bytes = Memory.liveBytes();
    long count = Memory.liveStorages();
    Storage small = Storage.allocate(Device.CPU, 10, "small");
    Storage big = Storage.allocate(Device.CPU, 5_000_000, "big");
    assertThat(Memory.liveBytes()).isEqualTo(bytes + 5_000_010);
    assertThat(Memory.liveStorages()).isEqualTo(count + 2);
    assertThat(Memory.peakBytes()).isGreaterThanOrEqualTo(bytes + 5_000_010);
    assertThat(Memory.report()).containsPattern("4.8 MiB +1 +cpu +big +garbage collector");
    assertThat(Memory.reservedBytes()).isGreaterThan(5_000_010);
    small.close();
    big.close();
    assertThat(Memory.liveBytes()).isEqualTo(bytes);
    assertThat(Memory.liveStorages()).isEqualTo(count);
  }

  @Test
  void unreachableMemoryIsCollected() {
    Memory.collect();
    long count = Memory.liveStorages();
    for (int i = 0; i < 100; i++) {
      Storage.allocate(Device.CPU, 1000);
    }
    Storage retained = Storage.allocate(Device.CPU, 1000);
    retained.retain();
    retained = null;
    Memory.collect();
    assertThat(Memory.liveStorages()).isEqualTo(count);
  }

  @Test
  void adoptedMemoryIsReleasedOnce() {
    AtomicInteger releases = new AtomicInteger();
    try (Scope scope = Scope.open()) {
      Storage storage = Storage.adopt(Device.CPU, 0, 0, releases::incrementAndGet);
      assertThat(storage.address()).isZero();
      storage.retain();
      storage.close();
      storage.close();
      assertThat(releases).hasValue(0);
      storage.release();
    }
    assertThat(releases).hasValue(1);
    Storage.adopt(Device.CPU, 64, 64, releases::incrementAndGet);
    Memory.collect();
    assertThat(releases).hasValue(2);
  }

  @Test
  void queueMemoryIsTagged() {
    Storage storage = Storage.allocate(Device.QUEUE, 100);
    long address = storage.address();
    assertThat(address >>> 62).isEqualTo(1);
    HostMemory.putInt64(QueueMemory.real(address), 5);
    assertThat(HostMemory.int64(QueueMemory.real(address))).isEqualTo(5);
    storage.close();
    Storage host = Storage.allocate(Device.CPU, 100);
    assertThat(host.address()).isEqualTo(QueueMemory.real(address));
    host.close();
    assertThatThrownBy(() -> QueueMemory.real(4096)).hasMessageContaining("not of device queue");
  }

  @Test
  void badRequestsAreRefused() {
    assertThatThrownBy(() -> Storage.allocate(Device.CPU, -1, "add"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-1 bytes for 'add'");
    assertThatThrownBy(() -> Storage.allocate(Device.cuda(0), 1))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("cuda:0 is not available");
    assertThatThrownBy(() -> Memory.limit(0)).hasMessageContaining("must be positive");
  }

  @Test
  void anOverwrittenHeaderIsNoticed() {
    Storage storage = Storage.allocate(Device.CPU, 100);
    long before = HostMemory.int64(storage.address() - 8);
    HostMemory.putInt64(storage.address() - 8, 0x0101010101010101L);
    assertThatThrownBy(() -> Blocks.sizeClass(storage.address()))
        .hasMessageContaining("wrote outside its buffer");
    HostMemory.putInt64(storage.address() - 8, before);
    storage.close();
  }

  @Test
  void threadsExchangeMemoryWithoutMixingItUp() throws InterruptedException {
    BlockingQueue<Parcel> exchange = new ArrayBlockingQueue<>(64);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    AtomicLong patterns = new AtomicLong();
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      Random random = new Random(t);
      Thread thread = new Thread(() -> exchange(exchange, random, patterns));
      thread.setUncaughtExceptionHandler((where, e) -> failure.compareAndSet(null, e));
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(failure.get()).isNull();
    exchange.forEach(Parcel::finish);
  }

  /** A storage full of a pattern of its own, on its way to another thread. */
  private record Parcel(Storage storage, long pattern, boolean retained) {
    void finish() {
      long address = storage.address();
      for (long at = address; at < address + storage.bytes(); at += 8) {
        if (HostMemory.int64(at) != pattern) {
          throw new AssertionError("memory of another storage at " + (at - address));
        }
      }
      if (retained) {
        storage.release();
      } else if (pattern % 16 != 0) {
        storage.close();
      }
    }
  }

  private static void exchange(BlockingQueue<Parcel> exchange, Random random, AtomicLong patterns) {
    for (int i = 0; i < 20_000; i++) {
      try (Scope scope = Scope.open()) {
        Storage.allocate(Device.CPU, random.nextInt(500));
        int words = 1 + random.nextInt(1 << random.nextInt(12));
        Storage mine = Storage.allocate(Device.CPU, 8L * words);
        long pattern = patterns.incrementAndGet();
        for (int w = 0; w < words; w++) {
          HostMemory.putInt64(mine.address() + 8L * w, pattern);
        }
        boolean retained = i % 3 == 0;
        if (retained) {
          mine.retain();
        } else {
          mine.keep();
        }
        Parcel parcel = new Parcel(mine, pattern, retained);
        if (!exchange.offer(parcel)) {
          parcel.finish();
        }
      }
      Parcel other = exchange.size() > 32 || random.nextBoolean() ? exchange.poll() : null;
      if (other != null) {
        other.finish();
      }
    }
  }
}
