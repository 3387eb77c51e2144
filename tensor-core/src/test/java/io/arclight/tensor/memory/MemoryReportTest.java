package io.arclight.tensor.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.tensor.Device;
import io.arclight.tensor.OutOfMemoryException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MemoryReportTest {
  private static final long MIB = 1 << 20;

  private static MemoryReport.Sum named(List<MemoryReport.Sum> sums, String name) {
    return sums.stream().filter(s -> s.name().equals(name)).findFirst().orElseThrow();
  }

  @Test
  void sumsByOperationModuleAndScope() {
    String before = Memory.module("Net.fc1");
    try (Scope outer = Scope.open()) {
      Storage.allocate(Device.CPU, 3 * MIB, "op_a");
      Memory.module("Net.fc2");
      try (Scope inner = Scope.open()) {
        Storage.allocate(Device.CPU, 2 * MIB, "op_a");
        Storage temporary = Storage.allocate(Device.CPU, 4 * MIB, "op_b");
        temporary.close();
        Storage.allocate(Device.CPU, MIB, "op_b");
        MemoryReport report = MemoryReport.now();
        assertThat(named(report.ops(), "op_a").bytes()).isEqualTo(5 * MIB);
        assertThat(named(report.ops(), "op_b").bytes()).isEqualTo(MIB);
        assertThat(named(report.modules(), "Net.fc1").bytes()).isEqualTo(3 * MIB);
        assertThat(named(report.modules(), "Net.fc2").bytes()).isEqualTo(3 * MIB);
        String thread = Thread.currentThread().getName();
        MemoryReport.Sum scope = named(report.scopes(), "scope 2 of " + thread);
        assertThat(scope.bytes()).isEqualTo(3 * MIB);
        assertThat(scope.peakBytes()).isEqualTo(6 * MIB);
        assertThat(named(report.scopes(), "scope 1 of " + thread).bytes()).isEqualTo(3 * MIB);
        assertThat(report.rows())
            .anyMatch(
                r ->
                    r.op().equals("op_a")
                        && r.module().equals("Net.fc1")
                        && r.owner().startsWith("scope of")
                        && r.bytes() == 3 * MIB
                        && r.storages() == 1);
        assertThat(report.toString())
            .containsPattern("5.0 MiB +- +op_a")
            .containsPattern("3.0 MiB +- +Net.fc2")
            .containsPattern("3.0 MiB +6.0 MiB +scope 2 of");
      }
    } finally {
      Memory.module(before);
    }
  }

  @Test
  void peaksAreCountedOnRequest() {
    try (Scope scope = Scope.open();
        MemoryReport.Tracking peaks = MemoryReport.trackPeaks()) {
      String before = Memory.module("Net.peaks");
      Storage.allocate(Device.CPU, 5 * MIB, "op_c").close();
      Storage.allocate(Device.CPU, 2 * MIB, "op_c");
      Storage.allocate(Device.CPU, MIB, "op_d");
      Memory.module(before);
      MemoryReport report = MemoryReport.now();
      assertThat(named(report.ops(), "op_c"))
          .isEqualTo(new MemoryReport.Sum("op_c", 2 * MIB, 5 * MIB));
      assertThat(named(report.modules(), "Net.peaks").peakBytes()).isEqualTo(5 * MIB);
      assertThat(report.toString()).containsPattern("2.0 MiB +5.0 MiB +op_c");
      assertThat(peaks.peakBytes()).isEqualTo(5 * MIB);
      try (MemoryReport.Tracking inner = MemoryReport.trackPeaks()) {
        Storage.allocate(Device.CPU, 4 * MIB, "op_c");
        assertThat(inner.peakBytes()).isEqualTo(4 * MIB);
      }
      Storage.allocate(Device.CPU, 3 * MIB, "op_c");
      assertThat(peaks.peakBytes()).isEqualTo(6 * MIB);
    }
    try (Scope scope = Scope.open()) {
      Storage.allocate(Device.CPU, MIB, "op_c");
      assertThat(named(MemoryReport.now().ops(), "op_c").peakBytes()).isEqualTo(-1);
    }
  }

  @Test
  void peaksIncludeWhatTheCollectorFrees() {
    try (MemoryReport.Tracking peaks = MemoryReport.trackPeaks()) {
      assertThat(Storage.allocate(Device.CPU, 3 * MIB, "op_lost").bytes()).isEqualTo(3 * MIB);
      Memory.collect();
      Storage.allocate(Device.CPU, 2 * MIB, "op_lost").close();
      assertThat(named(MemoryReport.now().ops(), "op_lost"))
          .isEqualTo(new MemoryReport.Sum("op_lost", 0, 3 * MIB));
    }
  }

  @Test
  void outOfMemoryErrorsReport() {
    long limit = Memory.limit();
    String before = Memory.module("Net.big");
    try (Scope scope = Scope.open()) {
      Storage.allocate(Device.CPU, MIB, "op_e");
      Memory.trim();
      Memory.limit(32 * MIB);
      assertThatThrownBy(() -> Storage.allocate(Device.CPU, 64 * MIB, "op_f"))
          .isInstanceOf(OutOfMemoryException.class)
          .hasMessageContaining("by operation")
          .hasMessageContaining("op_e")
          .hasMessageContaining("by module")
          .hasMessageContaining("Net.big")
          .hasMessageContaining("by open scope");
    } finally {
      Memory.module(before);
      Memory.limit(limit);
    }
  }
}
