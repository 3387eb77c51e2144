package io.arclight.it.showcase;

import io.arclight.data.Batch;
import io.arclight.data.Dataset;
import io.arclight.models.ResNet;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicIntegerArray;
import javax.imageio.ImageIO;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/** Small colour photographs from tar shards by a residual network. */
final class Cifar {
  private static final int SIZE = 32;
  private static final int AREA = SIZE * SIZE;
  private static final int SHIFT = 4;
  private static final float[] MEAN = {0.491f, 0.482f, 0.447f};
  private static final float[] DEVIATION = {0.247f, 0.243f, 0.262f};

  private Cifar() {}

  /**
   * The share of the test images that are found right.
   *
   * @param limit of training images
   */
  static double run(Path folder, long width, int epochs, int limit) throws IOException {
    ResNet model = Learning.seeded(1, () -> ResNet.small(width, 1, 10));
    Photographs train = Photographs.read(folder, "train", limit);
    Learning.train(model, train, new Learning.Plan(epochs, 64, 1e-2, 5e-2, 0.1));
    Samples test = Photographs.read(folder, "test", limit).plain();
    return Learning.accuracy(model, test.x(), test.y());
  }

  /** Images as they come, or flipped and shifted in each epoch as their number says. */
  static final class Photographs implements Dataset<Batch> {
    private final List<float[]> images;
    private final long[] labels;
    private final AtomicIntegerArray uses;

    private Photographs(List<float[]> images, long[] labels) {
      this.images = images;
      this.labels = labels;
      this.uses = new AtomicIntegerArray(labels.length);
    }

    /** The shards of a split: of each image {@code name.jpg} and {@code name.cls}. */
    static Photographs read(Path folder, String split, int limit) throws IOException {
      Map<String, byte[]> files = new TreeMap<>();
      try (DirectoryStream<Path> shards =
          Files.newDirectoryStream(folder, "cifar10-" + split + "-*.tar")) {
        for (Path shard : shards) {
          read(shard, files);
        }
      }
      List<float[]> images = new ArrayList<>();
      List<Long> labels = new ArrayList<>();
      List<String> names = new ArrayList<>(files.keySet());
      names.removeIf(name -> !name.endsWith(".jpg"));
      // Names begin with the class: a part must have all of them.
      int every = Math.max(1, names.size() / limit);
      for (int i = 0; i < names.size() && images.size() < limit; i += every) {
        byte[] label = files.get(names.get(i).replace(".jpg", ".cls"));
        images.add(pixels(files.get(names.get(i))));
        labels.add(Long.parseLong(new String(label, StandardCharsets.US_ASCII).trim()));
      }
      return new Photographs(images, labels.stream().mapToLong(v -> v).toArray());
    }

    private static void read(Path shard, Map<String, byte[]> files) throws IOException {
      try (TarArchiveInputStream tar =
          new TarArchiveInputStream(new BufferedInputStream(Files.newInputStream(shard)))) {
        for (TarArchiveEntry entry = tar.getNextTarEntry();
            entry != null;
            entry = tar.getNextTarEntry()) {
          files.put(shard.getFileName() + "/" + entry.getName(), tar.readAllBytes());
        }
      }
    }

    /** Standardised, channels first. */
    private static float[] pixels(byte[] jpeg) throws IOException {
      BufferedImage image = ImageIO.read(new ByteArrayInputStream(jpeg));
      int[] colours = image.getRGB(0, 0, SIZE, SIZE, null, 0, SIZE);
      float[] out = new float[3 * AREA];
      for (int c = 0; c < 3; c++) {
        for (int i = 0; i < AREA; i++) {
          float value = (colours[i] >> (16 - 8 * c) & 255) / 255f;
          out[c * AREA + i] = (value - MEAN[c]) / DEVIATION[c];
        }
      }
      return out;
    }

    @Override
    public long size() {
      return labels.length;
    }

    @Override
    public Batch get(long index) {
      return batch(new long[] {index});
    }

    @Override
    public Batch batch(long[] indices) {
      float[] x = new float[indices.length * 3 * AREA];
      long[] y = new long[indices.length];
      for (int i = 0; i < indices.length; i++) {
        int index = (int) indices[i];
        int use = uses.getAndIncrement(index);
        SplittableRandom random = new SplittableRandom(index * 1_000_003L + use);
        augment(images.get(index), x, i * 3 * AREA, random);
        y[i] = labels[index];
      }
      Shape shape = Shape.of(indices.length, 3, SIZE, SIZE);
      Tensor ids = Tensor.of(indices);
      return new Batch(Map.of("x", Tensor.of(x, shape), "y", Tensor.of(y)), ids);
    }

    private static void augment(float[] from, float[] to, int at, SplittableRandom random) {
      boolean flip = random.nextBoolean();
      int down = random.nextInt(2 * SHIFT + 1) - SHIFT;
      int right = random.nextInt(2 * SHIFT + 1) - SHIFT;
      for (int c = 0; c < 3; c++) {
        for (int row = Math.max(0, -down); row < Math.min(SIZE, SIZE - down); row++) {
          for (int column = Math.max(0, -right); column < Math.min(SIZE, SIZE - right); column++) {
            int source = column + right;
            to[at + c * AREA + row * SIZE + column] =
                from[c * AREA + (row + down) * SIZE + (flip ? SIZE - 1 - source : source)];
          }
        }
      }
    }

    /** All images without changes. */
    Samples plain() {
      float[] x = new float[labels.length * 3 * AREA];
      for (int i = 0; i < labels.length; i++) {
        System.arraycopy(images.get(i), 0, x, i * 3 * AREA, 3 * AREA);
      }
      return new Samples(Tensor.of(x, Shape.of(labels.length, 3, SIZE, SIZE)), Tensor.of(labels));
    }
  }
}
