package io.arclight.tensor.cpu;

import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Kernel;
import io.arclight.tensor.ir.Type;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Emits expressions over the lanes of the current vector.
 *
 * <p>A value that is the same in all lanes stays a scalar until it meets one that is not, and an
 * index that grows evenly from lane to lane stays a pair of scalars, so that loads and stores see
 * which addresses are consecutive.
 */
final class LlvmExprs {
  private static final int CACHE_LINE = 64;

  private final LlvmBuilder out;
  private final Kernel kernel;
  private final LlvmArithmetic arithmetic;
  private final Map<String, LlvmValue> variables = new HashMap<>();
  private final IdentityHashMap<Expr, Boolean> checking = new IdentityHashMap<>();
  private IdentityHashMap<Expr, LlvmValue> known = new IdentityHashMap<>();
  private int lanes = 1;
  // The lanes whose checks count, or null: all.
  private LlvmValue active;
  // The lanes that may load and store, or null: all.
  private LlvmValue mask;
  private VectorPlan.Masking masking;
  private boolean checks;
  // How many bytes ahead of consecutive loads memory is fetched, as LLVM text; or null.
  private String ahead;

  LlvmExprs(LlvmBuilder out, Kernel kernel) {
    this.out = out;
    this.kernel = kernel;
    this.arithmetic = new LlvmArithmetic(this, out);
  }

  int lanes() {
    return lanes;
  }

  void lanes(int lanes) {
    this.lanes = lanes;
    known = new IdentityHashMap<>();
  }

  /**
   * Switches off the lanes in which {@code index}, which grows by 1, is not less than {@code end};
   * returns the mask.
   */
  String maskFrom(Expr.Var index, String end, VectorPlan.Masking can) {
    if (can == VectorPlan.Masking.NONE) {
      throw new LlvmReader.NotVectorException("lanes cannot be switched off");
    }
    String left = out.pure("sub i64 {}, {}", end, variable(index).text());
    String few = out.pure("call i64 @llvm.smin.i64(i64 {}, i64 {})", left, lanes);
    String count = splat(Type.I32, out.pure("trunc i64 {} to i32", few));
    String type = LlvmBuilder.type(Type.I32, lanes);
    String on = out.pure("icmp slt {} {}, {}", type, iota("i32"), count);
    mask = LlvmValue.vector(Type.BOOL, lanes, on);
    active = mask;
    masking = can;
    return on;
  }

  void noMask() {
    mask = null;
    active = null;
  }

  void bind(Expr.Var variable, LlvmValue value) {
    variables.put(variable.name(), value);
  }

  /** Whether a check was emitted, which needs the error slot. */
  boolean hasChecks() {
    return checks;
  }

  /** Forgets the values of expressions: memory or variables may have changed. */
  void newStatement() {
    known = new IdentityHashMap<>();
  }

  LlvmValue value(Expr e) {
    LlvmValue value = known.get(e);
    if (value == null) {
      value = emit(e);
      known.put(e, value);
    }
    return value;
  }

  /** The value over all lanes, as LLVM text. */
  String vector(Expr e) {
    return vector(value(e));
  }

  private LlvmValue emit(Expr e) {
    if (e instanceof Expr.Real c) {
      return LlvmValue.uniform(c.type(), real(c));
    } else if (e instanceof Expr.Int c) {
      return LlvmValue.uniform(c.type(), integer(c));
    } else if (e instanceof Expr.Param p) {
      return LlvmValue.uniform(p.type(), "%p" + p.index());
    } else if (e instanceof Expr.Var v) {
      return variable(v);
    } else if (e instanceof Expr.Unary u) {
      return arithmetic.unary(u.op(), value(u.a()));
    } else if (e instanceof Expr.Binary b) {
      return arithmetic.binary(b.op(), value(b.a()), value(b.b()));
    } else if (e instanceof Expr.Compare c) {
      return compare(c);
    } else if (e instanceof Expr.Select s) {
      return select(s);
    } else if (e instanceof Expr.Fma f) {
      return arithmetic.intrinsic("fma", f.type(), value(f.a()), value(f.b()), value(f.c()));
    } else if (e instanceof Expr.Cast c) {
      return arithmetic.cast(c.type(), value(c.a()));
    } else if (e instanceof Expr.Bitcast b) {
      return arithmetic.convert("bitcast", b.type(), value(b.a()));
    } else if (e instanceof Expr.Load l) {
      return load(l);
    } else if (e instanceof Expr.Check c) {
      return check(c);
    }
    throw new IllegalArgumentException("lowering should have replaced " + e);
  }

