package io.arclight.tensor.ir;

import io.arclight.tensor.memory.HostMemory;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** Compiles statements to steps; rows and vector loops run {@link Frame#WIDTH} at a time. */
final class StmtCompiler {
  private final Kernel kernel;
  private final ExprCompiler exprs;

  StmtCompiler(Kernel kernel, boolean oracle) {
    this.kernel = kernel;
    this.exprs = new ExprCompiler(kernel.buffers(), kernel.row(), oracle);
  }

  CompiledKernel compile() {
    boolean batched = kernel.vectorRows() && isFlat(kernel.body());
    int[] row = new int[1];
    Runnable code =
        () -> {
          row[0] = exprs.declare(kernel.row());
          kernel.body().forEach(this::statement);
        };
    Step body = batched ? exprs.batch(code).body : exprs.block(code);
    Step prepare = exprs.prepare();
    int arguments = kernel.errorSlot() + 1;
    int width = batched ? Frame.WIDTH : 1;
    // Kept between calls: frames are large beside what small kernels do.
    AtomicReference<Frame> spare = new AtomicReference<>();
    return (args, begin, end) -> {
      Frame kept = spare.getAndSet(null);
      Frame frame = kept == null ? exprs.frame(arguments) : kept;
      for (int i = 0; i < arguments; i++) {
        frame.args[i] = HostMemory.int64(args + 8L * i);
      }
      prepare.run(frame, Frame.WIDTH);
      for (long start = begin; start < end; start += width) {
        int n = (int) Math.min(width, end - start);
        count(frame.longs[row[0]], start, n);
        body.run(frame, n);
      }
      spare.set(frame);
    };
  }

  private static boolean isFlat(List<Stmt> body) {
    return body.stream().allMatch(s -> s instanceof Stmt.Let || s instanceof Stmt.Store);
  }

  private static void count(long[] register, long start, int n) {
    for (int i = 0; i < n; i++) {
      register[i] = start + i;
    }
  }

  private void statement(Stmt statement) {
    if (statement instanceof Stmt.Let let) {
      let(let);
    } else if (statement instanceof Stmt.Store store) {
      store(store);
    } else if (statement instanceof Stmt.Vector vector) {
      vector(vector);
    } else if (statement instanceof Stmt.Serial serial) {
      serial(serial);
    } else if (statement instanceof Stmt.Reduce reduce) {
      reduce(reduce);
    } else if (statement instanceof Stmt.Scan scan) {
      scan(scan);
    }
  }

  private void let(Stmt.Let let) {
    if (let.var().type() != let.value().type()) {
      throw new IllegalArgumentException(
          "let "
              + let.var().name()
              + " of type "
              + let.var().type()
              + " bound to a value of type "
              + let.value().type());
    }
    exprs.bind(let.var(), exprs.compile(let.value()));
  }

  private void store(Stmt.Store store) {
    Type element = kernel.buffers().get(store.buffer()).type();
    if (store.value().type() != element.value()) {
      throw new IllegalArgumentException(
          "store of "
              + store.value().type()
              + " into buffer "
              + store.buffer()
              + " of type "
              + element);
    }
    int index = exprs.compile(store.index());
    int value = exprs.compile(store.value());
    exprs.emit(MemoryOps.store(store.buffer(), element, index, value));
  }

  private void vector(Stmt.Vector vector) {
    int extent = exprs.compile(vector.extent());
    int[] index = new int[1];
    Runnable code =
        () -> {
          index[0] = exprs.declare(vector.index());
          vector.body().forEach(this::statement);
        };
    boolean batched = isFlat(vector.body());
    ExprCompiler.Batch batch = batched ? exprs.batch(code) : null;
    Step body = batched ? batch.body : exprs.block(code);
    Step enter = batched ? batch.enter : (f, n) -> {};
    int width = batched ? Frame.WIDTH : 1;
    exprs.emit(
        (f, one) -> {
          long stop = f.longs[extent][0];
          enter.run(f, Frame.WIDTH);
          for (long start = 0; start < stop; start += width) {
            int n = (int) Math.min(width, stop - start);
            count(f.longs[index[0]], start, n);
            body.run(f, n);
          }
        });
  }

  private void serial(Stmt.Serial serial) {
    int extent = exprs.compile(serial.extent());
    List<Expr> inits = serial.carried().stream().map(Stmt.Carried::init).toList();
    List<Expr> nexts = serial.carried().stream().map(Stmt.Carried::next).toList();
    int[] first = compileAll(inits);
    int[] carried = new int[first.length];
    for (int i = 0; i < carried.length; i++) {
      carried[i] = exprs.declare(serial.carried().get(i).var());
    }
    copyAll(inits, first, carried);
    int index = exprs.declare(serial.index());
    Step body =
        exprs.block(
            () -> {
              serial.body().forEach(this::statement);
              copyAll(nexts, compileAll(nexts), carried);
            });
    exprs.emit(
        (f, one) -> {
          long stop = f.longs[extent][0];
          for (long i = 0; i < stop; i++) {
            f.longs[index][0] = i;
            body.run(f, 1);
          }
        });
  }

  /** A group of 32 elements is handled at once, one in each lane. */
  private void reduce(Stmt.Reduce reduce) {
    int extent = exprs.compile(reduce.extent());
    int[] identity = compileAll(reduce.identity());
    int[] results = declareAll(reduce.results());
    copyAll(reduce.identity(), identity, results);
    Elements elements = elements(reduce.index(), reduce.body(), reduce.values());
    ExprCompiler.Batch values = elements.batch;
    Combination combination = combination(reduce.combine());
    Type[] types = reduce.results().stream().map(Expr.Var::type).toArray(Type[]::new);
    Tuples moves = new Tuples(types);
    int[] left = combination.left;
    int[] right = combination.right;
    Step fold = combination.batch.body;
    exprs.emit(
        (f, one) -> {
          long stop = f.longs[extent][0];
          values.enter.run(f, Frame.WIDTH);
          combination.batch.enter.run(f, Frame.WIDTH);
          for (long block = 0; block < stop; block += Kernel.BLOCK) {
            moves.fill(f, identity, left, Frame.WIDTH);
            long end = Math.min(stop, block + Kernel.BLOCK);
            for (long start = block; start < end; start += Kernel.LANES) {
              int n = (int) Math.min(Kernel.LANES, end - start);
              count(f.longs[elements.index], start, n);
              values.body.run(f, n);
              moves.copy(f, elements.values, 0, right, 0, n);
              fold.run(f, n);
            }
            for (int half = Kernel.LANES / 2; half > 0; half /= 2) {
              moves.copy(f, left, half, right, 0, half);
              fold.run(f, half);
            }
            if (block > 0) {
              moves.copy(f, left, 0, right, 0, 1);
              moves.copy(f, results, 0, left, 0, 1);
              fold.run(f, 1);
            }
            moves.copy(f, left, 0, results, 0, 1);
          }
        });
  }

  /** Code that computes the values of a number of indices at once. */
  private record Elements(int index, int[] values, ExprCompiler.Batch batch) {}

  private Elements elements(Expr.Var index, List<Stmt.Let> body, List<Expr> values) {
    int[] declared = new int[1];
    int[][] compiled = new int[1][];
    ExprCompiler.Batch batch =
        exprs.batch(
            () -> {
              declared[0] = exprs.declare(index);
              body.forEach(this::let);
              compiled[0] = compileAll(values);
            });
    return new Elements(declared[0], compiled[0], batch);
  }

  /** Code that combines the tuples in {@code right} behind those in {@code left}, into these. */
  private record Combination(int[] left, int[] right, ExprCompiler.Batch batch) {}

  private Combination combination(Stmt.Combine combine) {
    int[][] tuples = new int[2][];
    ExprCompiler.Batch batch =
        exprs.batch(
            () -> {
              tuples[0] = declareAll(combine.left());
              tuples[1] = declareAll(combine.right());
              combine.body().forEach(this::let);
              copyAll(combine.out(), compileAll(combine.out()), tuples[0]);
            });
    return new Combination(tuples[0], tuples[1], batch);
  }

  private void scan(Stmt.Scan scan) {
    int extent = exprs.compile(scan.extent());
    int[] identity = compileAll(scan.identity());
    Elements elements = elements(scan.index(), scan.body(), scan.values());
    ExprCompiler.Batch values = elements.batch;
    Combination combination = combination(scan.combine());
    int[] left = combination.left;
    int[] right = combination.right;
    int[] results = new int[left.length];
    int[] again = new int[1];
    ExprCompiler.Batch then =
        exprs.batch(
            () -> {
              again[0] = exprs.redeclare(scan.index());
              for (int i = 0; i < results.length; i++) {
                results[i] = exprs.declare(scan.results().get(i));
              }
              scan.then().forEach(this::statement);
            });
    Type[] types = scan.results().stream().map(Expr.Var::type).toArray(Type[]::new);
    int[] carried = scan.identity().stream().mapToInt(e -> exprs.register(e.type())).toArray();
    Tuples moves = new Tuples(types);
    Step fold = combination.batch.body;
    exprs.emit(
        (f, one) -> {
          long stop = f.longs[extent][0];
          values.enter.run(f, Frame.WIDTH);
          combination.batch.enter.run(f, Frame.WIDTH);
          then.enter.run(f, Frame.WIDTH);
          moves.fill(f, identity, carried, Frame.WIDTH);
          for (long start = 0; start < stop; start += scan.lanes()) {
            int n = (int) Math.min(scan.lanes(), stop - start);
            count(f.longs[elements.index], start, n);
            count(f.longs[again[0]], start, n);
            values.body.run(f, n);
            moves.copy(f, elements.values, 0, right, 0, n);
            for (int apart = 1; apart < scan.lanes(); apart *= 2) {
              int behind = Math.max(0, n - apart);
              moves.copy(f, right, 0, left, apart, behind);
              fold.run(f, n);
              moves.copy(f, left, apart, right, apart, behind);
            }
            moves.copy(f, carried, 0, left, 0, n);
            fold.run(f, n);
            moves.copy(f, left, 0, results, 0, n);
            then.body.run(f, n);
            moves.copy(f, left, n - 1, carried, 0, 1);
            moves.fill(f, carried, carried, Frame.WIDTH);
          }
        });
  }

  private int[] declareAll(List<Expr.Var> variables) {
    return variables.stream().mapToInt(exprs::declare).toArray();
  }

  private int[] compileAll(List<Expr> values) {
    return values.stream().mapToInt(exprs::compile).toArray();
  }

  /** Emits copies as if all were made at once. */
  private void copyAll(List<Expr> values, int[] from, int[] to) {
    int[] between = new int[from.length];
    for (int i = 0; i < from.length; i++) {
      Type type = values.get(i).type();
      between[i] = from.length == 1 ? from[i] : exprs.register(type);
      if (between[i] != from[i]) {
        exprs.emit(exprs.copy(type, from[i], between[i]));
      }
    }
    for (int i = 0; i < from.length; i++) {
      exprs.emit(exprs.copy(values.get(i).type(), between[i], to[i]));
    }
  }

  /** Moves tuples between registers at run time. */
  private record Tuples(Type[] types) {
    void copy(Frame f, int[] from, int offset, int[] to, int at, int n) {
      for (int i = 0; i < types.length; i++) {
        if (types[i].isFloat()) {
          System.arraycopy(f.doubles[from[i]], offset, f.doubles[to[i]], at, n);
        } else {
          System.arraycopy(f.longs[from[i]], offset, f.longs[to[i]], at, n);
        }
      }
    }

    void fill(Frame f, int[] from, int[] to, int n) {
      for (int i = 0; i < types.length; i++) {
        if (types[i].isFloat()) {
          Arrays.fill(f.doubles[to[i]], 0, n, f.doubles[from[i]][0]);
        } else {
          Arrays.fill(f.longs[to[i]], 0, n, f.longs[from[i]][0]);
        }
      }
    }
  }
}
