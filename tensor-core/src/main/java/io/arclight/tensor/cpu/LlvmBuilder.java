package io.arclight.tensor.cpu;

import io.arclight.tensor.ir.Type;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/** Text of one LLVM function: numbered registers, blocks, loops and reuse of equal instructions. */
final class LlvmBuilder {
  private final StringBuilder text = new StringBuilder();
  private final StringBuilder allocas = new StringBuilder();
  // Innermost scope first: what is computed in a block may be used in the blocks it dominates.
  private final Deque<Map<String, String>> scopes = new ArrayDeque<>();
  private String block = "%entry";
  private int next;
  private int epoch;

  LlvmBuilder() {
    scopes.push(new HashMap<>());
  }

  /** Where to return to when what was emitted since is of no use. */
  record Mark(int length, int allocas, String block, int scopes) {}

  Mark mark() {
    openScope();
    return new Mark(text.length(), allocas.length(), block, scopes.size());
  }

  void rollBack(Mark mark) {
    text.setLength(mark.length);
    allocas.setLength(mark.allocas);
    block = mark.block;
    while (scopes.size() >= mark.scopes) {
      scopes.pop();
    }
  }

  void keep(Mark mark) {
    while (scopes.size() >= mark.scopes) {
      scopes.pop();
    }
  }

  void openScope() {
    scopes.push(new HashMap<>());
  }

  void closeScope() {
    scopes.pop();
  }

  String fresh(String prefix) {
    return prefix.concat(Integer.toString(next++));
  }

  /** Name of the block that is being filled. */
  String block() {
    return block;
  }

  /**
   * Puts the values in the places of {} in the template. Kernels are often compiled in a JVM that
   * has just started, where format and concatenation cost milliseconds at each new place.
   */
  static String fill(String template, Object... values) {
    StringBuilder s = new StringBuilder();
    int from = 0;
    for (Object value : values) {
      int place = template.indexOf("{}", from);
      s.append(template, from, place).append(value);
      from = place + 2;
    }
    return s.append(template, from, template.length()).toString();
  }

  /** Emits an instruction without a result. */
  void emit(String template, Object... values) {
    line(fill(template, values));
  }

  private void line(String instruction) {
    text.append("  ").append(instruction).append('\n');
  }

  /** Emits an instruction with side effects and returns its register. */
  String effect(String template, Object... values) {
    return assign(fill(template, values));
  }

  private String assign(String instruction) {
    String register = fresh("%v");
    text.append("  ").append(register).append(" = ").append(instruction).append('\n');
    return register;
  }

  /** The register of a pure instruction, emitted unless an equal one dominates this place. */
  String pure(String template, Object... values) {
    String instruction = fill(template, values);
    return reuse(instruction, instruction);
  }

  /** Like {@link #pure} for a load: equal loads with a store between them are two. */
  String load(String template, Object... values) {
    String instruction = fill(template, values);
    return reuse(fill("{} {}", epoch, instruction), instruction);
  }

  /** Says that memory may have changed. */
  void memoryChanged() {
    epoch++;
  }

  private String reuse(String key, String instruction) {
    for (Iterator<Map<String, String>> i = scopes.iterator(); i.hasNext(); ) {
      String known = i.next().get(key);
      if (known != null) {
        return known;
      }
    }
    String register = assign(instruction);
    scopes.peek().put(key, register);
    return register;
  }

  void startBlock(String name) {
    text.append(name, 1, name.length()).append(":\n");
    block = name;
  }

  void branch(String target) {
    emit("br label {}", target);
  }

  void branch(String condition, String then, String otherwise) {
    emit("br i1 {}, label {}, label {}", condition, then, otherwise);
  }

  /** Reserves stack memory for {@code count} elements of an LLVM type, for the whole call. */
  String stack(String type, int count) {
    String register = fresh("%stack");
    allocas.append(fill("  {} = alloca {}, i64 {}, align 64\n", register, type, count));
    return register;
  }

  /** A value carried round a loop: its LLVM type and initial value. */
  record Carried(String type, String init) {}

