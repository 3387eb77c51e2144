package io.arclight.optim;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Segment;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Exprs;
import io.arclight.tensor.ir.Kernel;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import io.arclight.tensor.op.Scalars;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One kernel that reads parameter, gradient and state element by element and writes parameter and
 * state, run over all parameters at once. Buffer 0 is the parameter, 1 the gradient, then the
 * state.
 */
final class FusedUpdate {
  /** The new parameter and state, from all elements and the numbers. */
  interface Rule {
    List<Expr> apply(List<Expr> elements, List<Expr> numbers);
  }

  private final String name;
  private final List<String> states;
  private final int numbers;
  private final Rule rule;
  private final Map<DType, Executable> executables = new ConcurrentHashMap<>();

  FusedUpdate(String name, List<String> states, int numbers, Rule rule) {
    this.name = name;
    this.states = states;
    this.numbers = numbers;
    this.rule = rule;
  }

  /** A batch for at most {@code due}. */
  Batch batch(List<Optimizer.Update> due) {
    return new Batch(due.get(0).state().parameter(), due.size());
  }

  /** The parameters to update; those of one dtype and device in one launch. */
  final class Batch {
    private final DType dtype;
    private final Device device;
    private final List<Segment> segments;
    private Batch others;
    private double[] values;
    private long[] params;

    private Batch(Tensor parameter, int size) {
      dtype = parameter.dtype().toReal();
      device = parameter.device();
      segments = new ArrayList<>(size);
    }

    /** Adds what to update, by the rule with these numbers. */
    void add(Optimizer.Update update, double[] newValues) {
      Tensor parameter = update.state().parameter();
      if (parameter.dtype().toReal() != dtype || !parameter.device().equals(device)) {
        if (others == null) {
          others = new Batch(parameter, 1);
        }
        others.add(update, newValues);
        return;
      }
      // Most parameters share them.
      if (newValues != values) {
        values = newValues;
        params = new long[numbers];
        for (int i = 0; i < numbers; i++) {
          params[i] = Scalars.bits(dtype.type(), values[i]);
        }
      }
      Tensor[] buffers = update.state().buffers(update.grad(), states);
      // Complex numbers are updated part by part.
      long numbers = parameter.elements() * (parameter.isComplex() ? 2 : 1);
      segments.add(new Segment(numbers, buffers, params));
    }

    void run() {
      executables.computeIfAbsent(dtype, FusedUpdate.this::build).launchAll(name, 1, segments);
      for (Segment segment : segments) {
        Tensor[] buffers = segment.buffers();
        for (int i = 0; i < buffers.length; i++) {
          if (i != 1) {
            buffers[i].storage().bumpVersion("an optimizer step");
          }
        }
      }
      if (others != null) {
        others.run();
      }
    }
  }

  private Executable build(DType dtype) {
    Type type = dtype.type().value();
    Expr.Var row = new Expr.Var("row", Type.I64);
    List<Kernel.Buffer> buffers = new ArrayList<>();
    List<Expr> elements = new ArrayList<>();
    for (int i = 0; i < states.size() + 2; i++) {
      buffers.add(
          new Kernel.Buffer(dtype.type(), i == 1 ? Kernel.Access.READ : Kernel.Access.READ_WRITE));
      elements.add(Exprs.load(i, row, type));
    }
    List<Expr> scalars = new ArrayList<>();
    List<Type> params = new ArrayList<>();
    for (int i = 0; i < numbers; i++) {
      params.add(type);
      scalars.add(new Expr.Param(i, type));
    }
    // All is computed before anything is stored: results may share subexpressions.
    List<Stmt> body = new ArrayList<>();
    List<Expr> loaded = new ArrayList<>();
    for (int i = 0; i < elements.size(); i++) {
      Expr.Var var = new Expr.Var("old" + i, type);
      body.add(new Stmt.Let(var, elements.get(i)));
      loaded.add(var);
    }
    List<Expr> results = rule.apply(loaded, scalars);
    List<Stmt> stores = new ArrayList<>();
    for (int i = 0; i < results.size(); i++) {
      Expr.Var var = new Expr.Var("new" + i, type);
      body.add(new Stmt.Let(var, results.get(i)));
      stores.add(new Stmt.Store(i == 0 ? 0 : i + 1, row, var));
    }
    body.addAll(stores);
    return new Executable(new Kernel(name, buffers, params, row, true, body));
  }
}
