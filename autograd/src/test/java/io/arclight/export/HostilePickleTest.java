package io.arclight.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.data.blob.MalformedFileException;
import io.arclight.tensor.memory.Memory;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Pickles that want to run something, or to use up memory or time. */
@Timeout(30)
class HostilePickleTest {
  @TempDir Path folder;
  private Scope scope;
  private long before;

  @BeforeEach
  void open() {
    scope = Scope.open();
    before = Memory.liveBytes();
  }

  @AfterEach
  void close() {
    assertThat(Memory.liveBytes()).isEqualTo(before);
    scope.close();
  }

  /** A pickle of protocol 2: text is latin1, so that opcodes can be written as escapes. */
  private static byte[] pickle(String... parts) {
    return ("\u0080\u0002" + String.join("", parts) + ".").getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String text(String text) {
    return "\u008c" + (char) text.length() + text;
  }

  private Path file(byte[] pickle, Map<String, byte[]> records) throws IOException {
    Path out = folder.resolve("x.pt");
    try (OutputStream stream = Files.newOutputStream(out);
        ZipOutputStream zip = new ZipOutputStream(stream)) {
      Map<String, byte[]> all = new LinkedHashMap<>(records);
      all.put("x/data.pkl", pickle);
      for (Map.Entry<String, byte[]> record : all.entrySet()) {
        ZipEntry entry = new ZipEntry(record.getKey());
        if (record.getKey().endsWith(".pkl")) {
          CRC32 sum = new CRC32();
          sum.update(record.getValue());
          entry.setMethod(ZipEntry.STORED);
          entry.setSize(record.getValue().length);
          entry.setCrc(sum.getValue());
        }
        zip.putNextEntry(entry);
        zip.write(record.getValue());
      }
    }
    return out;
  }

  private void refused(byte[] pickle, String... parts) throws IOException {
    Path file = file(pickle, Map.of("x/data/0", new byte[8]));
    assertThatThrownBy(() -> TorchFile.load(file))
        .isInstanceOf(MalformedFileException.class)
        .hasMessageStartingWith(file + ": x/data.pkl: ")
        .hasMessageContainingAll(parts);
  }

  @Test
  void namesOfOtherThingsAreRefused() throws IOException {
    for (String name :
        new String[] {
          "posix system",
          "os system",
          "subprocess Popen",
          "builtins eval",
          "__builtin__ getattr",
          "builtins exec",
          "torch load",
          "torch.hub load",
          "torch._utils _rebuild_sparse_tensor",
          "torch.jit load",
          "numpy.core.multiarray _reconstruct",
          "collections defaultdict",
          "java.lang Runtime",
          "__main__ Net",
          "torch.nn.modules.linear Linear"
        }) {
      String full = name.replace("__builtin__", "builtins").replace(' ', '.');
      String line = name.replace(' ', '\n') + "\n";
      refused(pickle("c", line, text("id"), "\u0085R"), "at byte", full + " is not allowed");
      String[] parts = name.split(" ");
      refused(
          pickle(text(parts[0]), text(parts[1]), "\u0093", text("id"), "\u0085R"),
          full + " is not allowed");
    }
    refused(pickle("ctorch\nfloat8_e4m3fn\n"), "torch.float8_e4m3fn is not supported");
    refused(pickle("ctorch\nQInt8Storage\n"), "torch.QInt8Storage is not allowed");
  }

  static Stream<Arguments> opcodes() {
    return Stream.of(
        Arguments.of("(iposix\nsystem\n", "opcode 0x69"),
        Arguments.of("(NNo", "opcode 0x6f"),
        Arguments.of("\u0082\u0001", "opcode 0x82"),
        Arguments.of("P0\n", "opcode 0x50"),
        Arguments.of("\u0097", "opcode 0x97"),
        Arguments.of("I1\n", "opcode 0x49"),
        Arguments.of("\u00ff", "opcode 0xff"),
        Arguments.of("\u0080\u0006N", "protocol 6"),
        Arguments.of("h\u0005", "object 5, which was not remembered"),
        Arguments.of("a", "needs an object"),
        Arguments.of("t", "needs a mark"),
        Arguments.of("(N0N\u0085", "left over"),
        Arguments.of("NN", "left over"),
        Arguments.of("", "needs an object"),
        Arguments.of("NNa", "appends to None"),
        Arguments.of(")Na", "appends to a tuple"),
        Arguments.of("]NNs", "sets items of a list"),
        Arguments.of("}(Nu", "has no value"),
        Arguments.of("}]Ns", "key of a dict or member of a set is a list"),
        Arguments.of("})\u0085Ns", "is a tuple"),
        Arguments.of("](N\u0090", "adds to a list"),
        Arguments.of("N)R", "calls None"),
        Arguments.of("ctorch\nTensor\n)R", "torch.Tensor cannot be called"),
        Arguments.of("ctorch\nSize\n)R", "argument 0 of 0 is None"),
        Arguments.of("ctorch\nSize\nK\u0001\u0085\u0085R0]", null),
        Arguments.of("ctorch\nSize\nJ\u00ff\u00ff\u00ff\u00ff\u0085\u0085R", "is no shape"),
        Arguments.of("ctorch\nSize\nctorch\nSize\n\u0085\u0085R", "whole numbers"),
        Arguments.of("ctorch\ndevice\n" + text("mps") + "\u0085R", "device 'mps'"),
        Arguments.of("]}b", "sets attributes of a list"),
        Arguments.of("N\u0085Q", "persistent id"),
        Arguments.of("ccollections\nOrderedDict\n", "the function collections.OrderedDict"),
        Arguments.of("c_codecs\nencode\n" + text("a") + text("utf8") + "\u0086R", "latin1"),
        Arguments.of("c" + "x".repeat(300) + "\n", "does not end within 256"),
        Arguments.of("\u008c\u0002\u00ff\u00ff", "not UTF-8"));
  }

  @ParameterizedTest
  @MethodSource("opcodes")
  void opcodesThatDoNotFit(String body, String message) throws IOException {
    if (message == null) {
      assertThat(TorchFile.load(file(pickle(body), Map.of())).root()).hasToString("[]");
    } else {
      refused(pickle(body), message);
    }
  }

  @Test
  void lengthsThatAreNotThere() throws IOException {
    refused(pickle("X\u00ff\u00ff\u00ff\u007f"), "a string of 2147483647 bytes");
    refused(pickle("X\u00ff\u0000\u0000\u0000a"), "needs 255 more bytes");
    refused(pickle("\u008d" + "\u00ff".repeat(8)), "a string of 18446744073709551615 bytes");
    refused(pickle("\u008e" + "\u00ff".repeat(7) + "\u007f"), "a string of 9223372036854775807");
    refused(pickle("\u008b\u00ff\u00ff\u00ff\u00ff"), "a number of 4294967295 bytes");
    refused(pickle("\u008b\u0000\u0002\u0000\u0000"), "a number of 512 bytes; at most 256");
    refused(pickle("\u008a\u00ffab"), "needs 255 more bytes");
    refused(pickle("J\u0001"), "needs 4 more bytes");
  }

  /** Every level holds the one before twice. */
  @Test
  void objectsThatUnfold() throws IOException {
    StringBuilder lists = new StringBuilder("]q\u0000");
    StringBuilder tuples = new StringBuilder(")q\u0000");
    for (int i = 0; i < 100; i++) {
      String before = "h" + (char) i;
      String remembered = "q" + (char) (i + 1);
      lists.append("](").append(before).append(before).append('e').append(remembered);
      tuples.append(before).append(before).append('\u0086').append(remembered);
    }
    refused(pickle(lists.toString() + ("0h" + (char) 100)), "left over");
    refused(pickle("(" + lists + "l"), "stands for more than 50000000 objects");
    refused(pickle("(" + tuples + "t"), "stands for more than 50000000 objects");
    refused(pickle("}(" + tuples + "Nd"), "is a tuple");
  }

  /** A remembered text or list costs a few bytes for each copy. */
  @Test
  void functionsThatCopyAgainAndAgain() throws IOException {
    String encode = "c_codecs\nencode\n";
    String thousand = "X\u00e8\u0003\u0000\u0000" + "a".repeat(1000);
    String once = encode + thousand + text("latin1") + "\u0086q\u0001R";
    String again = encode + "h\u0001R";
    refused(pickle("(" + once + again.repeat(100) + "t"), "copy more than 16 times");
    String set = "cbuiltins\nset\n](" + "K\u0001".repeat(2000) + "e\u0085q\u0001R";
    refused(pickle("(" + set + "cbuiltins\nset\nh\u0001R".repeat(60) + "t"), "copy more than 16");
    String key = "(" + "N".repeat(65) + "t";
    refused(pickle("}" + key + "Ns"), "is a tuple; allowed are", "tuples of at most 64");
    try (TorchFile file = TorchFile.load(file(pickle("(" + once + "t"), Map.of()))) {
      assertThat((byte[]) ((Tuple) file.root()).get(0)).hasSize(1000).containsOnly('a');
    }
  }

  @Test
  void objectsThatNest() throws IOException {
    refused(pickle("]q\u0000h\u0000a"), "contains itself");
    refused(pickle("}q\u0000Nh\u0000s"), "contains itself");
    refused(pickle("]q\u0000h\u0000\u0085a"), "contains itself");
    refused(pickle("]".repeat(100_000) + "a".repeat(99_999)), "nested more than 200 deep");
    refused(pickle(")" + "\u0085".repeat(1_000_000)), "nested more than 200 deep");
    refused(pickle("(".repeat(1_000_000)), "needs an object");
  }

  @Test
  void tooMuch() throws IOException {
    refused(pickle("N".repeat(2_000_001)), "more than 2000000 objects at once");
    refused(pickle("(".repeat(2_000_001)), "more than 2000000 objects at once");
    byte[] long_ = new byte[2 * Unpickler.MAX_OPCODES];
    for (int i = 0; i < long_.length; i += 2) {
      long_[i] = 'N';
      long_[i + 1] = '0';
    }
    assertThatThrownBy(() -> Unpickler.read(long_, "x", null))
        .isInstanceOf(MalformedFileException.class)
        .hasMessageContaining("more than 8000000 opcodes");
  }

  /** The arguments of a float32 tensor over storage 0, which has two elements. */
  private static String tensor(String offset, String size, String stride, String more) {
    return storage("Float", "0", "K\u0002") + offset + size + stride + more;
  }

  private static String storage(String type, String key, String elements) {
    return "ctorch._utils\n_rebuild_tensor_v2\n(("
        + text("storage")
        + "ctorch\n"
        + type
        + "Storage\n"
        + text(key)
        + text("cpu")
        + elements
        + "tQ";
  }

  private static final String REST = "\u0089}tR";

  static Stream<Arguments> tensors() {
    String k0 = "K\u0000";
    String one = "K\u0001\u0085";
    String two = "K\u0002\u0085";
    String three = "K\u0003\u0085";
    String minus = "J\u00ff\u00ff\u00ff\u00ff";
    String huge = "\u008a\u0008" + "\u00ff".repeat(7) + "\u007f";
    return Stream.of(
        Arguments.of(tensor(k0, three, one, REST), "reaches element 2 of storage '0'"),
        Arguments.of(tensor("K\u0001", two, one, REST), "reaches element 2"),
        Arguments.of(tensor(k0, two, two, REST), "reaches element 2"),
        Arguments.of(tensor(minus, one, one, REST), "offset -1"),
        Arguments.of(tensor(huge, two, one, REST), "do not fit shape"),
        Arguments.of(tensor(k0, two, huge + "\u0085", REST), "reaches element"),
        Arguments.of(tensor(k0, three, huge + "\u0085", REST), "do not fit shape"),
        Arguments.of(tensor(k0, two, minus + "\u0085", REST), "strides [-1]"),
        Arguments.of(tensor(k0, minus + "\u0085", one, REST), "no shape: [-1]"),
        Arguments.of(tensor(k0, huge + huge + "\u0086", one, REST), "no shape"),
        Arguments.of(tensor(k0, one, ")", REST), "do not fit shape"),
        Arguments.of(tensor(k0, "(" + "K\u0001".repeat(65) + "t", one, REST), "65 dimensions"),
        Arguments.of(tensor(k0, one, one, "\u0089}NNstR"), "backward hooks"),
        Arguments.of(tensor(k0, one, one, "N}tR"), "argument 4"),
        Arguments.of(storage("Float", "0", "K\u0003"), "of 3 elements of 4 bytes"),
        Arguments.of(storage("Double", "0", "K\u0002"), "the file holds 8 bytes"),
        Arguments.of(storage("Float", "../0", "K\u0002"), "'../0' of 2 elements"),
        Arguments.of(storage("Float", "1", "K\u0002"), "is not in the file"),
        Arguments.of(storage("Float", "0", minus), "of -1 elements"),
        Arguments.of(
            storage("Long", "0", "K\u0001") + k0 + one + one + "\u0088}tR", "requires a gradient"),
        Arguments.of(
            storage("ComplexFloat", "0", "K\u0001")
                + k0
                + "\u008a\u0006"
                + "\u0000".repeat(5)
                + "\u0001\u0085"
                + k0
                + "\u0085\u0089}}"
                + text("conj")
                + "\u0088stR",
            "repeats its storage"));
  }

  @ParameterizedTest
  @MethodSource("tensors")
  void tensorsThatDoNotFit(String body, String message) throws IOException {
    refused(pickle(body), message);
  }

  /** Repeats of few elements are legal, and take no memory. */
  @Test
  void expandedTensorsTakeNoMemory() throws IOException {
    String size = "\u008a\u0006" + "\u0000".repeat(5) + "\u0001\u0085";
    byte[] pickle = pickle(tensor("K\u0000", size, "K\u0000\u0085", REST));
    try (TorchFile file = TorchFile.load(file(pickle, Map.of("x/data/0", new byte[8])))) {
      assertThat(file.root()).hasFieldOrProperty("storage");
      assertThat(Memory.liveBytes() - before).isLessThan(1000);
    }
  }

  private void refusedZip(Map<String, byte[]> records, String message) throws IOException {
    Path file = file(pickle("N"), records);
    assertThatThrownBy(() -> TorchFile.load(file))
        .isInstanceOf(MalformedFileException.class)
        .hasMessageStartingWith(file.toString())
        .hasMessageContaining(message);
  }

  @Test
  void zips() throws IOException {
    refusedZip(Map.of("x/data/0", new byte[50 << 20]), "is larger than a file of");
    refusedZip(Map.of("y/data.pkl", pickle("N")), "second pickle");
    refusedZip(Map.of("x/byteorder", "middle".getBytes(StandardCharsets.US_ASCII)), "'middle'");
    refusedZip(Map.of("x/version", "11".getBytes(StandardCharsets.US_ASCII)), "'11'");
    refusedZip(Map.of("x/constants.pkl", new byte[1]), "TorchScript");
    refusedZip(Map.of("x/code/__torch__.py", new byte[1]), "TorchScript");
    Path file = file(pickle("N"), Map.of());
    byte[] bytes = Files.readAllBytes(file);
    for (int length = 0; length < bytes.length; length++) {
      Files.write(file, java.util.Arrays.copyOf(bytes, length));
      assertThatThrownBy(() -> TorchFile.load(file)).isInstanceOf(MalformedFileException.class);
    }
    Path other = file(pickle("N"), Map.of("x/data.pkX", new byte[1]));
    String same = new String(Files.readAllBytes(other), StandardCharsets.ISO_8859_1);
    String twice = same.replace("data.pkX", "data.pkl");
    Files.write(other, twice.getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> TorchFile.load(other))
        .isInstanceOf(MalformedFileException.class)
        .hasMessageContaining("twice");
  }
}