  private LlvmValue variable(Expr.Var v) {
    LlvmValue value = variables.get(v.name());
    if (value == null) {
      throw new IllegalArgumentException(
          "variable " + v.name() + " is used where it is not bound, in kernel " + kernel.name());
    }
    return value;
  }

  private static String real(Expr.Real c) {
    double value = c.type() == Type.F32 ? (float) c.value() : c.value();
    String hex = Long.toHexString(Double.doubleToLongBits(value));
    return "0x" + "0".repeat(16 - hex.length()) + hex;
  }

  private static String integer(Expr.Int c) {
    return switch (c.type()) {
      case BOOL -> c.value() != 0 ? "true" : "false";
      case I32 -> Integer.toString((int) c.value());
      default -> Long.toString(c.value());
    };
  }

  /** Numbers whose sign bits are both turned compare as unsigned ones. */
  private LlvmValue compare(Expr.Compare c) {
    Expr a = signTurned(c.a());
    Expr b = signTurned(c.b());
    return c.op() == Expr.CompareOp.LT && a != null && b != null
        ? arithmetic.unsignedLess(value(a), value(b))
        : arithmetic.compare(c.op(), value(c.a()), value(c.b()));
  }

  /** What {@code e} turns the sign bit of, or null. */
  private static Expr signTurned(Expr e) {
    boolean turned =
        e instanceof Expr.Binary b
            && b.op() == Expr.BinaryOp.XOR
            && b.b() instanceof Expr.Int c
            && c.type() == Type.I64
            && c.value() == Long.MIN_VALUE;
    return turned ? ((Expr.Binary) e).a() : null;
  }

  private LlvmValue select(Expr.Select s) {
    LlvmValue condition = value(s.condition());
    LlvmValue then = branch(s.then(), condition, true);
    LlvmValue otherwise = branch(s.otherwise(), condition, false);
    return arithmetic.select(condition, then, otherwise);
  }

  /** Evaluates one branch of a select: of its checks only those in the chosen lanes count. */
  private LlvmValue branch(Expr e, LlvmValue condition, boolean then) {
    if (!hasCheck(e)) {
      return value(e);
    }
    LlvmValue outerActive = active;
    IdentityHashMap<Expr, LlvmValue> outerKnown = known;
    LlvmValue chosen = then ? condition : arithmetic.unary(Expr.UnaryOp.NOT, condition);
    active = active == null ? chosen : arithmetic.binary(Expr.BinaryOp.AND, active, chosen);
    known = new IdentityHashMap<>(known);
    LlvmValue value = value(e);
    active = outerActive;
    known = outerKnown;
    return value;
  }

  private boolean hasCheck(Expr e) {
    Boolean found = checking.get(e);
    if (found == null) {
      found = e instanceof Expr.Check || ExprWalk.operands(e).stream().anyMatch(this::hasCheck);
      checking.put(e, found);
    }
    return found;
  }

  /** Fetches memory into the cache this many bytes ahead of consecutive loads; null for none. */
  void ahead(String bytes) {
    ahead = bytes;
  }

  /** An address that is not mapped does no harm here, but takes time. */
  private void prefetch(String address, int bytes) {
    String first = out.pure("getelementptr i8, ptr {}, i64 {}", address, ahead);
    for (int line = 0; line < bytes; line += CACHE_LINE) {
      String place = out.pure("getelementptr i8, ptr {}, i64 {}", first, line);
      out.emit("call void @llvm.prefetch.p0(ptr {}, i32 0, i32 3, i32 1)", place);
    }
  }

