package io.arclight.export;

import io.arclight.data.blob.MalformedFileException;
import io.arclight.tensor.Tensor;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads a pickle as data. Nothing is run or made by name: the few names that checkpoints use stand
 * for functions of ours ({@link PickleGlobal}), all others are refused, and so are opcodes that
 * only programs need. What a file can make us hold is bounded.
 */
final class Unpickler {
  /** Each makes at most one object, so this bounds memory too. */
  static final int MAX_OPCODES = 8_000_000;

  static final int MAX_MEMO = 2_000_000;
  static final int MAX_STACK = 2_000_000;
  static final int MAX_NUMBER_BYTES = 256;
  static final int MAX_STRING_BYTES = 64 << 20;
  private static final int NEWEST_PROTOCOL = 5;

  private final PickleInput in;
  private final TorchStorages storages;
  private final List<Object> stack = new ArrayList<>();
  private final List<Integer> marks = new ArrayList<>();
  private final Map<Integer, Object> memo = new HashMap<>();

  private Unpickler(PickleInput in, TorchStorages storages) {
    this.in = in;
    this.storages = storages;
  }

  /**
   * The object of a pickle, checked as {@link PickleTree} says.
   *
   * @param name for errors
   */
  static Object read(byte[] pickle, String name, TorchStorages storages)
      throws MalformedFileException {
    PickleInput in = new PickleInput(pickle, name);
    Object root = new Unpickler(in, storages).run();
    String problem = PickleTree.problem(root);
    if (problem != null) {
      throw new MalformedFileException(name + ": " + problem);
    }
    return root;
  }

  private Object run() throws MalformedFileException {
    for (int count = 0; count < MAX_OPCODES; count++) {
      int code = in.uint8();
      if (code == '.') {
        Object root = pop();
        if (!stack.isEmpty() || !marks.isEmpty()) {
          throw in.error("the pickle ends with " + stack.size() + " objects left over");
        }
        return root;
      }
      step(code);
      if (stack.size() > MAX_STACK || marks.size() > MAX_STACK || memo.size() > MAX_MEMO) {
        throw in.error("the pickle holds more than " + MAX_MEMO + " objects at once");
      }
    }
    throw in.error("the pickle has more than " + MAX_OPCODES + " opcodes");
  }

  private void step(int code) throws MalformedFileException {
    switch (code) {
      case 0x80 -> protocol(in.uint8());
      case 0x95 -> in.length64(); // FRAME: only says how much to read ahead
      case '(' -> marks.add(stack.size());
      case '0' -> pop();
      case '1' -> items();
      case '2' -> push(top());
      case 'N' -> push(null);
      case 0x88 -> push(true);
      case 0x89 -> push(false);
      case 'J' -> push((long) in.int32());
      case 'K' -> push((long) in.uint8());
      case 'M' -> push((long) in.uint16());
      case 0x8a -> push(number(in.uint8()));
      case 0x8b -> push(number(in.length32()));
      case 'G' -> push(in.float64BigEndian());
      case 'X' -> push(text(in.length32()));
      case 0x8c -> push(text(in.uint8()));
      case 0x8d -> push(text(in.length64()));
      case 'B' -> push(in.bytes(limited(in.length32())));
      case 'C' -> push(in.bytes(in.uint8()));
      case 0x8e, 0x96 -> push(in.bytes(limited(in.length64())));
      case '}' -> push(new LinkedHashMap<>());
      case ']' -> push(new ArrayList<>());
      case ')' -> push(Tuple.of());
      case 0x8f -> push(new LinkedHashSet<>());
      case 't' -> push(Tuple.of(items()));
      case 0x85 -> push(tuple(1));
      case 0x86 -> push(tuple(2));
      case 0x87 -> push(tuple(3));
      case 'l' -> push(items());
      case 'd' -> push(put(new LinkedHashMap<>(), items()));
      case 0x91 -> push(add(new LinkedHashSet<>(), items()));
      case 'a' -> append(Collections.singletonList(pop()));
      case 'e' -> append(items());
      case 's' -> setItem();
      case 'u' -> setItems(items());
      case 0x90 -> addItems(items());
      case 'q' -> remember(in.uint8());
      case 'r' -> remember(in.int32());
      case 0x94 -> remember(memo.size());
      case 'h' -> push(remembered(in.uint8()));
      case 'j' -> push(remembered(in.int32()));
      case 'c' -> push(global(in.line(), in.line()));
      case 0x93 -> stackGlobal();
      case 'R', 0x81 -> call();
      case 'b' -> build(pop());
      case 'Q' -> push(storages.persistent(pop(), in));
      default ->
          throw in.error(
              "opcode 0x%02x is not allowed in a checkpoint: save it again with torch.save(...) and its default protocol"
                  .formatted(code));
    }
  }

  private void protocol(int version) throws MalformedFileException {
    if (version < 2 || version > NEWEST_PROTOCOL) {
      throw in.error("pickle protocol " + version + " is not supported; 2 to 5 are");
    }
  }

  // ---- stack and memo

  private void push(Object value) {
    stack.add(value);
  }

  private int floor() {
    return marks.isEmpty() ? 0 : marks.get(marks.size() - 1);
  }

  private Object pop() throws MalformedFileException {
    Object out = top();
    stack.remove(stack.size() - 1);
    return out;
  }

