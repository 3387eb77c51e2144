package io.arclight.datasource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

/** Writes IDX files whose content follows from the number of the row. */
final class IdxWriter {
  static final int HEIGHT = 3;
  static final int WIDTH = 4;
  static final int SIZE = HEIGHT * WIDTH;

  private IdxWriter() {}

  static byte pixel(int row, int i) {
    return (byte) (row * 31 + i * 7);
  }

  static int label(int row) {
    return row % 10;
  }

  static byte[] images(int rows) {
    ByteBuffer bytes = ByteBuffer.allocate(16 + rows * SIZE);
    bytes.putInt(0x0803).putInt(rows).putInt(HEIGHT).putInt(WIDTH);
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < SIZE; i++) {
        bytes.put(pixel(row, i));
      }
    }
    return bytes.array();
  }

  static byte[] labels(int rows) {
    ByteBuffer bytes = ByteBuffer.allocate(8 + rows).putInt(0x0801).putInt(rows);
    for (int row = 0; row < rows; row++) {
      bytes.put((byte) label(row));
    }
    return bytes.array();
  }

  static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  /** A pair of files {@code <name>-images-idx3-ubyte} and {@code <name>-labels-idx1-ubyte}. */
  static void pair(Path folder, String name, int rows) throws IOException {
    Files.write(folder.resolve(name + "-images-idx3-ubyte"), images(rows));
    Files.write(folder.resolve(name + "-labels-idx1-ubyte"), labels(rows));
  }

  static void gzippedPair(Path folder, String name, int rows) throws IOException {
    Files.write(folder.resolve(name + "-images-idx3-ubyte.gz"), gzip(images(rows)));
    Files.write(folder.resolve(name + "-labels-idx1-ubyte.gz"), gzip(labels(rows)));
  }
}
