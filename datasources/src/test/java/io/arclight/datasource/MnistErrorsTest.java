package io.arclight.datasource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class MnistErrorsTest {
  private static final String IMAGES = "train-images-idx3-ubyte";
  private static final String LABELS = "train-labels-idx1-ubyte";

  @TempDir Path folder;

  @Test
  void noSuchPath() {
    fails("No file or folder matches", "nowhere", Map.of(), "nowhere");
  }

  @Test
  void emptyFolder() throws IOException {
    Files.writeString(folder.resolve("readme.txt"), "hello");
    fails("has no IDX images", "Found: [readme.txt]", Map.of(), "");
  }

  @Test
  void noSuchSplit() throws IOException {
    IdxWriter.pair(folder, "train", 3);
    fails("no files of the split TEST", IMAGES, Map.of("split", "test"), "");
  }

  @Test
  void missingLabels() throws IOException {
    IdxWriter.pair(folder, "train", 3);
    Files.delete(folder.resolve(LABELS));
    fails(IMAGES + " has no labels", "neither " + LABELS, Map.of(), "");
  }

  @Test
  void labelsThatAreAFolder() throws IOException {
    IdxWriter.pair(folder, "train", 3);
    Files.delete(folder.resolve(LABELS));
    Files.createDirectory(folder.resolve(LABELS));
    fails(LABELS, "cannot be read", Map.of(), "");
  }

  @Test
  void anotherNumberOfLabels() throws IOException {
    IdxWriter.pair(folder, "train", 3);
    Files.write(folder.resolve(LABELS), IdxWriter.labels(4));
    fails(IMAGES + " has 3 images", LABELS + " has 4 labels", Map.of(), "");
  }

  @Test
  void anotherSizeOfImages() throws IOException {
    IdxWriter.pair(folder, "train", 3);
    IdxWriter.pair(folder, "train2", 3);
    byte[] wide = IdxWriter.images(3);
    wide[11] = IdxWriter.WIDTH;
    wide[15] = IdxWriter.HEIGHT;
    Files.write(folder.resolve("train2-images-idx3-ubyte"), wide);
    fails("must have one size", "4 x 3", Map.of(), "");
  }

  @Test
  void wrongMagic() throws IOException {
    IdxWriter.pair(folder, "train", 3);
    Files.copy(folder.resolve(IMAGES), folder.resolve(LABELS + ".gz"));
    Files.write(folder.resolve(IMAGES), IdxWriter.labels(16));
    fails(IMAGES + " is no IDX file of images", "0x00000801, expected 0x00000803", Map.of(), "");
  }

  @Test
  void gzippedWithoutTheName() throws IOException {
    IdxWriter.pair(folder, "train", 3);
    Files.write(folder.resolve(LABELS), IdxWriter.gzip(IdxWriter.labels(3)));
    fails(LABELS, "It is gzipped", Map.of(), "");
  }

  @Test
  void notGzippedInSpiteOfTheName() throws IOException {
    IdxWriter.gzippedPair(folder, "train", 3);
    Files.write(folder.resolve(IMAGES + ".gz"), IdxWriter.images(3));
    fails(IMAGES + ".gz", "is not gzip data", Map.of(), "");
  }

  @Test
  void impossibleDimensions() throws IOException {
    IdxWriter.pair(folder, "train", 3);
    byte[] images = IdxWriter.images(3);
    images[8] = 0x7f;
    Files.write(folder.resolve(IMAGES), images);
    fails(IMAGES + " is corrupt", "3 items of 2130706435 x 4", Map.of(), "");
  }

  @ParameterizedTest
  @CsvSource({"0", "3", "15", "16", "51"})
  void truncatedPlainFile(int bytes) throws IOException {
    IdxWriter.pair(folder, "train", 3);
    Files.write(folder.resolve(IMAGES), Arrays.copyOf(IdxWriter.images(3), bytes));
    fails(IMAGES, "truncated", Map.of(), "");
  }

  @ParameterizedTest
  @CsvSource({"0,cannot be read", "5,cannot be read", "200,truncated", "1000,truncated"})
  void truncatedGzip(int bytes, String why) throws IOException {
    IdxWriter.gzippedPair(folder, "train", 3000);
    Path images = folder.resolve(IMAGES + ".gz");
    byte[] whole = Files.readAllBytes(images);
    assertThat(whole.length).isGreaterThan(1001);
    Files.write(images, Arrays.copyOf(whole, bytes));
    fails(IMAGES + ".gz", why, Map.of("numPartitions", "3"), "");
  }

  @Test
  void corruptGzip() throws IOException {
    IdxWriter.gzippedPair(folder, "train", 3000);
    Path images = folder.resolve(IMAGES + ".gz");
    byte[] bytes = Files.readAllBytes(images);
    bytes[bytes.length - 8] ^= 1;
    Files.write(images, bytes);
    fails(IMAGES + ".gz", "corrupt", Map.of(), "");
  }

  @Test
  void gzipThatGoesOnAfterItsItems() throws IOException {
    IdxWriter.gzippedPair(folder, "train", 3);
    Path images = folder.resolve(IMAGES + ".gz");
    Files.write(images, IdxWriter.gzip(Arrays.copyOf(IdxWriter.images(3), 53)));
    fails(IMAGES + ".gz", "goes on after the 3 items", Map.of(), "");
  }

  @Test
  void fileThatChangesBetweenPlanningAndReading() throws IOException {
    IdxWriter.pair(folder, "train", 3);
    var images = LocalSpark.session().read().format("mnist").load(folder.toString());
    IdxWriter.pair(folder, "train", 4);
    assertThat(rootOf(catchThrowable(images::collectAsList)))
        .isInstanceOf(DataSourceException.class)
        .hasMessageContaining("changed after the query was planned");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "split|validation|It can be: train, test, all",
        "pixels|double|It can be: float, binary",
        "scale|0|is not a positive factor",
        "scale|x|is not a positive factor",
        "numPartitions|0|is not an integer from 1",
        "numPartitions|2.5|is not an integer from 1",
        "rowsPerPartition|-1|is not an integer from 1"
      })
  void wrongOption(String key, String value, String why) throws IOException {
    IdxWriter.pair(folder, "train", 3);
    fails("Option " + key + "=" + value, why, Map.of(key, value), "");
  }

  @Test
  void scaledBytes() throws IOException {
    IdxWriter.pair(folder, "train", 3);
    fails("scale=2", "pixels=binary", Map.of("scale", "2", "pixels", "binary"), "");
  }

  @Test
  void noPath() {
    Throwable thrown = catchThrowable(() -> LocalSpark.session().read().format("mnist").load());
    assertThat(thrown).isInstanceOf(DataSourceException.class).hasMessageContaining("needs a path");
  }

  private void fails(String first, String second, Map<String, String> options, String below) {
    Throwable thrown =
        catchThrowable(
            () ->
                LocalSpark.session()
                    .read()
                    .format("mnist")
                    .options(options)
                    .load(folder.resolve(below).toString())
                    .collectAsList());
    assertThat(thrown).as("no error").isNotNull();
    Throwable ours =
        Stream.iterate(thrown, t -> t != null, Throwable::getCause)
            .filter(DataSourceException.class::isInstance)
            .findFirst()
            .orElseThrow(() -> new AssertionError(thrown));
    assertThat(ours).hasMessageContaining(first).hasMessageContaining(second);
  }

  private static Throwable rootOf(Throwable thrown) {
    return thrown.getCause() == null ? thrown : rootOf(thrown.getCause());
  }
}
