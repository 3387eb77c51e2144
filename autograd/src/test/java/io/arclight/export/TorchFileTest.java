package io.arclight.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.data.blob.LocalBlobStore;
import io.arclight.data.blob.MalformedFileException;
import io.arclight.nn.Linear;
import io.arclight.tensor.Complex;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The files ending in .pt are PyTorch's, by {@code it/oracle/checkpoint.py}. */
@Timeout(60)
class TorchFileTest {
  @TempDir Path folder;
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private Path resource(String name) throws IOException {
    Path out = folder.resolve(name);
    try (InputStream in = getClass().getResourceAsStream(name)) {
      Files.write(out, in.readAllBytes());
    }
    return out;
  }

  private Map<?, ?> read(String name) throws IOException {
    return (Map<?, ?>) TorchFile.load(resource(name)).root();
  }

  private static void same(Object tensor, DType dtype, Shape shape, double... values) {
    Tensor actual = (Tensor) tensor;
    assertThat(actual.dtype()).isEqualTo(dtype);
    assertThat(actual.shape()).isEqualTo(shape);
    assertThat(actual.detach().toDoubles()).containsExactly(values);
  }

  @Test
  void tensors() throws IOException {
    Map<?, ?> root = read("checkpoint.pt");
    Map<?, ?> dtypes = (Map<?, ?>) root.get("dtypes");
    assertThat(dtypes).hasSize(DType.values().length);
    for (DType dtype : DType.values()) {
      double[] expected =
          dtype == DType.BOOL
              ? new double[] {0, 1, 1}
              : dtype.isComplex() ? new double[] {0, 0, 1, 0, 3, 0} : new double[] {0, 1, 3};
      same(dtypes.get(dtype.toString()), dtype, Shape.of(3), expected);
    }
    Tensor base = (Tensor) root.get("base");
    assertThat(base.toDoubles()).isEqualTo(Tensor.arange(24).toDoubles());
    Tensor transposed = (Tensor) root.get("transposed");
    assertThat(transposed.strides()).containsExactly(1, 6);
    assertThat(transposed.toDoubles()).isEqualTo(base.reshape(4, 6).t().toDoubles());
    same(root.get("window"), DType.FLOAT32, Shape.of(4), 5, 8, 11, 14);
    same(root.get("expanded"), DType.FLOAT32, Shape.of(2, 3), 7, 7, 7, 7, 7, 7);
    same(root.get("scalar"), DType.FLOAT32, Shape.of(), 9);
    same(root.get("empty"), DType.FLOAT32, Shape.of(0, 4));
    same(root.get("half"), DType.FLOAT16, Shape.of(2), 1, 2);
    same(root.get("conjugate"), DType.COMPLEX64, Shape.of(1), 1, -2);
    same(root.get("attribute"), DType.FLOAT32, Shape.of(2), 1, 1);
    for (String shared : List.of("transposed", "window", "expanded", "scalar")) {
      assertThat(((Tensor) root.get(shared)).storage()).isSameAs(base.storage());
    }
  }

  @Test
  void gradients() throws IOException {
    Map<?, ?> root = read("checkpoint.pt");
    same(root.get("parameter"), DType.FLOAT32, Shape.of(2), 1.5, 2.5);
    assertThat(((Tensor) root.get("parameter")).requiresGrad()).isTrue();
    assertThat(((Tensor) root.get("wants")).requiresGrad()).isTrue();
    assertThat(((Tensor) root.get("wants")).isLeaf()).isTrue();
    assertThat(((Tensor) root.get("frozen")).requiresGrad()).isFalse();
    assertThat(((Tensor) root.get("base")).requiresGrad()).isFalse();
  }

  private static final List<Object> VALUES =
      Arrays.asList(
          null,
          true,
          false,
          0L,
          -1L,
          255L,
          256L,
          65536L,
          -(1L << 40),
          1L << 62,
          BigInteger.ONE.shiftLeft(80),
          BigInteger.ONE.shiftLeft(70).negate(),
          1.5,
          Double.POSITIVE_INFINITY,
          "",
          "text ü 漢 😀",
          new byte[0],
          new byte[] {0, -1, '\n'},
          Complex.of(1, 2));

