package io.arclight.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.arclight.models.Mlp;
import io.arclight.tensor.Context;
import io.arclight.tensor.Device;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.MemoryReport;
import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.profile.KeyAverages;
import io.arclight.tensor.profile.ProfileEvent;
import io.arclight.tensor.profile.Profiler;
import io.arclight.tensor.profile.Schedule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ProfilerTest {
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static KeyAverages.Row row(Profiler profiler, String kind, String name) {
    return profiler.keyAverages().rows().stream()
        .filter(r -> r.kind().equals(kind) && r.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError(name + " in\n" + profiler.keyAverages().table()));
  }

  private static Profiler step(Mlp model, Tensor x) {
    Profiler profiler = Profiler.start(Schedule.ALWAYS, Profiler.Shapes.RECORD, p -> {});
    try (profiler) {
      try (Profiler.Range range = Profiler.recordFunction("a \"step\"\n")) {
        model.call(x).square().sum().backward();
      }
    }
    return profiler;
  }

  @Test
  void sumsOperationsModulesAndRules() {
    Mlp model = new Mlp(8, 16, 4);
    Tensor x = Tensor.rand(Shape.of(32, 8));
    Profiler profiler = step(model, x);
    model.zeroGrad();
    x.add(1);
    KeyAverages.Row linear = row(profiler, "op", "LINEAR");
    assertThat(linear.count()).isEqualTo(2);
    assertThat(linear.device()).isEqualTo("cpu");
    assertThat(linear.bytes()).isEqualTo(4L * 32 * (16 + 4));
    assertThat(row(profiler, "backward", "LINEAR_BACKWARD").count()).isEqualTo(2);
    assertThat(row(profiler, "module", "Mlp").count()).isEqualTo(1);
    assertThat(row(profiler, "module", "Mlp.fc1").count()).isEqualTo(1);
    assertThat(profiler.keyAverages().rows()).noneMatch(r -> r.name().equals("ADD"));
    KeyAverages.Row all = row(profiler, "user", "a \"step\"\n");
    long own = profiler.keyAverages().rows().stream().mapToLong(KeyAverages.Row::selfNanos).sum();
    assertThat(own).as("own times add up to the whole").isEqualTo(all.nanos());
    long bytes = profiler.keyAverages().rows().stream().mapToLong(KeyAverages.Row::selfBytes).sum();
    assertThat(bytes).isEqualTo(all.bytes());
    assertThat(profiler.keyAverages().table(KeyAverages.Sort.COUNT, 3).lines()).hasSize(1 + 3 + 1);
    assertThat(profiler.keyAverages().table())
        .contains("LINEAR_BACKWARD")
        .containsPattern("op +LINEAR +cpu +2 ");
  }

  @Test
  void tracesAreValidJson(@TempDir Path folder) throws Exception {
    Mlp model = new Mlp(8, 16, 4);
    Profiler profiler = step(model, Tensor.rand(Shape.of(32, 8)));
    model.zeroGrad();
    Path file = folder.resolve("trace.json");
    profiler.exportChromeTrace(file);
    JsonNode events = new ObjectMapper().readTree(Files.readString(file)).get("traceEvents");
    List<JsonNode> complete = new ArrayList<>();
    events.forEach(e -> complete.addAll(e.get("ph").asText().equals("X") ? List.of(e) : List.of()));
    assertThat(complete).hasSameSizeAs(profiler.events());
    JsonNode outer = complete.get(0);
    assertThat(outer.get("name").asText()).isEqualTo("a \"step\"\n");
    assertThat(complete)
        .allMatch(
            e ->
                e.get("ts").asDouble() + e.get("dur").asDouble()
                    <= outer.get("ts").asDouble() + outer.get("dur").asDouble() + 0.002);
    assertThat(complete)
        .anyMatch(
            e ->
                e.get("name").asText().equals("LINEAR")
                    && e.get("args").get("shapes").asText().startsWith("float32[32, 8]"));
  }

  @Test
  void schedulesChooseSteps() {
    List<List<String>> traces = new ArrayList<>();
    Schedule schedule = Schedule.of(1, 1, 2).skipFirst(1).repeat(2);
    Tensor x = Tensor.rand(Shape.of(4));
    try (Profiler profiler =
        Profiler.start(
            schedule,
            Profiler.Shapes.IGNORE,
            p -> traces.add(p.events().stream().map(ProfileEvent::name).toList()))) {
      for (int i = 0; i < 12; i++) {
        try (Profiler.Range range = Profiler.recordFunction("step " + i)) {
          x.add(i);
        }
        profiler.step();
      }
      assertThat(profiler.events().stream().map(ProfileEvent::name))
          .as("the last cycle stays")
          .containsExactly("step 7", "ADD", "step 8", "ADD");
    }
    assertThat(traces)
        .containsExactly(
            List.of("step 3", "ADD", "step 4", "ADD"), List.of("step 7", "ADD", "step 8", "ADD"));
    assertThatThrownBy(() -> Schedule.of(1, 1, 0)).hasMessageContaining("active 0");
  }

  @Test
  void offMeansOff() {
    assertThat(Context.current().ranges()).isNull();
    Tensor x = Tensor.of(1f);
    Profiler profiler = Profiler.start();
    profiler.close();
    x.add(1);
    try (Profiler.Range range = Profiler.recordFunction("nothing")) {
      x.add(1);
    }
    assertThat(profiler.events()).isEmpty();
    assertThat(Context.current().ranges()).isNull();
  }

  @Test
  void inPlaceOperationsFailuresAndOtherThreads() throws Exception {
    Tensor x = Tensor.rand(Shape.of(4)).to(Device.QUEUE);
    Profiler profiler = Profiler.start();
    try (profiler) {
      x.addInPlace(1);
      assertThatThrownBy(() -> x.view(5)).isNotNull();
      assertThatThrownBy(() -> x.add(Tensor.rand(Shape.of(3)).to(Device.QUEUE))).isNotNull();
      Thread other =
          new Thread(
              () -> {
                try (Context.Restore watched = profiler.attach();
                    Scope own = Scope.open()) {
                  Tensor.of(1f).exp();
                }
              },
              "other");
      other.start();
      other.join();
    }
    assertThat(row(profiler, "op", "add_").device()).isEqualTo("queue");
    assertThat(row(profiler, "op", "ADD").count()).as("one that failed").isEqualTo(1);
    assertThat(profiler.events())
        .anyMatch(e -> e.name().equals("EXP") && e.thread().equals("other"));
  }

  @Test
  void memoryIsReportedByModule() {
    Mlp model = new Mlp(8, 16, 4);
    Tensor out = model.call(Tensor.rand(Shape.of(32, 8)));
    MemoryReport report = MemoryReport.now();
    assertThat(report.modules())
        .anyMatch(s -> s.name().equals("Linear.weight") && s.bytes() >= 4L * (8 * 16 + 16 * 4))
        .anyMatch(s -> s.name().equals("Mlp.fc1") && s.bytes() >= 4L * 32 * 16);
    assertThat(out.storage().module()).isEqualTo("Mlp.fc2");
  }
}