  /** What a loop's body is given: the counter and the carried values' registers. */
  record Turn(String index, List<String> carried) {}

  /**
   * A loop with {@code index} from {@code begin} while it is less than {@code end}; the body gives
   * the next carried values. Returns, after the loop, the index and the carried values.
   */
  Turn loop(
      String begin,
      String end,
      long step,
      List<Carried> carried,
      Function<Turn, List<String>> body) {
    String before = block;
    String loop = fresh("%loop");
    String exit = fresh("%exit");
    branch(effect("icmp slt i64 {}, {}", begin, end), loop, exit);
    startBlock(loop);
    int phis = text.length();
    String index = fresh("%i");
    List<String> registers = carried.stream().map(c -> fresh("%c")).toList();
    openScope();
    memoryChanged();
    List<String> nexts = body.apply(new Turn(index, registers));
    String nextIndex = effect("add nsw i64 {}, {}", index, step);
    String more = effect("icmp slt i64 {}, {}", nextIndex, end);
    String latch = block;
    branch(more, loop, exit);
    closeScope();
    memoryChanged();
    StringBuilder heads = new StringBuilder();
    heads.append(phi(index, new Carried("i64", begin), before, nextIndex, latch));
    for (int i = 0; i < registers.size(); i++) {
      heads.append(phi(registers.get(i), carried.get(i), before, nexts.get(i), latch));
    }
    text.insert(phis, heads);
    startBlock(exit);
    String lastIndex = fresh("%last");
    List<String> results = carried.stream().map(c -> fresh("%r")).toList();
    text.append(phi(lastIndex, new Carried("i64", begin), before, nextIndex, latch));
    for (int i = 0; i < results.size(); i++) {
      text.append(phi(results.get(i), carried.get(i), before, nexts.get(i), latch));
    }
    return new Turn(lastIndex, results);
  }

  /** Runs the body only if {@code condition}; the values it gives, else {@code otherwise}. */
  List<String> when(String condition, List<Carried> otherwise, Supplier<List<String>> body) {
    String before = block;
    String then = fresh("%then");
    String exit = fresh("%exit");
    branch(condition, then, exit);
    startBlock(then);
    openScope();
    List<String> values = body.get();
    closeScope();
    memoryChanged();
    String last = block;
    branch(exit);
    startBlock(exit);
    List<String> results = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      String result = fresh("%r");
      text.append(phi(result, otherwise.get(i), before, values.get(i), last));
      results.add(result);
    }
    return results;
  }

  /** At the start of a block: the value that belongs to where control came from. */
  String merge(String type, String value, String from, String other, String otherFrom) {
    String register = fresh("%r");
    text.append(phi(register, new Carried(type, value), from, other, otherFrom));
    return register;
  }

  private static String phi(
      String register, Carried carried, String before, String next, String latch) {
    return fill(
        "  {} = phi {} [ {}, {} ], [ {}, {} ]\n",
        register,
        carried.type,
        carried.init,
        before,
        next,
        latch);
  }

  /** The function's body: an entry block with the stack memory, then what was emitted. */
  String body() {
    return "entry:\n" + allocas + text;
  }

  /** LLVM's name of a value type over lanes. */
  static String type(Type type, int lanes) {
    String scalar = scalar(type);
    return lanes == 1 ? scalar : fill("<{} x {}>", lanes, scalar);
  }

  /** LLVM's name of an element in memory, over lanes. */
  static String memoryType(Type type, int lanes) {
    String scalar = type.bytes() == 1 ? "i8" : type == Type.F16 ? "i16" : scalar(type);
    return lanes == 1 ? scalar : fill("<{} x {}>", lanes, scalar);
  }

  private static String scalar(Type type) {
    return switch (type) {
      case F64 -> "double";
      case F32 -> "float";
      case I64 -> "i64";
      case I32 -> "i32";
      case I16 -> "i16";
      case I8, U8 -> "i8";
      case BOOL -> "i1";
      case F16, BF16 -> throw notExpanded(type);
    };
  }

  static IllegalArgumentException notExpanded(Object what) {
    return new IllegalArgumentException(what + " must be expanded before it is compiled");
  }
}