  private Object top() throws MalformedFileException {
    if (stack.size() <= floor()) {
      throw in.error("an opcode needs an object, but there is none");
    }
    return stack.get(stack.size() - 1);
  }

  /** What was pushed since the last mark, which it ends. */
  private List<Object> items() throws MalformedFileException {
    if (marks.isEmpty()) {
      throw in.error("an opcode needs a mark, but there is none");
    }
    List<Object> from = stack.subList(marks.remove(marks.size() - 1), stack.size());
    List<Object> out = new ArrayList<>(from);
    from.clear();
    return out;
  }

  private Tuple tuple(int size) throws MalformedFileException {
    Object[] out = new Object[size];
    for (int i = size - 1; i >= 0; i--) {
      out[i] = pop();
    }
    return Tuple.of(out);
  }

  private void remember(int place) throws MalformedFileException {
    memo.put(place, top());
  }

  private Object remembered(int place) throws MalformedFileException {
    Object out = memo.get(place);
    if (out == null && !memo.containsKey(place)) {
      throw in.error("refers to object " + place + ", which was not remembered");
    }
    return out;
  }

  // ---- values

  private Number number(long bytes) throws MalformedFileException {
    if (bytes > MAX_NUMBER_BYTES) {
      throw in.error(
          "a number of " + bytes + " bytes; at most " + MAX_NUMBER_BYTES + " are allowed");
    }
    byte[] little = in.bytes(bytes);
    byte[] big = new byte[little.length];
    for (int i = 0; i < big.length; i++) {
      big[i] = little[big.length - 1 - i];
    }
    BigInteger value = big.length == 0 ? BigInteger.ZERO : new BigInteger(big);
    return value.bitLength() < Long.SIZE ? (Number) value.longValue() : value;
  }

  private String text(long bytes) throws MalformedFileException {
    return in.text(limited(bytes));
  }

  private long limited(long bytes) throws MalformedFileException {
    if (bytes < 0 || bytes > MAX_STRING_BYTES) {
      throw in.error(
          "a string of "
              + Long.toUnsignedString(bytes)
              + " bytes; at most "
              + MAX_STRING_BYTES
              + " are allowed");
    }
    return bytes;
  }

  // ---- collections

  private void append(List<?> items) throws MalformedFileException {
    list().addAll(items);
  }

  @SuppressWarnings("unchecked")
  private List<Object> list() throws MalformedFileException {
    if (top() instanceof ArrayList<?> list) {
      return (List<Object>) list;
    }
    throw in.error("appends to " + PickleTree.kind(top()) + ", which is no list");
  }

  @SuppressWarnings("unchecked")
  private Map<Object, Object> map() throws MalformedFileException {
    if (top() instanceof LinkedHashMap<?, ?> map) {
      return (Map<Object, Object>) map;
    }
    throw in.error("sets items of " + PickleTree.kind(top()) + ", which is no dict");
  }

  private void setItem() throws MalformedFileException {
    Object value = pop();
    Object key = pop();
    map().put(key(key), value);
  }

  private void setItems(List<Object> pairs) throws MalformedFileException {
    put(map(), pairs);
  }

  private Map<Object, Object> put(Map<Object, Object> map, List<Object> pairs)
      throws MalformedFileException {
    if (pairs.size() % 2 != 0) {
      throw in.error("the last key of a dict has no value");
    }
    for (int i = 0; i < pairs.size(); i += 2) {
      map.put(key(pairs.get(i)), pairs.get(i + 1));
    }
    return map;
  }

  @SuppressWarnings("unchecked")
  private void addItems(List<Object> items) throws MalformedFileException {
    if (!(top() instanceof LinkedHashSet<?> set)) {
      throw in.error("adds to " + PickleTree.kind(top()) + ", which is no set");
    }
    add((Set<Object>) set, items);
  }

  private Set<Object> add(Set<Object> set, List<Object> items) throws MalformedFileException {
    for (Object item : items) {
      set.add(key(item));
    }
    return set;
  }

  private Object key(Object key) throws MalformedFileException {
    if (!PickleTree.isKey(key)) {
      throw in.error(
          "the key of a dict or member of a set is "
              + PickleTree.kind(key)
              + "; allowed are text, numbers, None and tuples of at most "
              + PickleTree.MAX_KEY
              + " of those");
    }
    return key;
  }

  // ---- names

  private void stackGlobal() throws MalformedFileException {
    Object name = pop();
    Object module = pop();
    if (!(name instanceof String n) || !(module instanceof String m)) {
      throw in.error("the name of a global is no text");
    }
    push(global(m, n));
  }

  private Object global(String module, String name) throws MalformedFileException {
    return PickleGlobal.find(module, name, in);
  }

  private void call() throws MalformedFileException {
    Object arguments = pop();
    Object function = pop();
    if (!(function instanceof PickleGlobal global) || !(arguments instanceof Tuple tuple)) {
      throw in.error("calls " + PickleTree.kind(function) + ", which is no function");
    }
    push(global.call(tuple, in));
  }

  /** Attributes that PyTorch hangs on a state dict or tensor, such as {@code _metadata}. */
  private void build(Object state) throws MalformedFileException {
    Object target = top();
    if (!(target instanceof Map || target instanceof Tensor) || !(state instanceof Map)) {
      throw in.error(
          "sets attributes of " + PickleTree.kind(target) + " to " + PickleTree.kind(state));
    }
  }
}