  private LlvmValue load(Expr.Load l) {
    Type memory = kernel.buffers().get(l.buffer()).type();
    if (!fits(memory, l.type())) {
      throw new IllegalArgumentException(
          "load of type " + l.type() + " from buffer " + l.buffer() + " of type " + memory);
    }
    LlvmValue index = value(l.index());
    int width = index.isUniform() ? 1 : lanes;
    String type = LlvmBuilder.memoryType(memory, width);
    String align = Integer.toString(memory.bytes());
    String loaded;
    if (index.isUniform() || (index.isConsecutive() && mask == null)) {
      String address = address("%b" + l.buffer(), memory, index.text());
      loaded = out.load("load {}, ptr {}, align {}", type, address, align);
      if (ahead != null && !index.isUniform()) {
        prefetch(address, lanes * memory.bytes());
      }
    } else if (index.isReversed() && mask == null) {
      String address = address("%b" + l.buffer(), memory, lowest(index));
      loaded = reversed(type, out.load("load {}, ptr {}, align {}", type, address, align));
    } else {
      String from = access(l.buffer(), memory, index, align);
      String name = name(isRun(index) ? "load" : "gather", memory, index);
      loaded = out.load("call {} @{}({}, {} zeroinitializer)", type, name, from, type);
      loaded = index.isReversed() ? reversed(type, loaded) : loaded;
    }
    return fromMemory(
        memory == Type.F16 && l.type() == Type.I32 ? Type.I16 : memory, width, loaded);
  }

  /** Whether elements in memory are values of this type, or bits of a half that is only moved. */
  private static boolean fits(Type memory, Type value) {
    return value == memory.value() || memory == Type.F16 && value == Type.I32;
  }

  private static boolean isRun(LlvmValue index) {
    return index.isConsecutive() || index.isReversed();
  }

  /** Where the last lane of a reversed index is. */
  private String lowest(LlvmValue index) {
    return out.pure("sub i64 {}, {}", index.text(), lanes - 1);
  }

  /** The lanes from the last to the first. */
  private String reversed(String type, String vector) {
    return out.pure(
        "shufflevector {} {}, {} poison, <{} x i32> {}", type, vector, type, lanes, back());
  }

  private String back() {
    StringBuilder s = new StringBuilder("<i32 ").append(lanes - 1);
    for (int i = lanes - 2; i >= 0; i--) {
      s.append(", i32 ").append(i);
    }
    return s.append('>').toString();
  }

  private LlvmValue fromMemory(Type memory, int width, String loaded) {
    String type = LlvmBuilder.memoryType(memory, width);
    return switch (memory) {
      case BOOL ->
          new LlvmValue(
              Type.BOOL,
              width,
              out.pure("icmp ne {} {}, {}", type, loaded, width == 1 ? "0" : "zeroinitializer"),
              null);
      case U8, I8, I16 -> {
        String extend = memory == Type.U8 ? "zext" : "sext";
        String wide = LlvmBuilder.type(Type.I32, width);
        String value = out.pure("{} {} {} to {}", extend, type, loaded, wide);
        yield new LlvmValue(Type.I32, width, value, null);
      }
      case F16 -> {
        String half = out.pure("bitcast {} {} to {}", type, loaded, half(width));
        String wide = LlvmBuilder.type(Type.F32, width);
        String value = out.pure("fpext {} {} to {}", half(width), half, wide);
        yield new LlvmValue(Type.F32, width, value, null);
      }
      case BF16 -> throw LlvmBuilder.notExpanded(memory);
      case F64, F32, I64, I32 -> new LlvmValue(memory, width, loaded, null);
    };
  }

