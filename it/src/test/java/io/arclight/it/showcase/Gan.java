package io.arclight.it.showcase;

import io.arclight.autograd.Autograd;
import io.arclight.data.Batch;
import io.arclight.data.DataLoader;
import io.arclight.data.Epoch;
import io.arclight.models.Dcgan;
import io.arclight.models.LeNet;
import io.arclight.nn.BCEWithLogitsLoss;
import io.arclight.nn.ZeroPad2d;
import io.arclight.optim.Adam;
import io.arclight.tensor.Context;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import javax.imageio.ImageIO;

/** Draws digits: a generator against a discriminator. */
final class Gan {
  private static final int SIZE = 32;
  private static final int LATENT = 64;
  private static final int SAMPLES = 1000;
  private static final int GRID = 8;
  private static final double SURE = 0.9;

  private Gan() {}

  /**
   * The share of drawn digits that a classifier of real ones is sure about, 0 if a digit is hardly
   * ever drawn.
   *
   * @param limit of training images
   * @param png for a grid of drawn digits
   */
  static double run(Path data, int epochs, int limit, Path png) throws IOException {
    Samples train = Mnist.read(data, "train", limit);
    LeNet judge = Learning.seeded(2, () -> new LeNet());
    Learning.train(judge, train.dataset(), new Learning.Plan(2, 64, 4e-3, 1e-2, 0));
    return Learning.seeded(1, () -> train(enlarged(train), epochs, judge, png));
  }

  /** [n, 1, 32, 32] on [-1, 1]. */
  private static Samples enlarged(Samples images) {
    return new Samples(new ZeroPad2d(2).call(images.x()).mul(2).sub(1), images.y());
  }

  private static double train(Samples images, int epochs, LeNet judge, Path png) {
    double share = 0;
    Dcgan.Generator generator = new Dcgan.Generator(LATENT, 16, 1, SIZE);
    Dcgan.Discriminator discriminator = new Dcgan.Discriminator(16, 1, SIZE);
    Adam drawing = new Adam(generator.parameters(), 5e-4).betas(0.5, 0.999);
    Adam judging = new Adam(discriminator.parameters(), 5e-4).betas(0.5, 0.999);
    BCEWithLogitsLoss loss = new BCEWithLogitsLoss();
    DataLoader<Batch> loader = DataLoader.of(images.dataset(), 64).shuffle(1).dropLast();
    for (int e = 0; e < epochs; e++) {
      double sum = 0;
      try (Epoch<Batch> batches = loader.epoch(e)) {
        for (Batch batch : batches) {
          Tensor real = batch.get("x");
          Tensor fake = generator.call(codes(real.dim(0)));
          Tensor yes = Tensor.ones(Shape.of(real.dim(0)));
          judging.zeroGrad();
          Tensor told = loss.forward(discriminator.call(real), yes);
          Tensor found = loss.forward(discriminator.call(fake.detach()), yes.sub(1));
          told.add(found).backward();
          judging.step();
          drawing.zeroGrad();
          loss.forward(discriminator.call(fake), yes).backward();
          drawing.step();
          sum += told.item() + found.item();
        }
      }
      try (Scope scope = Scope.open()) {
        Tensor drawn = draw(generator, SAMPLES);
        write(drawn, png);
        share = share(judge, drawn);
        System.out.printf(
            Locale.ROOT,
            "epoch %d: loss of the discriminator %.3f, sure of %.3f%n",
            e + 1,
            sum / loader.steps(),
            share);
      }
    }
    return share;
  }

  private static Tensor codes(long count) {
    return Tensor.randn(Shape.of(count, LATENT, 1, 1));
  }

  private static Tensor draw(Dcgan.Generator generator, long count) {
    generator.eval();
    try (Context.Restore mode = Autograd.noGrad()) {
      return generator.call(codes(count)).add(1).div(2);
    } finally {
      generator.train();
    }
  }

  private static double share(LeNet judge, Tensor drawn) {
    judge.eval();
    try (Context.Restore mode = Autograd.noGrad()) {
      Tensor inner = drawn.narrow(2, 2, SIZE - 4).narrow(3, 2, SIZE - 4);
      Tensor likely = judge.call(inner.contiguous()).softmax(1);
      long[] counts = new long[10];
      for (long digit : likely.argmax(1).toLongs()) {
        counts[(int) digit]++;
      }
      System.out.println("drawn of each digit: " + Arrays.toString(counts));
      boolean all = Arrays.stream(counts).allMatch(n -> n >= drawn.dim(0) / 100);
      double sure = likely.amax(1).gt(SURE).sum().item() / drawn.dim(0);
      return all ? sure : 0;
    }
  }

  private static void write(Tensor drawn, Path png) {
    BufferedImage image = new BufferedImage(GRID * SIZE, GRID * SIZE, BufferedImage.TYPE_BYTE_GRAY);
    float[] values = drawn.narrow(0, 0, GRID * GRID).contiguous().toFloats();
    for (int i = 0; i < values.length; i++) {
      int n = i / (SIZE * SIZE);
      int x = n % GRID * SIZE + i % SIZE;
      int y = n / GRID * SIZE + i / SIZE % SIZE;
      image.getRaster().setSample(x, y, 0, Math.round(255 * values[i]));
    }
    try {
      Files.createDirectories(png.getParent());
      ImageIO.write(image, "png", png.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
