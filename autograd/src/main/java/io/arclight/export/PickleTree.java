package io.arclight.export;

import io.arclight.tensor.Complex;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.math.BigInteger;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** What may stand in a checkpoint, and how much of it. */
final class PickleTree {
  static final int MAX_DEPTH = 200;

  /** Objects, counted as often as they can be reached. */
  static final long MAX_NODES = 50_000_000;

  /** Hashing a key takes as long as it is. */
  static final int MAX_KEY = 64;

  private static final long UNDER_WAY = -1;

  private final IdentityHashMap<Object, Long> counts = new IdentityHashMap<>();
  private String problem;

  private PickleTree() {}

  /** What is wrong with a tree: cycles, depth, size, objects that are no data; null if nothing. */
  static String problem(Object root) {
    PickleTree tree = new PickleTree();
    tree.count(root, 0);
    return tree.problem;
  }

  private long count(Object node, int depth) {
    if (!(node instanceof Map || node instanceof Collection)) {
      if (!isLeaf(node)) {
        problem = "holds " + kind(node) + " as a value, which is no data";
      }
      return 1;
    }
    Long known = counts.get(node);
    if (known != null) {
      if (known == UNDER_WAY) {
        problem = "an object contains itself";
      }
      return known;
    }
    if (depth == MAX_DEPTH) {
      problem = "objects are nested more than " + MAX_DEPTH + " deep";
      return 1;
    }
    counts.put(node, UNDER_WAY);
    long total = 1;
    Collection<?> items = node instanceof Map<?, ?> map ? map.values() : (Collection<?>) node;
    for (Object item : items) {
      total += count(item, depth + 1);
      if (total > MAX_NODES && problem == null) {
        problem = "stands for more than " + MAX_NODES + " objects, by repetition";
      }
      if (problem != null) {
        return total;
      }
    }
    counts.put(node, total);
    return total;
  }

  private static boolean isLeaf(Object value) {
    return isScalar(value)
        || value instanceof byte[]
        || value instanceof Tensor
        || value instanceof Shape
        || value instanceof Device
        || value instanceof DType;
  }

  private static boolean isScalar(Object value) {
    return value == null
        || value instanceof String
        || value instanceof Long
        || value instanceof Double
        || value instanceof Boolean
        || value instanceof BigInteger
        || value instanceof Complex;
  }

  /** Whether hashing takes a bounded time and gives what Python's equality needs. */
  static boolean isKey(Object value) {
    return isScalar(value)
        || value instanceof DType
        || value instanceof Tuple tuple
            && tuple.size() <= MAX_KEY
            && tuple.stream().allMatch(PickleTree::isScalar);
  }

  /** A word for people. */
  static String kind(Object value) {
    if (value == null) {
      return "None";
    }
    if (value instanceof Map) {
      return "a dict";
    }
    if (value instanceof Tuple) {
      return "a tuple";
    }
    if (value instanceof List) {
      return "a list";
    }
    if (value instanceof PickleGlobal global) {
      return "the function " + global;
    }
    if (value instanceof TorchStorages.Handle) {
      return "a storage without a tensor";
    }
    return "an object of type " + value.getClass().getSimpleName();
  }
}