  void store(int buffer, LlvmValue index, LlvmValue value) {
    Type memory = kernel.buffers().get(buffer).type();
    if (!fits(memory, value.type())) {
      throw new IllegalArgumentException(
          "store of " + value.type() + " into buffer " + buffer + " of type " + memory);
    }
    String type = LlvmBuilder.memoryType(memory, lanes);
    boolean bits = memory == Type.F16 && value.type() == Type.I32;
    String stored = toMemory(bits ? Type.I16 : memory, vector(value));
    String align = Integer.toString(memory.bytes());
    stored = index.isReversed() ? reversed(type, stored) : stored;
    if (lanes == 1 || (isRun(index) && mask == null)) {
      String first = index.isReversed() ? lowest(index) : index.text();
      String address = address("%b" + buffer, memory, first);
      out.emit("store {} {}, ptr {}, align {}", type, stored, address, align);
    } else {
      String to = access(buffer, memory, index, align);
      String name = name(isRun(index) ? "store" : "scatter", memory, index);
      out.emit("call void @{}({} {}, {})", name, type, stored, to);
    }
    out.memoryChanged();
  }

  private String toMemory(Type memory, String value) {
    String to = LlvmBuilder.memoryType(memory, lanes);
    String from = LlvmBuilder.type(memory.value(), lanes);
    return switch (memory) {
      case BOOL -> out.pure("zext {} {} to {}", from, value, to);
      case U8, I8, I16 -> out.pure("trunc {} {} to {}", from, value, to);
      case F16 -> {
        String half = out.pure("fptrunc {} {} to {}", from, value, half(lanes));
        yield out.pure("bitcast {} {} to {}", half(lanes), half, to);
      }
      case BF16 -> throw LlvmBuilder.notExpanded(memory);
      case F64, F32, I64, I32 -> value;
    };
  }

  private static String half(int width) {
    return width == 1 ? "half" : LlvmBuilder.fill("<{} x half>", width);
  }

  /** Writes a value over all lanes to a stack that holds such values, at place {@code at}. */
  void spill(Type type, String stack, String at, String value) {
    out.emit(
        "store {} {}, ptr {}, align {}",
        LlvmBuilder.memoryType(type, lanes),
        toMemory(type, value),
        place(type, stack, at),
        alignment(type));
  }

  /** Reads what {@link #spill} wrote. */
  String reload(Type type, String stack, String at) {
    String loaded =
        out.effect(
            "load {}, ptr {}, align {}",
            LlvmBuilder.memoryType(type, lanes),
            place(type, stack, at),
            alignment(type));
    return fromMemory(type, lanes, loaded).text();
  }

  private String place(Type type, String stack, String at) {
    String element = LlvmBuilder.memoryType(type, lanes);
    return out.pure("getelementptr {}, ptr {}, i64 {}", element, stack, at);
  }

  private int alignment(Type type) {
    return Math.min(64, lanes * type.bytes());
  }

  private String address(String buffer, Type memory, String index) {
    return out.pure(
        "getelementptr {}, ptr {}, i64 {}", LlvmBuilder.memoryType(memory, 1), buffer, index);
  }

  /** The operands of a masked access that say where: addresses, alignment and lanes. */
  private String access(int buffer, Type memory, LlvmValue index, String align) {
    boolean possible =
        mask == null || masking == VectorPlan.Masking.ALL || (isRun(index) && memory.bytes() >= 4);
    if (!possible) {
      throw new LlvmReader.NotVectorException("cannot access memory in some lanes only");
    }
    String base = "%b" + buffer;
    if (isRun(index)) {
      String first = address(base, memory, index.isReversed() ? lowest(index) : index.text());
      String type = LlvmBuilder.type(Type.BOOL, lanes);
      String on = index.isReversed() ? reversed(type, mask.text()) : mask.text();
      return LlvmBuilder.fill("ptr {}, i32 {}, {} {}", first, align, type, on);
    }
    String element = LlvmBuilder.memoryType(memory, 1);
    String pointers =
        out.pure("getelementptr {}, ptr {}, <{} x i64> {}", element, base, lanes, vector(index));
    return LlvmBuilder.fill("<{} x ptr> {}, i32 {}, {}", lanes, pointers, align, mask());
  }

  private String name(String operation, Type memory, LlvmValue index) {
    String pointer = isRun(index) ? "p0" : "v" + lanes + "p0";
    String element = LlvmArithmetic.suffix(memory);
    return LlvmBuilder.fill("llvm.masked.{}.v{}{}.{}", operation, lanes, element, pointer);
  }

