package io.arclight.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.op.ConvolutionOp;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** oneDNN starts no threads: OpenMP's would bear the name of the thread that calls. */
@Timeout(60)
class OneDnnThreadsTest {
  private static final Path TASKS = Path.of("/proc/self/task");
  private static final String NAME = "calls-oneDNN";

  @Test
  void firstCallOfAThreadRunsOnItAlone() throws Exception {
    Assumptions.assumeTrue(Files.isDirectory(TASKS) && OneDnn.available());
    CompletableFuture<Long> named = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try (Scope scope = Scope.open()) {
                // Of a size that no other test has, so that its primitive is made here.
                Tensor x = Tensor.ones(Shape.of(3, 3, 61, 67));
                Tensor w = Tensor.ones(Shape.of(48, 3, 7, 7));
                Shape one = Shape.of(1, 1);
                Shape none = Shape.of(0, 0);
                Tensor.apply(new ConvolutionOp(one, none, none, one, 1), x, w);
                named.complete(threadsOfThisName());
              } catch (Throwable e) {
                named.completeExceptionally(e);
              }
            },
            NAME);
    thread.start();
    thread.join();
    assertThat(named.get()).isEqualTo(1);
  }

  private static long threadsOfThisName() throws IOException {
    try (Stream<Path> tasks = Files.list(TASKS)) {
      return tasks.filter(task -> name(task).equals(NAME)).count();
    }
  }

  private static String name(Path task) {
    try {
      return Files.readString(task.resolve("comm")).strip();
    } catch (IOException e) {
      if (Files.exists(task)) {
        throw new UncheckedIOException(e);
      }
      return "ended";
    }
  }
}
