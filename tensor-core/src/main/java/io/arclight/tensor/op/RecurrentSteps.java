package io.arclight.tensor.op;

import io.arclight.tensor.Tensor;
import java.util.Arrays;

/**
 * A recurrent layer step by step, by operations: what gradients of its gradients and gradients
 * inside a vmap are made of.
 */
final class RecurrentSteps {
  private final RecurrentOp op;
  private final RecurrentCell cell;
  private final RecurrentOperands in;
  private final int[] order;
  private final long[] sizes;
  private final long[] rows;
  private final long hidden;

  /** By step: what the step began with, and what it computed. */
  private final Tensor[] hiddenBefore;

  private final Tensor[] cellBefore;
  private final Tensor[][] gates;

  RecurrentSteps(RecurrentOp op, RecurrentOperands in) {
    this.op = op;
    this.cell = op.cell();
    this.in = in;
    sizes = op.sizes(in.x());
    int count = sizes.length;
    rows = new long[count];
    order = new int[count];
    for (int i = 0; i < count; i++) {
      rows[i] = i == 0 ? 0 : rows[i - 1] + sizes[i - 1];
      order[i] = reverse() ? count - 1 - i : i;
    }
    hidden = in.hiddenSize(cell);
    hiddenBefore = new Tensor[count];
    cellBefore = new Tensor[count];
    gates = new Tensor[count][];
  }

  private boolean reverse() {
    return op.direction() == ScanOp.Direction.REVERSE;
  }

  /** Row by row of all steps, the state that the step began with; {@code y} is [rows, state]. */
  Tensor before(Tensor y, Tensor first) {
    Tensor[] parts = new Tensor[sizes.length];
    for (int t : order) {
      int before = reverse() ? t + 1 : t - 1;
      boolean begins = before < 0 || before >= sizes.length;
      Tensor last = begins ? null : y.narrow(0, rows[before], sizes[before]);
      parts[t] = carried(last, first, sizes[t]);
    }
    return Tensor.cat(0, parts);
  }

  /** {@code n} states: those of the step before where there are any, else the first ones. */
  private static Tensor carried(Tensor last, Tensor first, long n) {
    if (last == null) {
      return first.narrow(0, 0, n);
    }
    long old = Math.min(n, last.dim(0));
    return old == n ? last.narrow(0, 0, n) : Tensor.cat(0, last, first.narrow(0, old, n - old));
  }

  /** Gradients of the inputs, recorded. */
  Tensor[] vjp(Tensor... grads) {
    Tensor x = in.x().reshape(in.x().elements() / width(in.x()), width(in.x()));
    forward(x);
    Tensor y = grads[0];
    Tensor gradOutput = y == null ? null : y.reshape(x.dim(0), y.dim(-1));
    Tensor dh = grads[1] == null ? in.hidden().zerosLike() : grads[1];
    Tensor dc = !cell.hasCell() ? null : grads[2] == null ? in.cell().zerosLike() : grads[2];
    int count = sizes.length;
    Tensor[] inputs = new Tensor[count];
    Tensor[] states = new Tensor[count];
    Tensor projection = null;
    for (int i = count - 1; i >= 0; i--) {
      int t = order[i];
      long n = sizes[t];
      Tensor g = dh.narrow(0, 0, n);
      if (gradOutput != null) {
        g = g.add(gradOutput.narrow(0, rows[t], n));
      }
      if (in.projection() != null) {
        Tensor weight = g.t().matmul(raw(t));
        projection = projection == null ? weight : projection.add(weight);
        g = g.matmul(in.projection());
      }
      Tensor[] back = backward(t, g, dc == null ? null : dc.narrow(0, 0, n));
      inputs[t] = back[0];
      states[t] = back[1];
      Tensor before = back[1].matmul(in.weightHidden());
      dh = replaced(dh, back[2] == null ? before : before.add(back[2]));
      dc = dc == null ? null : replaced(dc, back[3]);
    }
    Tensor all = Tensor.cat(0, inputs);
    Tensor product = cell.separatesProducts() ? Tensor.cat(0, states) : all;
    boolean biased = in.biasInput() != null;
    RecurrentOperands out =
        new RecurrentOperands(
            all.matmul(in.weightInput()).reshape(in.x().shape()),
            dh,
            dc,
            all.t().matmul(x),
            product.t().matmul(Tensor.cat(0, hiddenBefore)),
            biased ? all.sum(0) : null,
            biased ? product.sum(0) : null,
            projection);
    return out.toArray();
  }

  private static long width(Tensor x) {
    return Math.max(1, x.dim(-1));
  }

