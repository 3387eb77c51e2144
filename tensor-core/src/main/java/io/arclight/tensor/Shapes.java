package io.arclight.tensor;

/** Checks of shape arguments. */
final class Shapes {
  private Shapes() {}

  /** {@code sizes} with at most one -1 resolved so that the element count is kept. */
  static Shape infer(long[] sizes, Shape from, String op) {
    long known = 1;
    int free = -1;
    for (int i = 0; i < sizes.length; i++) {
      if (sizes[i] == -1) {
        if (free >= 0) {
          throw new ShapeException(op + ": only one dimension can be -1");
        }
        free = i;
      } else {
        known *= sizes[i];
      }
    }
    long[] out = sizes.clone();
    if (free >= 0) {
      if (known == 0 || from.elements() % known != 0) {
        throw new ShapeException(
            op
                + ": cannot infer the -1 of "
                + java.util.Arrays.toString(sizes)
                + " for a tensor of "
                + from.elements()
                + " elements, shape "
                + from);
      }
      out[free] = from.elements() / known;
    }
    Shape target = Shape.of(out);
    if (target.elements() != from.elements()) {
      throw new ShapeException(
          op
              + ": shape "
              + target
              + " has "
              + target.elements()
              + " elements, but the tensor of shape "
              + from
              + " has "
              + from.elements());
    }
    return target;
  }

  static int[] permutation(int[] order, Shape shape) {
    int[] out = new int[order.length];
    boolean[] seen = new boolean[shape.rank()];
    boolean bad = order.length != shape.rank();
    for (int i = 0; i < order.length && !bad; i++) {
      out[i] = shape.wrap(order[i]);
      bad = seen[out[i]];
      seen[out[i]] = true;
    }
    if (bad) {
      throw new ShapeException(
          "permute: "
              + java.util.Arrays.toString(order)
              + " is not an order of the dimensions of shape "
              + shape);
    }
    return out;
  }

  /** The order of dimensions in which {@code from} stand at {@code to}. */
  static int[] moved(int[] from, int[] to, Shape shape) {
    int[] order = new int[shape.rank()];
    java.util.Arrays.fill(order, -1);
    boolean[] taken = new boolean[shape.rank()];
    boolean bad = from.length != to.length;
    for (int i = 0; i < from.length && !bad; i++) {
      int source = shape.wrap(from[i]);
      int target = shape.wrap(to[i]);
      bad = taken[source] || order[target] >= 0;
      taken[source] = true;
      order[target] = source;
    }
    if (bad) {
      throw new ShapeException(
          "movedim: "
              + java.util.Arrays.toString(from)
              + " and "
              + java.util.Arrays.toString(to)
              + " must be as many, and each dimension may stand once in either");
    }
    int next = 0;
    for (int i = 0; i < order.length; i++) {
      if (order[i] < 0) {
        while (taken[next]) {
          next++;
        }
        order[i] = next++;
      }
    }
    return order;
  }
}