  @Test
  void values() throws IOException {
    Map<?, ?> root = read("checkpoint.pt");
    assertThat((List<?>) root.get("values"))
        .usingRecursiveFieldByFieldElementComparator()
        .isEqualTo(VALUES);
    assertThat(root.get("tuples"))
        .isInstanceOf(Tuple.class)
        .hasToString("((), (1,), (1, 2), (1, 2, 3), (1, 2, 3, (4,)))");
    assertThat(root.get("set")).isEqualTo(Set.of(1L, 2L));
    assertThat(root.get("frozenset")).isEqualTo(Set.of("a"));
    assertThat(root.get("bytearray")).isEqualTo(new byte[] {0, -128});
    assertThat(root.get("counter")).isEqualTo(Map.of(30L, 1L, 80L, 2L));
    assertThat(root.get("size")).isEqualTo(Shape.of(2, 3));
    assertThat(root.get("device")).isEqualTo(List.of(Device.CPU, Device.cuda(1)));
    assertThat(root.get("dtype")).isEqualTo(DType.BFLOAT16);
    assertThat(root.get(1L)).isEqualTo("key");
    assertThat(root.get(Tuple.of(1L, "a"))).isEqualTo("tuple");
    assertThat(root.get(null)).isEqualTo(List.of());
    Map<?, ?> newer = read("protocol5.pt");
    assertThat((List<?>) newer.get("protocol"))
        .usingRecursiveFieldByFieldElementComparator()
        .isEqualTo(
            List.of(
                1L, "a".repeat(300), new byte[] {'x'}, new byte[] {'y'}, Set.of(2L), Set.of(3L)));
  }

  @Test
  void stateOfModelAndOptimizer() throws IOException {
    TorchFile file = TorchFile.load(resource("checkpoint.pt"));
    assertThat(file.stateDict().keySet())
        .containsExactly(
            "0.weight",
            "0.bias",
            "1.weight",
            "1.bias",
            "1.running_mean",
            "1.running_var",
            "1.num_batches_tracked");
    Map<String, Tensor> linear = new LinkedHashMap<>();
    linear.put("weight", file.stateDict("model").get("0.weight"));
    linear.put("bias", file.stateDict("model").get("0.bias"));
    Linear layer = new Linear(3, 2);
    layer.loadStateDict(linear);
    assertThat(layer.stateDict().get("weight").toFloats())
        .isEqualTo(linear.get("weight").toFloats());
    Map<?, ?> optimizer = (Map<?, ?>) ((Map<?, ?>) file.root()).get("optimizer");
    Map<?, ?> first = (Map<?, ?>) ((Map<?, ?>) optimizer.get("state")).get(0L);
    same(first.get("step"), DType.FLOAT32, Shape.of(), 1);
    Map<?, ?> group = (Map<?, ?>) ((List<?>) optimizer.get("param_groups")).get(0);
    assertThat(group.get("betas")).isEqualTo(List.of(0.8, 0.99));
    assertThat(group.get("params")).isEqualTo(List.of(0L, 1L, 2L, 3L));
  }

  @ParameterizedTest
  @ValueSource(strings = {"bigendian.pt", "deflated.pt"})
  void otherWaysToStore(String name) throws IOException {
    Map<?, ?> root = read(name);
    same(root.get("f"), DType.FLOAT32, Shape.of(2), 1.5, -2);
    same(root.get("l"), DType.INT64, Shape.of(1), 1L << 40);
    same(root.get("c"), DType.COMPLEX64, Shape.of(1), 1, 2);
    same(root.get("b"), DType.BOOL, Shape.of(2), 1, 0);
  }

  private void refused(String name, String... parts) throws IOException {
    Path file = resource(name);
    assertThatThrownBy(() -> TorchFile.load(file))
        .isInstanceOf(MalformedFileException.class)
        .hasMessageStartingWith(file.toString())
        .hasMessageContainingAll(parts);
  }

  @Test
  void saysWhatItDoesNotRead() throws IOException {
    refused("module.pt", "data.pkl: at byte", "torch.nn.modules.linear.Linear is not allowed");
    refused("legacy.pt", "before version 1.6", "torch.save(torch.load(path), path)");
    refused("script.pt", "TorchScript", "state_dict()");
    Path other = folder.resolve("other");
    Files.writeString(other, "version https://git-lfs");
    assertThatThrownBy(() -> TorchFile.load(other))
        .isInstanceOf(MalformedFileException.class)
        .hasMessageContaining("it begins with 'version h'");
    Files.write(other, new byte[0]);
    assertThatThrownBy(() -> TorchFile.load(other)).isInstanceOf(MalformedFileException.class);
  }

