package io.arclight.nn;

import io.arclight.tensor.Tensor;
import java.util.Iterator;
import java.util.List;

/** Parameters in order, named 0, 1, 2 and so on. */
public final class ParameterList extends Module implements Iterable<Tensor> {

  /** With these. */
  public ParameterList(Tensor... parameters) {
    this(List.of(parameters));
  }

  /** With these. */
  public ParameterList(Iterable<Tensor> parameters) {
    extend(parameters);
  }

  /** In order. */
  public List<Tensor> list() {
    return List.copyOf(ownParameters().values());
  }

  /** How many parameters there are. */
  public int size() {
    return ownParameters().size();
  }

  /** The parameter at {@code index}; negative counts from the end. */
  public Tensor get(int index) {
    int at = Numbered.place("ParameterList", index, size());
    return ownParameters().get(Integer.toString(at));
  }

  /** Adds a parameter at the end. */
  public ParameterList append(Tensor parameter) {
    register(Integer.toString(size()), parameter);
    return this;
  }

  /** Adds parameters at the end. */
  public ParameterList extend(Iterable<Tensor> parameters) {
    parameters.forEach(this::append);
    return this;
  }

  /** Puts a parameter in the place of another. */
  public ParameterList set(int index, Tensor parameter) {
    put(Integer.toString(Numbered.place("ParameterList", index, size())), parameter);
    return this;
  }

  @Override
  public Iterator<Tensor> iterator() {
    return list().iterator();
  }
}
