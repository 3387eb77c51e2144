package io.arclight.tensor.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.tensor.Device;
import io.arclight.tensor.OutOfMemoryException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The limit, in JVMs of its own. */
@Timeout(120)
class MemoryLimitTest {
  private static final int MEGABYTE = 1 << 20;

  @Test
  void codeWithoutScopesStaysUnderTheLimit() throws Exception {
    assertThat(child("drop", "-Darclight.memory=64m"))
        .contains("limit 67108864")
        .contains("allocated 3000 MiB, reserved under the limit: true");
  }

  @Test
  void withoutExplicitCollectionItEndsInTheReport() throws Exception {
    assertThat(child("drop", "-Darclight.memory=64m", "-XX:+DisableExplicitGC", "-Xmx1g"))
        .contains("OutOfMemoryException: cannot allocate")
        .contains("the tensor memory limit of 64.0 MiB is reached")
        .contains("-Darclight.memory=")
        .containsPattern("MiB +\\d+ +cpu +conv +garbage collector");
  }

  @Test
  void whatIsHeldIsReportedByOpAndOwner() throws Exception {
    assertThat(child("hold", "-Darclight.memory=64m", "-Darclight.leak-detector=all"))
        .contains("OutOfMemoryException: cannot allocate 1.0 MiB")
        .containsPattern("40.0 MiB +40 +cpu +matmul +scope of main")
        .containsPattern("20.0 MiB +20 +queue +relu +garbage collector")
        .contains("MemoryLimitTest.hold")
        .contains("after freeing: ok");
  }

  @Test
  void moreThanTheLimitFailsAtOnce() throws Exception {
    assertThat(child("huge", "-Darclight.memory=64m")).contains("cannot allocate").contains("fast");
  }

  @Test
  void keptBlocksMakeRoomForOtherSizes() throws Exception {
    assertThat(child("sizes", "-Darclight.memory=64m")).contains("all sizes fitted");
  }

  @Test
  void theReportNamesOperations() {
    try (Scope scope = Scope.open()) {
      Tensor x = Tensor.rand(Shape.of(512, 1024));
      x.relu();
      x.softmax(1).sum(1);
      x.mm(Tensor.ones(Shape.of(1024, 1)));
      assertThat(Memory.report())
          .containsPattern("2.0 MiB +1 +cpu +uniform +scope of main")
          .containsPattern("2.0 MiB +1 +cpu +relu +scope")
          .containsPattern("2.0 MiB +1 +cpu +softmax +scope")
          .containsPattern("2.0 KiB +1 +cpu +sum +scope")
          .containsPattern("2.0 KiB +1 +cpu +matmul +scope")
          .containsPattern("4.0 KiB +1 +cpu +full +scope");
    }
  }

  private static String child(String scenario, String... flags) throws Exception {
    ChildJvm child = ChildJvm.run(MemoryLimitTest.class, List.of(flags), scenario);
    assertThat(child.exitCode()).as(child.output()).isZero();
    return child.output();
  }

  public static void main(String[] arguments) {
    System.out.println("limit " + Memory.limit());
    try {
      switch (arguments[0]) {
        case "drop" -> drop();
        case "hold" -> hold();
        case "huge" -> huge();
        case "sizes" -> sizes();
        default -> throw new IllegalArgumentException(arguments[0]);
      }
    } catch (OutOfMemoryException e) {
      System.out.println(e);
    }
  }

  private static void drop() {
    boolean under = true;
    for (int i = 0; i < 3000; i++) {
      Storage storage = Storage.allocate(Device.CPU, MEGABYTE, "conv");
      HostMemory.putInt64(storage.address(), i);
      under &= Memory.reservedBytes() <= Memory.limit();
    }
    System.out.println("allocated 3000 MiB, reserved under the limit: " + under);
  }

  private static void hold() {
    List<Storage> held = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      held.add(Storage.allocate(Device.QUEUE, MEGABYTE, "relu"));
    }
    try (Scope scope = Scope.open()) {
      try {
        for (int i = 0; i < 40; i++) {
          Storage.allocate(Device.CPU, MEGABYTE, "matmul");
        }
        for (int i = 0; i < 40; i++) {
          Storage.allocate(Device.CPU, MEGABYTE, "add");
        }
      } catch (OutOfMemoryException e) {
        System.out.println(e);
      }
    }
    held.forEach(Storage::close);
    Storage.allocate(Device.CPU, 40 * MEGABYTE, "add").close();
    System.out.println("after freeing: ok");
  }

  private static void huge() {
    long start = System.nanoTime();
    try {
      Storage.allocate(Device.CPU, 1L << 40);
    } catch (OutOfMemoryException e) {
      System.out.println(e);
    }
    if (System.nanoTime() - start < TimeUnit.SECONDS.toNanos(2)) {
      System.out.println("fast");
    }
  }

  private static void sizes() {
    for (int bytes = 1000; bytes < 50 * MEGABYTE; bytes += bytes / 3) {
      List<Storage> some = new ArrayList<>();
      for (long sum = bytes; sum < 55L * MEGABYTE; sum += bytes + bytes / 4 + 100) {
        some.add(Storage.allocate(Device.CPU, bytes));
        sum += 100;
      }
      some.forEach(Storage::close);
    }
    System.out.println("all sizes fitted");
  }
}
