package io.arclight.export;

import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.RandomAccess;

/** A list that Python knows as a tuple; otherwise as any list that does not change. */
public final class Tuple extends AbstractList<Object> implements RandomAccess {
  private final Object[] items;

  private Tuple(Object[] items) {
    this.items = items;
  }

  /** Of these. */
  public static Tuple of(Object... items) {
    return new Tuple(items.clone());
  }

  /** Of these. */
  public static Tuple of(List<?> items) {
    return new Tuple(items.toArray());
  }

  @Override
  public Object get(int index) {
    return items[index];
  }

  @Override
  public int size() {
    return items.length;
  }

  /** As Python prints it. */
  @Override
  public String toString() {
    String inner = Arrays.toString(items);
    return "(" + inner.substring(1, inner.length() - 1) + (items.length == 1 ? ",)" : ")");
  }
}