  /** {@code all} with its first rows replaced. */
  private static Tensor replaced(Tensor all, Tensor first) {
    long n = first.dim(0);
    return n == all.dim(0) ? first : Tensor.cat(0, first, all.narrow(0, n, all.dim(0) - n));
  }

  private void forward(Tensor x) {
    Tensor input = biased(x.matmul(in.weightInput().t()), in.biasInput());
    Tensor h = null;
    Tensor c = null;
    for (int t : order) {
      long n = sizes[t];
      hiddenBefore[t] = carried(h, in.hidden(), n);
      cellBefore[t] = cell.hasCell() ? carried(c, in.cell(), n) : null;
      Tensor a = input.narrow(0, rows[t], n);
      Tensor s = biased(hiddenBefore[t].matmul(in.weightHidden().t()), in.biasHidden());
      switch (cell) {
        case RNN_TANH -> {
          h = a.add(s).tanh();
          gates[t] = new Tensor[] {h};
        }
        case RNN_RELU -> {
          h = a.add(s).relu();
          gates[t] = new Tensor[] {h};
        }
        case LSTM -> {
          Tensor[] sums = parts(a.add(s), 4);
          gates[t] =
              new Tensor[] {
                sums[0].sigmoid(), sums[1].sigmoid(), sums[2].tanh(), sums[3].sigmoid(), null
              };
          c = gates[t][1].mul(cellBefore[t]).add(gates[t][0].mul(gates[t][2]));
          gates[t][4] = c.tanh();
          h = in.projection() == null ? raw(t) : raw(t).matmul(in.projection().t());
        }
        case GRU -> {
          Tensor[] ours = parts(a, 3);
          Tensor[] theirs = parts(s, 3);
          Tensor r = ours[0].add(theirs[0]).sigmoid();
          Tensor z = ours[1].add(theirs[1]).sigmoid();
          Tensor candidate = ours[2].add(r.mul(theirs[2])).tanh();
          gates[t] = new Tensor[] {r, z, candidate, theirs[2]};
          h = candidate.add(z.mul(hiddenBefore[t].sub(candidate)));
        }
      }
    }
  }

  private static Tensor biased(Tensor x, Tensor bias) {
    return bias == null ? x : x.add(bias);
  }

  private Tensor[] parts(Tensor t, int count) {
    Tensor[] out = new Tensor[count];
    Arrays.setAll(out, k -> t.narrow(-1, k * hidden, hidden));
    return out;
  }

  /** LSTM's output before the projection. */
  private Tensor raw(int t) {
    return gates[t][3].mul(gates[t][4]);
  }

  /**
   * From the gradients of a step's output and cell, those of: the product with x, the product with
   * the state, the state before but for that product (null for none), the cell before.
   */
  private Tensor[] backward(int t, Tensor g, Tensor dc) {
    Tensor[] v = gates[t];
    return switch (cell) {
      case RNN_TANH -> same(g.mul(slopeOfTanh(v[0])), null);
      case RNN_RELU -> same(g.mul(v[0].gt(0).to(g.dtype())), null);
      case LSTM -> {
        Tensor d = dc.add(g.mul(v[3]).mul(slopeOfTanh(v[4])));
        Tensor sums =
            Tensor.cat(
                -1,
                d.mul(v[2]).mul(slopeOfSigmoid(v[0])),
                d.mul(cellBefore[t]).mul(slopeOfSigmoid(v[1])),
                d.mul(v[0]).mul(slopeOfTanh(v[2])),
                g.mul(v[4]).mul(slopeOfSigmoid(v[3])));
        yield same(sums, d.mul(v[1]));
      }
      case GRU -> {
        Tensor dz = g.mul(hiddenBefore[t].sub(v[2])).mul(slopeOfSigmoid(v[1]));
        Tensor dn = g.mul(v[1].neg().add(1)).mul(slopeOfTanh(v[2]));
        Tensor dr = dn.mul(v[3]).mul(slopeOfSigmoid(v[0]));
        yield new Tensor[] {
          Tensor.cat(-1, dr, dz, dn), Tensor.cat(-1, dr, dz, dn.mul(v[0])), g.mul(v[1]), null
        };
      }
    };
  }

  private static Tensor[] same(Tensor sums, Tensor cellBefore) {
    return new Tensor[] {sums, sums, null, cellBefore};
  }

  private static Tensor slopeOfTanh(Tensor y) {
    return y.square().neg().add(1);
  }

  private static Tensor slopeOfSigmoid(Tensor y) {
    return y.mul(y.neg().add(1));
  }
}
