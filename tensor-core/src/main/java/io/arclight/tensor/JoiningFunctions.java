package io.arclight.tensor;

import io.arclight.tensor.op.CatOp;
import io.arclight.tensor.op.Pointwise;

/** Tensors joined, broadcast and chosen from; static on {@link Tensor}. */
abstract class JoiningFunctions extends CreationFunctions {

  /** Tensors one after the other along {@code dim}; dtypes promote. */
  public static Tensor cat(int dim, Tensor... parts) {
    return Tensor.apply(new CatOp(dim), parts);
  }

  /** As {@link #cat}. */
  public static Tensor concat(int dim, Tensor... parts) {
    return cat(dim, parts);
  }

  /** Tensors of one shape along a new dimension {@code dim}. */
  public static Tensor stack(int dim, Tensor... parts) {
    if (parts.length == 0) {
      throw new ShapeException("stack: needs at least one tensor");
    }
    int rank = parts[0].rank() + 1;
    int at = dim < 0 ? dim + rank : dim;
    Tensor[] raised = new Tensor[parts.length];
    for (int i = 0; i < parts.length; i++) {
      if (!parts[i].shape().equals(parts[0].shape())) {
        throw new ShapeException(
            "stack: tensors must have one shape, but 0 has "
                + parts[0].shape()
                + " and "
                + i
                + " has "
                + parts[i].shape());
      }
      raised[i] = parts[i].unsqueeze(at);
    }
    return cat(at, raised);
  }

  /** Side by side: along dimension 1, or the only one. */
  public static Tensor hstack(Tensor... parts) {
    Tensor[] raised = atLeast(1, "hstack", parts);
    return cat(raised[0].rank() == 1 ? 0 : 1, raised);
  }

  /** One below the other: along dimension 0; vectors are rows. */
  public static Tensor vstack(Tensor... parts) {
    return cat(0, atLeast(2, "vstack", parts));
  }

  /** As {@link #vstack}. */
  public static Tensor rowStack(Tensor... parts) {
    return vstack(parts);
  }

  /** Along dimension 2; vectors [n] are [1, n, 1], matrices [m, n] are [m, n, 1]. */
  public static Tensor dstack(Tensor... parts) {
    return cat(2, atLeast(3, "dstack", parts));
  }

  /** Side by side; vectors are columns. */
  public static Tensor columnStack(Tensor... parts) {
    requireSome("columnStack", parts);
    Tensor[] raised = new Tensor[parts.length];
    for (int i = 0; i < parts.length; i++) {
      Tensor t = parts[i];
      raised[i] = t.rank() < 2 ? t.reshape(t.elements(), 1) : t;
    }
    return cat(1, raised);
  }

  /** With dimensions of size 1 added until there is one. */
  public static Tensor atleast1d(Tensor x) {
    return atLeast(1, x);
  }

  /** With dimensions of size 1 added until there are two; a vector is a row. */
  public static Tensor atleast2d(Tensor x) {
    return atLeast(2, x);
  }

  /** With dimensions of size 1 added until there are three; a matrix [m, n] is [m, n, 1]. */
  public static Tensor atleast3d(Tensor x) {
    return atLeast(3, x);
  }

  private static Tensor atLeast(int rank, Tensor x) {
    Tensor out = x.rank() == 0 ? x.reshape(1) : x;
    if (rank > 1 && out.rank() == 1) {
      out = out.unsqueeze(0);
    }
    return rank > 2 && out.rank() == 2 ? out.unsqueeze(2) : out;
  }

  private static Tensor[] atLeast(int rank, String op, Tensor... parts) {
    requireSome(op, parts);
    Tensor[] out = new Tensor[parts.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = atLeast(rank, parts[i]);
    }
    return out;
  }

  private static void requireSome(String op, Tensor... parts) {
    if (parts.length == 0) {
      throw new ShapeException(op + ": needs at least one tensor");
    }
  }

  /** Views of all tensors in the shape that they broadcast to. */
  public static Tensor[] broadcastTensors(Tensor... tensors) {
    return Scatters.broadcast(tensors);
  }

  /** The shape that all broadcast to. */
  public static Shape broadcastShapes(Shape... shapes) {
    return Scatters.broadcast(shapes);
  }

  /** Elements of {@code x} where {@code condition} (bool) holds, else of {@code other}. */
  public static Tensor where(Tensor condition, Tensor x, Tensor other) {
    return Tensor.apply(Pointwise.WHERE, condition, x, other);
  }

  public static Tensor where(Tensor condition, Tensor x, Number other) {
    return Tensor.apply(Pointwise.WHERE.with(null, null, other), condition, x);
  }

  public static Tensor where(Tensor condition, Number x, Tensor other) {
    return Tensor.apply(Pointwise.WHERE.with(null, x, null), condition, other);
  }

  public static Tensor where(Tensor condition, Number x, Number other) {
    return Tensor.apply(Pointwise.WHERE.with(null, x, other), condition);
  }
}