  @Test
  void findsTheState() {
    Map<String, Tensor> state = Map.of("w", Tensor.of(1f));
    assertThat(new TorchFile(state, "x").stateDict()).isEqualTo(state);
    assertThat(new TorchFile(Map.of("state_dict", state, "epoch", 3L), "x").stateDict())
        .isEqualTo(state);
    assertThat(new TorchFile(Map.of("model", Map.of("state_dict", state)), "x").stateDict())
        .isEqualTo(state);
    TorchFile nets = new TorchFile(Map.of("g", state, "d", Map.of("net", state), "n", 1L), "x.pt");
    assertThat(nets.stateDict("d", "net")).isEqualTo(state);
    assertThatThrownBy(nets::stateDict)
        .isInstanceOf(NoSuchElementException.class)
        .hasMessageContainingAll("x.pt: no named tensors", "'g' (a dict)", "'n' (an object");
    assertThatThrownBy(() -> nets.stateDict("e"))
        .isInstanceOf(NoSuchElementException.class)
        .hasMessageContaining("no 'e'");
    assertThatThrownBy(() -> nets.stateDict("d"))
        .isInstanceOf(NoSuchElementException.class)
        .hasMessageContaining("not named tensors only");
    TorchFile two = new TorchFile(Map.of("model", state, "net", Map.of("v", Tensor.of(1f))), "x");
    assertThatThrownBy(two::stateDict)
        .isInstanceOf(NoSuchElementException.class)
        .hasMessageContainingAll("several", "model", "net");
  }

  private static Map<Object, Object> sample() {
    Tensor base = Tensor.arange(0, 24, 1, DType.FLOAT32, Device.CPU);
    Map<Object, Object> dtypes = new LinkedHashMap<>();
    for (DType dtype : DType.values()) {
      dtypes.put(dtype.toString(), Tensor.of(0, 1, 3).to(dtype));
    }
    Map<Object, Object> root = new LinkedHashMap<>();
    root.put("base", base);
    root.put("transposed", base.reshape(4, 6).t());
    root.put("row", base.reshape(4, 6).narrow(0, 2, 1));
    root.put("dtypes", dtypes);
    root.put("empty", Tensor.zeros(Shape.of(0, 4)));
    root.put("scalar", Tensor.scalar(2.5f));
    root.put("grad", Tensor.of(1f, 2f).requiresGrad(true));
    root.put("queue", Tensor.of(3f, 4f).to(Device.QUEUE));
    root.put("values", VALUES);
    root.put("java", Arrays.asList((byte) 1, (short) 2, 3, 2.5f, Long.MIN_VALUE));
    root.put("tuple", Tuple.of(1L, Tuple.of(), "a"));
    root.put("set", Set.of(7L));
    root.put("size", Shape.of(2, 3));
    root.put("device", List.of(Device.CPU, Device.cuda(1)));
    root.put("dtype", DType.BFLOAT16);
    root.put(1L, Map.of());
    root.put(Tuple.of(1L, "a"), new ArrayList<>());
    return root;
  }

