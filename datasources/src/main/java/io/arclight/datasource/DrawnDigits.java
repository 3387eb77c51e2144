package io.arclight.datasource;

import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;

/** Digits drawn on demand; a row depends on seed, split and its number only. */
record DrawnDigits(long rows, long seed, Split split) implements ImageSource {
  @Override
  public int imageSize() {
    return DigitCanvas.SIDE * DigitCanvas.SIDE;
  }

  /** Seen as a file whose name says everything that the pixels depend on. */
  @Override
  public List<PinnedTable.Piece> pieces(long from, long to) {
    String name =
        "digits:split=%s,seed=%d,drawing=%d"
            .formatted(split.name().toLowerCase(Locale.ROOT), seed, DigitCanvas.VERSION);
    int size = imageSize();
    return List.of(new PinnedTable.Piece(name, from * size, (to - from) * size, rows * size, 0));
  }

  @Override
  public ByteRows pixels(Configuration hadoop, long from) {
    return new ByteRows() {
      private final DigitCanvas canvas = new DigitCanvas();
      private long row = from;

      @Override
      public void read(byte[] target, int rows) {
        for (int i = 0; i < rows; i++, row++) {
          RandomStream random = random(row);
          canvas.draw(label(random), random, target, i * imageSize());
        }
      }
    };
  }

  @Override
  public ByteRows labels(Configuration hadoop, long from) {
    return new ByteRows() {
      private long row = from;

      @Override
      public void read(byte[] target, int rows) {
        for (int i = 0; i < rows; i++, row++) {
          target[i] = (byte) label(random(row));
        }
      }
    };
  }

  private RandomStream random(long row) {
    long stream = split == Split.TRAIN ? 0 : 1;
    return new RandomStream(RandomStream.key(RandomStream.key(seed, stream), row));
  }

  /** The first draw of a row's stream. */
  private static int label(RandomStream random) {
    return random.integer(DigitGlyphs.CLASSES);
  }
}
