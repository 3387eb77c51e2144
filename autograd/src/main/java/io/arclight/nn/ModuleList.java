package io.arclight.nn;

import java.util.Iterator;
import java.util.List;

/**
 * Modules in order, named 0, 1, 2 and so on; it is not called itself.
 *
 * <pre>{@code
 * private final ModuleList<Block> blocks = register("blocks", new ModuleList<>());
 * }</pre>
 */
public final class ModuleList<M extends Module> extends Module implements Iterable<M> {

  /** The modules in this order. */
  @SafeVarargs
  @SuppressWarnings("varargs")
  public ModuleList(M... modules) {
    this(List.of(modules));
  }

  /** With these. */
  public ModuleList(Iterable<? extends M> modules) {
    extend(modules);
  }

  /** In order. */
  @SuppressWarnings("unchecked")
  public List<M> list() {
    return (List<M>) List.copyOf(ownChildren().values());
  }

  /** How many modules there are. */
  public int size() {
    return ownChildren().size();
  }

  /** The module at {@code index}; negative counts from the end. */
  @SuppressWarnings("unchecked")
  public M get(int index) {
    int at = Numbered.place("ModuleList", index, size());
    return (M) ownChildren().get(Integer.toString(at));
  }

  /** Adds a module at the end. */
  public ModuleList<M> append(M module) {
    register(Integer.toString(size()), module);
    return this;
  }

  /** Adds modules at the end. */
  public ModuleList<M> extend(Iterable<? extends M> modules) {
    modules.forEach(this::append);
    return this;
  }

  /** Adds a module before the one at {@code index}; all are numbered anew. */
  public ModuleList<M> insert(int index, M module) {
    Numbered.insert(ownChildren(), Numbered.gap("ModuleList", index, size()), module);
    return this;
  }

  /** Puts a module in the place of another. */
  public ModuleList<M> set(int index, M module) {
    int at = Numbered.place("ModuleList", index, size());
    ownChildren().put(Integer.toString(at), module);
    return this;
  }

  /** Takes a module out; those that follow are numbered anew. */
  @SuppressWarnings("unchecked")
  public M pop(int index) {
    return (M) Numbered.remove(ownChildren(), Numbered.place("ModuleList", index, size()));
  }

  /** Modules {@code from} to before {@code to}, shared with this. */
  public ModuleList<M> slice(int from, int to) {
    return new ModuleList<>(list().subList(from, to));
  }

  @Override
  public Iterator<M> iterator() {
    return list().iterator();
  }
}