  @Test
  void roundTrip() throws IOException {
    Map<Object, Object> root = sample();
    Path file = folder.resolve("x.pt");
    TorchFile.save(file, root);
    Map<?, ?> back = (Map<?, ?>) TorchFile.load(file).root();
    assertThat(back.keySet()).isEqualTo(root.keySet());
    Tensor base = (Tensor) back.get("base");
    Tensor transposed = (Tensor) back.get("transposed");
    assertThat(transposed.storage()).isSameAs(base.storage());
    assertThat(transposed.strides()).containsExactly(1, 6);
    same(back.get("row"), DType.FLOAT32, Shape.of(1, 6), 12, 13, 14, 15, 16, 17);
    same(back.get("queue"), DType.FLOAT32, Shape.of(2), 3, 4);
    same(back.get("empty"), DType.FLOAT32, Shape.of(0, 4));
    assertThat(((Tensor) back.get("grad")).requiresGrad()).isTrue();
    Map<?, ?> dtypes = (Map<?, ?>) root.get("dtypes");
    ((Map<?, ?>) back.get("dtypes"))
        .forEach(
            (name, tensor) -> {
              Tensor expected = (Tensor) dtypes.get(name);
              same(tensor, expected.dtype(), expected.shape(), expected.toDoubles());
            });
    assertThat((List<?>) back.get("values"))
        .usingRecursiveFieldByFieldElementComparator()
        .isEqualTo(VALUES);
    assertThat(back.get("java")).isEqualTo(List.of(1L, 2L, 3L, 2.5, Long.MIN_VALUE));
    for (String same : List.of("tuple", "set", "size", "device", "dtype")) {
      assertThat(back.get(same)).isEqualTo(root.get(same));
    }
    assertThat(back.get("tuple")).isInstanceOf(Tuple.class);
    TorchFile stored = TorchFile.load(LocalBlobStore.at(folder), "x.pt");
    assertThat(((Map<?, ?>) stored.root()).keySet()).isEqualTo(root.keySet());
    Path again = folder.resolve("y.pt");
    TorchFile.save(again, root);
    assertThat(Files.readAllBytes(again)).isEqualTo(Files.readAllBytes(file));
  }

  @Test
  void closeGivesBack() throws IOException {
    TorchFile file = TorchFile.load(resource("checkpoint.pt"));
    file.close();
    assertThat(file.stateDict().get("0.weight").storage().isClosed()).isTrue();
  }

  @Test
  void refusesToSave() {
    Path file = folder.resolve("x.pt");
    assertThatThrownBy(() -> TorchFile.save(file, Map.of("a", List.of(1, Thread.currentThread()))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("root['a'][1]", "java.lang.Thread");
    assertThatThrownBy(() -> TorchFile.save(file, Map.of(List.of(1), 2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("cannot be a key");
    List<Object> self = new ArrayList<>();
    self.add(self);
    assertThatThrownBy(() -> TorchFile.save(file, self))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("contain itself");
    assertThatThrownBy(() -> TorchFile.save(file, Device.QUEUE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no device queue");
  }

  /** With {@code -Darclight.test.python=...}, a Python that has PyTorch reads what we write. */
  @Test
  void pytorchReadsOurs() throws Exception {
    Path file = folder.resolve("x.pt");
    TorchFile.save(file, sample());
    String script =
        """
        import sys, torch
        for mmap in (False, True):
            x = torch.load(sys.argv[1], weights_only=True, mmap=mmap)
            base = torch.arange(24, dtype=torch.float32)
            def same(a, b):
                assert a.dtype == b.dtype and a.shape == b.shape and torch.equal(a, b), (a, b)
            same(x["base"], base)
            same(x["transposed"], base.view(4, 6).t())
            assert x["transposed"].stride() == (1, 6)
            assert x["row"].untyped_storage().data_ptr() == x["base"].untyped_storage().data_ptr()
            same(x["row"], base.view(4, 6)[2:3])
            for name, t in x["dtypes"].items():
                same(t, torch.tensor([0, 1, 3]).to(getattr(torch, name)))
            assert len(x["dtypes"]) == 12
            same(x["empty"], torch.zeros(0, 4))
            same(x["scalar"], torch.tensor(2.5))
            same(x["queue"], torch.tensor([3., 4.]))
            assert x["grad"].requires_grad and not x["base"].requires_grad
            expected = [None, True, False, 0, -1, 255, 256, 65536, -(1 << 40), 1 << 62, 1 << 80,
                        -(1 << 70), 1.5, float("inf"), "", "text ü 漢 😀", b"", b"\\x00\\xff\\n", 1 + 2j]
            assert x["values"] == expected and list(map(type, x["values"])) == list(map(type, expected))
            assert x["java"] == [1, 2, 3, 2.5, -(1 << 63)]
            assert x["tuple"] == (1, (), "a") and x["set"] == {7}
            assert x["size"] == torch.Size([2, 3]) and type(x["size"]) is torch.Size
            assert x["device"] == [torch.device("cpu"), torch.device("cuda:1")]
            assert x["dtype"] is torch.bfloat16 and x[1] == {} and x[(1, "a")] == []
        print("good")
        """;
    Python.judges(script, file);
  }
}
