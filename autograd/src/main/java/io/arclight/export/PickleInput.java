package io.arclight.export;

import io.arclight.data.blob.MalformedFileException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** The bytes of a pickle and how far they have been read, for errors that name the place. */
final class PickleInput {
  private static final int LONGEST_LINE = 256;

  /** How often functions may copy what the input holds: real checkpoints copy it once. */
  private static final long MAX_COPIES = 16;

  private final ByteBuffer bytes;
  private final String name;
  private long copied;

  PickleInput(byte[] bytes, String name) {
    this.bytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    this.name = name;
  }

  int position() {
    return bytes.position();
  }

  int uint8() throws MalformedFileException {
    return require(1).get() & 0xff;
  }

  int uint16() throws MalformedFileException {
    return require(2).getShort() & 0xffff;
  }

  int int32() throws MalformedFileException {
    return require(4).getInt();
  }

  double float64BigEndian() throws MalformedFileException {
    return Double.longBitsToDouble(Long.reverseBytes(require(8).getLong()));
  }

  /** A length in 4 bytes; what exceeds the input is noticed where it is read. */
  long length32() throws MalformedFileException {
    return int32() & 0xffff_ffffL;
  }

  long length64() throws MalformedFileException {
    return require(8).getLong();
  }

  byte[] bytes(long count) throws MalformedFileException {
    ByteBuffer source = require(count);
    byte[] out = new byte[(int) count];
    source.get(out);
    return out;
  }

  String text(long count) throws MalformedFileException {
    ByteBuffer slice = require(count).slice(bytes.position(), (int) count);
    try {
      String out = StandardCharsets.UTF_8.newDecoder().decode(slice).toString();
      bytes.position(bytes.position() + (int) count);
      return out;
    } catch (CharacterCodingException e) {
      throw error("a string is not UTF-8");
    }
  }

  /** To the next line feed, which is left out. */
  String line() throws MalformedFileException {
    int from = bytes.position();
    for (int i = from; i < Math.min(bytes.limit(), from + LONGEST_LINE); i++) {
      if (bytes.get(i) == '\n') {
        String out = text(i - from);
        bytes.get();
        return out;
      }
    }
    throw error("a name does not end within " + LONGEST_LINE + " bytes");
  }

  /** Counts bytes or items that a function copies: remembered arguments could be copied forever. */
  void copies(long count) throws MalformedFileException {
    copied += count;
    if (copied > MAX_COPIES * bytes.limit()) {
      throw error("its functions copy more than " + MAX_COPIES + " times what it holds");
    }
  }

  MalformedFileException error(String problem) {
    return new MalformedFileException(name + ": at byte " + position() + ": " + problem);
  }

  private ByteBuffer require(long count) throws MalformedFileException {
    if (count < 0 || count > bytes.remaining()) {
      throw error(
          "needs "
              + Long.toUnsignedString(count)
              + " more bytes, but there are "
              + bytes.remaining());
    }
    return bytes;
  }
}
