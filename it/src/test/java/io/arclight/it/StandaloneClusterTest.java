package io.arclight.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.jobs.Main;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A job through {@code spark-submit} on a standalone cluster: a master and two workers. */
@Timeout(240)
class StandaloneClusterTest {
  private static final List<String> SMALL =
      List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m");
  private static final String HOST = "127.0.0.1";

  @TempDir Path folder;

  private final List<ProcessHandle> started = new ArrayList<>();

  @AfterEach
  void endProcesses() {
    Processes.end(started);
  }

  @Test
  void trainsOnTwoWorkers() throws IOException, InterruptedException, URISyntaxException {
    int port = freePort();
    int web = freePort();
    String url = "spark://" + HOST + ":" + port;
    daemon("Master", "--host", HOST, "--port", "" + port, "--webui-port", "" + web);
    await(web, 0);
    for (String name : List.of("w1", "w2")) {
      daemon(
          "Worker",
          "--host",
          HOST,
          "--cores",
          "1",
          "--memory",
          "1g",
          "--webui-port",
          "0",
          "--work-dir",
          folder.resolve(name).toString(),
          url);
    }
    await(web, 2);

    Path model = folder.resolve("model");
    Path log = folder.resolve("submit.log");
    Process submit = submit(url, log, model);
    started.add(submit.toHandle());
    int code = Processes.await(submit, Duration.ofMinutes(2), log);
    assertThat(code).as(Files.readString(log)).isZero();
    assertThat(Files.readString(log)).contains("model saved to " + model);
    assertThat(model).isNotEmptyDirectory();
  }

  /** With the jar that users get, where it is built; else with the classes of the modules. */
  private Process submit(String url, Path log, Path model) throws IOException, URISyntaxException {
    Path built = Path.of(Main.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    boolean packaged = Files.isRegularFile(built);
    String runtime = packaged ? withoutProject(built) : System.getProperty("java.class.path");
    List<String> line = new ArrayList<>();
    line.addAll(List.of("org.apache.spark.deploy.SparkSubmit", "--master", url));
    line.addAll(
        List.of(
            "--executor-memory", "512m", "--executor-cores", "1", "--total-executor-cores", "2"));
    for (String setting :
        List.of(
            "spark.executorEnv.SPARK_SCALA_VERSION=2.12",
            "spark.executorEnv.SPARK_SQL_TESTING=1",
            "spark.executor.extraClassPath=" + runtime,
            "spark.executor.extraJavaOptions=" + "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
            "spark.driver.host=" + HOST,
            "spark.ui.enabled=false")) {
      line.addAll(List.of("--conf", setting));
    }
    line.addAll(List.of("--class", Main.class.getName()));
    line.add(packaged ? built.toString() : "spark-internal");
    line.addAll(List.of("train", "--option", "rows=1000", "--epochs", "1", "--batch-size", "64"));
    line.addAll(List.of("--slot-timeout", "60", "--out", model.toString()));
    return Processes.java(
        List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m"),
        runtime,
        log,
        environment(),
        line.toArray(String[]::new));
  }

  /** The class path without this project and the natives, which are in its jar. */
  private static String withoutProject(Path jar) {
    String project = jar.getParent().getParent().getParent().toString() + File.separator;
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> !entry.startsWith(project) && !entry.contains("bytedeco"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  private void daemon(String role, String... arguments) throws IOException {
    String[] command = new String[arguments.length + 1];
    command[0] = "org.apache.spark.deploy." + role.toLowerCase(java.util.Locale.ROOT) + "." + role;
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    started.add(
        Processes.java(
                SMALL,
                System.getProperty("java.class.path"),
                folder.resolve(role + started.size() + ".log"),
                environment(),
                command)
            .toHandle());
  }

  private Map<String, String> environment() {
    return Map.of("SPARK_HOME", folder.toString(), "SPARK_SCALA_VERSION", "2.12");
  }

  /** Waits until the master answers and has so many workers. */
  private void await(int web, int workers) throws IOException, InterruptedException {
    HttpClient client = HttpClient.newHttpClient();
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + HOST + ":" + web + "/json/"))
            .timeout(Duration.ofSeconds(10))
            .build();
    long deadline = System.nanoTime() + Duration.ofSeconds(80).toNanos();
    String seen = "no answer";
    while (System.nanoTime() < deadline) {
      try {
        seen = client.send(request, HttpResponse.BodyHandlers.ofString()).body();
        if (seen.split("\"state\" : \"ALIVE\"", -1).length - 1 == workers) {
          return;
        }
      } catch (IOException e) {
        seen = e.toString();
      }
      Thread.sleep(200);
    }
    throw new IllegalStateException(
        "the master has not %d workers, but: %s%n%s".formatted(workers, seen, logs()));
  }

  private String logs() throws IOException {
    StringBuilder all = new StringBuilder();
    try (var files = Files.newDirectoryStream(folder, "*.log")) {
      for (Path file : files) {
        all.append(file.getFileName()).append(":\n").append(Files.readString(file));
      }
    }
    return all.toString();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
