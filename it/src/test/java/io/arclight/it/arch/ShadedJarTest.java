package io.arclight.it.arch;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.datasource.MnistSource;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is in the jar that users get, and that it is complete. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ShadedJarTest {
  private Path jar;

  @BeforeEach
  void findJar() throws URISyntaxException {
    jar = locationOf(MnistSource.class);
    Assumptions.assumeTrue(Files.isRegularFile(jar), "the jar is built by the phase package only");
  }

  @Test
  void carriesNobodyElsesPackages() throws IOException {
    assertThat(classesIn(jar))
        .allMatch(name -> name.startsWith("io/arclight/") || name.startsWith("org/bytedeco/"))
        .contains("io/arclight/shaded/picocli/CommandLine.class")
        .contains("io/arclight/shaded/snakeyaml/Yaml.class");
  }

  @Test
  void servicesOfAllModulesAreMerged() throws IOException {
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      ZipEntry entry =
          zip.getEntry("META-INF/services/org.apache.spark.sql.sources.DataSourceRegister");
      String services =
          new String(zip.getInputStream(entry).readAllBytes(), StandardCharsets.UTF_8);
      assertThat(services.lines())
          .contains("io.arclight.datasource.MnistSource", "io.arclight.datasource.DigitsSource");
    }
  }

  @Test
  void carriesExactlyTheNativesThatLoad(@TempDir Path cache)
      throws IOException, InterruptedException, URISyntaxException {
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Dorg.bytedeco.javacpp.cachedir=" + cache,
                    "-cp",
                    jar + ":" + locationOf(LoadNatives.class),
                    LoadNatives.class.getName()))
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).as(output).isZero();
    Set<String> loaded =
        Stream.of(output.split("\n", -1))
            .filter(line -> line.startsWith("loaded "))
            .map(line -> withoutAlias(line.substring(line.lastIndexOf('/') + 1)))
            .collect(Collectors.toSet());
    Set<String> carried =
        namesIn(jar).stream()
            .filter(name -> name.matches(".*\\.so(\\.[0-9]+)?"))
            .map(name -> name.substring(name.lastIndexOf('/') + 1))
            .collect(Collectors.toSet());
    assertThat(loaded).isEqualTo(carried);
  }

  /** JavaCPP extracts OpenBLAS under the name that the binding without LAPACK links to. */
  private static String withoutAlias(String library) {
    return library.equals("libopenblas_nolapack.so.0") ? "libopenblas.so.0" : library;
  }

  private static List<String> classesIn(Path jar) throws IOException {
    return namesIn(jar).stream().filter(name -> name.endsWith(".class")).toList();
  }

  private static List<String> namesIn(Path jar) throws IOException {
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      return zip.stream().map(ZipEntry::getName).toList();
    }
  }

  private static Path locationOf(Class<?> type) throws URISyntaxException {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
  }
}
