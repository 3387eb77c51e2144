package io.arclight.it.showcase;

import io.arclight.export.TorchFile;
import io.arclight.models.LeNet;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;

/** A network that PyTorch trained on the digits 0 to 4 is taught 5 to 9 by its last layer alone. */
final class Transfer {
  private static final Learning.Plan PLAN = new Learning.Plan(20, 32, 1e-2, 1e-2, 0);

  /** Written by {@code it/oracle/transfer.py}. */
  private static final String FILE = "lenet-0-4.pt";

  private Transfer() {}

  /**
   * The share of the test digits from 5 that are found right, after {@code limit} to learn from.
   */
  static double pretrained(Path data, int limit) throws IOException, URISyntaxException {
    LeNet model = Learning.seeded(1, () -> new LeNet(1, 5));
    Path file = Path.of(Transfer.class.getResource(FILE).toURI());
    try (TorchFile saved = TorchFile.load(file)) {
      model.loadStateDict(saved.stateDict());
    }
    return taught(model, data, limit);
  }

  /** By how much that is more than with a backbone that has learnt nothing. */
  static double gain(Path data, int limit) throws IOException, URISyntaxException {
    double random = taught(Learning.seeded(1, () -> new LeNet(1, 5)), data, limit);
    System.out.println("a head on random weights: " + random);
    return pretrained(data, limit) - random;
  }

  private static double taught(LeNet model, Path data, int limit) throws IOException {
    model.requiresGrad(false);
    Learning.seeded(2, () -> model.replaceHead(5));
    Samples train = Mnist.read(data, "train", 2 * limit).classes(5, 10).first(limit);
    Learning.train(model, train.dataset(), PLAN);
    Samples test = Mnist.read(data, "t10k", Integer.MAX_VALUE).classes(5, 10);
    return Learning.accuracy(model, test.x(), test.y());
  }
}