  private String mask() {
    return LlvmBuilder.fill("<{} x i1> {}", lanes, mask == null ? "splat (i1 true)" : mask.text());
  }

  private LlvmValue check(Expr.Check c) {
    LlvmValue ok = value(c.ok());
    LlvmValue reported = value(c.reported());
    LlvmValue bad = arithmetic.unary(Expr.UnaryOp.NOT, ok);
    if (active != null) {
      bad = arithmetic.binary(Expr.BinaryOp.AND, bad, active);
    }
    LlvmValue value = value(c.value());
    LlvmValue fallback = value(c.fallback());
    String before = out.block();
    String reporting = report(bad, c.code().ordinal(), reported);
    if (lanes > 1 || active != null) {
      return arithmetic.select(ok, value, fallback);
    }
    String type = LlvmBuilder.type(c.type(), 1);
    String chosen = out.merge(type, value.text(), before, fallback.text(), reporting);
    return LlvmValue.uniform(c.type(), chosen);
  }

  /** Reports the first bad lane, off the main path; returns the block that does. */
  private String report(LlvmValue bad, int code, LlvmValue reported) {
    checks = true;
    LlvmValue row = variable(kernel.row());
    String any = bad.text();
    if (!bad.isUniform()) {
      any = out.pure("call i1 @llvm.vector.reduce.or.v{}i1(<{} x i1> {})", lanes, lanes, any);
    }
    String report = out.fresh("%report");
    String go = out.fresh("%go");
    out.emit("br i1 {}, label {}, label {}, !prof !0", any, report, go);
    out.startBlock(report);
    out.openScope();
    String lane = "0";
    if (!bad.isUniform()) {
      String bits = out.pure("bitcast <{} x i1> {} to i{}", lanes, bad.text(), lanes);
      String first =
          out.pure("call i{} @llvm.cttz.i{}(i{} {}, i1 true)", lanes, lanes, lanes, bits);
      lane = lanes == 64 ? first : out.pure("zext i{} {} to i64", lanes, first);
    }
    out.emit(
        "call void @report(ptr %error, i64 {}, i64 {}, i64 {})",
        code, lane(row, lane), lane(reported, lane));
    out.closeScope();
    out.branch(go);
    out.startBlock(go);
    return report;
  }

  private String lane(LlvmValue value, String lane) {
    return value.isUniform()
        ? value.text()
        : out.pure("extractelement <{} x i64> {}, i64 {}", lanes, vector(value), lane);
  }

  /** The value over all lanes of the current vector, as LLVM text. */
  String vector(LlvmValue value) {
    if (lanes == 1 || !(value.isUniform() || value.isLinear())) {
      return value.text();
    }
    if (value.isLinear()) {
      String steps = iota("i64");
      if (!value.isConsecutive()) {
        String stride = splat(Type.I64, value.stride());
        steps = out.pure("mul <{} x i64> {}, {}", lanes, stride, steps);
      }
      return out.pure("add <{} x i64> {}, {}", lanes, splat(Type.I64, value.text()), steps);
    }
    return splat(value.type(), value.text());
  }

  private String iota(String type) {
    StringBuilder s = new StringBuilder("<" + type + " 0");
    for (int i = 1; i < lanes; i++) {
      s.append(", ").append(type).append(' ').append(i);
    }
    return s.append('>').toString();
  }

  private String splat(Type type, String scalar) {
    String element = LlvmBuilder.type(type, 1);
    if (!scalar.startsWith("%")) {
      return LlvmBuilder.fill("splat ({} {})", element, scalar);
    }
    String vector = LlvmBuilder.type(type, lanes);
    String one = out.pure("insertelement {} poison, {} {}, i64 0", vector, element, scalar);
    return out.pure(
        "shufflevector {} {}, {} poison, <{} x i32> zeroinitializer", vector, one, vector, lanes);
  }

  /** The values of a tuple over all lanes. */
  List<String> vectors(List<Expr> tuple) {
    return tuple.stream().map(this::value).map(this::vector).toList();
  }
}
