package io.arclight.tensor;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The head of an {@code .npy} file: a magic number, a version, and a Python dictionary.
 *
 * @param order of the bytes of an element
 * @param columnsFirst whether the first index runs fastest
 */
record NpyHeader(DType dtype, ByteOrder order, boolean columnsFirst, Shape shape) {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};

  /** Longer ones are no heads of arrays; NumPy's own limit is 10,000. */
  private static final int LONGEST = 1 << 16;

  private static final int ALIGNMENT = 64;

  static NpyHeader read(InputStream in, String file) throws IOException {
    DataInputStream data = new DataInputStream(in);
    byte[] start = new byte[MAGIC.length + 2];
    try {
      data.readFully(start);
      if (!Arrays.equals(MAGIC, Arrays.copyOf(start, MAGIC.length))) {
        throw new DataException(file + ": not an .npy file: it begins with other bytes");
      }
      int version = start[MAGIC.length];
      if (version < 1 || version > 3) {
        throw new DataException(
            file + ": .npy format version " + version + " is not known: expected 1 to 3");
      }
      long length =
          version == 1
              ? Short.toUnsignedInt(Short.reverseBytes(data.readShort()))
              : Integer.toUnsignedLong(Integer.reverseBytes(data.readInt()));
      if (length > LONGEST) {
        throw new DataException(
            file + ": a header of " + length + " bytes is longer than " + LONGEST);
      }
      byte[] text = new byte[(int) length];
      data.readFully(text);
      return new Parser(file, new String(text, StandardCharsets.UTF_8)).header();
    } catch (EOFException e) {
      throw new DataException(file + ": the file ends within its header");
    }
  }

  /** The head of a file of version 1, padded so that the elements are aligned. */
  byte[] bytes() {
    String sizes =
        Arrays.stream(shape.toArray()).mapToObj(Long::toString).collect(Collectors.joining(", "));
    String text =
        "{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }"
            .formatted(
                code(dtype),
                columnsFirst ? "True" : "False",
                sizes + (shape.rank() == 1 ? "," : ""));
    int before = MAGIC.length + 2 + Short.BYTES;
    int total = (before + text.length() + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    byte[] out = Arrays.copyOf(MAGIC, total);
    Arrays.fill(out, before, total, (byte) ' ');
    out[MAGIC.length] = 1;
    out[MAGIC.length + 1] = 0;
    out[MAGIC.length + 2] = (byte) (total - before);
    out[MAGIC.length + 3] = (byte) ((total - before) >> 8);
    byte[] ascii = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(ascii, 0, out, before, ascii.length);
    out[total - 1] = '\n';
    return out;
  }

  /** NumPy's name of a dtype, such as {@code <f4}. */
  private static String code(DType dtype) {
    String name = dtype.toString();
    if (name.startsWith("bfloat")) {
      throw new DTypeException(
          "NumPy has no " + dtype + ": convert with to(FLOAT32) before writing");
    }
    char kind = name.charAt(0);
    String order = dtype.bytes() == 1 ? "|" : "<";
    return order + kind + dtype.bytes();
  }

  private static DType dtype(String file, String code) {
    String word = code.length() == 3 || code.length() == 4 ? name(code) : "";
    for (DType t : DType.values()) {
      if (t.toString().equals(word)) {
        return t;
      }
    }
    throw new DataException(
        file
            + ": elements of NumPy type '"
            + code
            + "' have no equal here"
            + (code.contains("O") ? ": Python objects are never read" : ""));
  }

  /** How PyTorch calls a NumPy type; empty if it is no type of numbers. */
  private static String name(String code) {
    String kind =
        switch (code.charAt(1)) {
          case 'f' -> "float";
          case 'i' -> "int";
          case 'u' -> "uint";
          case 'c' -> "complex";
          default -> "";
        };
    String digits = code.substring(2);
    if (code.substring(1).equals("b1")) {
      return "bool";
    }
    return kind.isEmpty() || !digits.matches("\\d{1,2}") ? "" : kind + 8 * Integer.parseInt(digits);
  }

  /** Reads the few Python literals that a header is made of. */
  private static final class Parser {
    private final String file;
    private final String text;
    private int at;

    Parser(String file, String text) {
      this.file = file;
      this.text = text;
    }

    NpyHeader header() {
      String descr = null;
      Boolean columnsFirst = null;
      long[] shape = null;
      expect("{");
      while (!accept("}")) {
        String key = string();
        expect(":");
        switch (key) {
          case "descr" -> descr = string();
          case "fortran_order" -> columnsFirst = truth();
          case "shape" -> shape = tuple();
          default -> throw malformed("unknown entry '" + key + "'");
        }
        if (!accept(",")) {
          expect("}");
          break;
        }
      }
      if (descr == null || columnsFirst == null || shape == null) {
        throw malformed("'descr', 'fortran_order' and 'shape' are needed");
      }
      if (descr.isEmpty() || "<>|=".indexOf(descr.charAt(0)) < 0) {
        throw malformed("'" + descr + "' is no type of elements");
      }
      ByteOrder order = descr.charAt(0) == '>' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
      DType dtype = dtype(file, descr);
      try {
        Shape sizes = Shape.of(shape);
        Math.multiplyExact(sizes.elements(), (long) dtype.bytes());
        return new NpyHeader(dtype, order, columnsFirst, sizes);
      } catch (ArithmeticException e) {
        throw malformed("shape " + Arrays.toString(shape) + " has too many elements");
      }
    }

    private DataException malformed(String problem) {
      String shown = text.length() > 200 ? text.substring(0, 200) + "..." : text;
      return new DataException(file + ": malformed header: " + problem + ", in " + shown.trim());
    }

    private void blanks() {
      while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
        at++;
      }
    }

    private boolean accept(String token) {
      blanks();
      if (text.startsWith(token, at)) {
        at += token.length();
        return true;
      }
      return false;
    }

    private void expect(String token) {
      if (!accept(token)) {
        throw malformed("expected '" + token + "' at character " + at);
      }
    }

    private String string() {
      blanks();
      char quote = at < text.length() ? text.charAt(at) : ' ';
      int end = quote == '\'' || quote == '"' ? text.indexOf(quote, at + 1) : -1;
      if (end < 0) {
        throw malformed(
            quote == '['
                ? "records of several fields have no equal here"
                : "expected a string at character " + at);
      }
      String out = text.substring(at + 1, end);
      at = end + 1;
      return out;
    }

    private boolean truth() {
      if (accept("True")) {
        return true;
      }
      expect("False");
      return false;
    }

    private long[] tuple() {
      List<Long> out = new ArrayList<>();
      expect("(");
      while (!accept(")")) {
        out.add(integer());
        if (!accept(",")) {
          expect(")");
          break;
        }
      }
      return out.stream().mapToLong(n -> n).toArray();
    }

    private long integer() {
      blanks();
      int from = at;
      while (at < text.length() && Character.isDigit(text.charAt(at))) {
        at++;
      }
      try {
        // Python 2 wrote long integers with an L.
        long n = Long.parseLong(text, from, at, 10);
        accept("L");
        return n;
      } catch (NumberFormatException e) {
        throw malformed("expected a size at character " + from);
      }
    }
  }
}
