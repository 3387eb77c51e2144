package io.arclight.datasource;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;

/** Reads the items of an IDX file one after the other; after the last, the file must end. */
final class IdxItems implements Closeable {
  private final IdxFile file;
  private final DataInputStream in;
  private int next;

  IdxItems(IdxFile file, DataInputStream in, int next) {
    this.file = file;
    this.in = in;
    this.next = next;
  }

  int left() {
    return file.items() - next;
  }

  void read(byte[] target, int offset, int rows) {
    try {
      in.readFully(target, offset, rows * file.itemSize());
      next += rows;
      if (next == file.items() && in.read() >= 0) {
        throw new DataSourceException(
            file.path() + " goes on after the " + next + " items that its header says.");
      }
    } catch (EOFException e) {
      throw file.truncated(next + rows);
    } catch (IOException e) {
      throw IdxFile.unreadable(file.path(), e);
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
