package io.arclight.nn;

import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * Layers one after the other, named 0, 1, 2 and so on, or as they are given.
 *
 * <pre>{@code
 * Sequential mlp = new Sequential(new Linear(784, 128), new ReLU(), new Linear(128, 10));
 * Sequential features = mlp.slice(0, 2);
 * }</pre>
 */
public final class Sequential extends Layer implements Iterable<Layer> {
  private List<Layer> layers = List.of();

  /** These layers, one after the other. */
  public Sequential(Layer... layers) {
    extend(List.of(layers));
  }

  /** With names of their own, in the map's order. */
  public Sequential(Map<String, ? extends Layer> layers) {
    layers.forEach(this::append);
  }

  /** In order. */
  public List<Layer> layers() {
    return layers;
  }

  /** How many layers there are. */
  public int size() {
    return layers.size();
  }

  /** The layer at {@code index}; negative counts from the end. */
  public Layer get(int index) {
    return layers.get(Numbered.place("Sequential", index, size()));
  }

  /** Layers {@code from} to before {@code to}, shared with this, under the same names. */
  public Sequential slice(int from, int to) {
    Sequential out = new Sequential();
    new ArrayList<>(ownChildren().keySet())
        .subList(from, to)
        .forEach(name -> out.append(name, (Layer) ownChildren().get(name)));
    return out;
  }

  /** Adds a layer at the end. */
  public Sequential append(Layer layer) {
    return append(Integer.toString(size()), layer);
  }

  /** Adds a layer at the end, under a name of its own. */
  public Sequential append(String name, Layer layer) {
    register(name, layer);
    return changed();
  }

  /** Adds layers at the end. */
  public Sequential extend(Iterable<? extends Layer> more) {
    more.forEach(this::append);
    return this;
  }

  /** Adds a layer before the one at {@code index}; all are numbered anew. */
  public Sequential insert(int index, Layer layer) {
    Numbered.insert(ownChildren(), Numbered.gap("Sequential", index, size()), layer);
    return changed();
  }

  /** Puts a layer in the place of another. */
  public Sequential set(int index, Layer layer) {
    int at = Numbered.place("Sequential", index, size());
    ownChildren().put(new ArrayList<>(ownChildren().keySet()).get(at), layer);
    return changed();
  }

  /** Takes a layer out. */
  public Layer pop(int index) {
    Module out = Numbered.remove(ownChildren(), Numbered.place("Sequential", index, size()));
    changed();
    return (Layer) out;
  }

  private Sequential changed() {
    layers = ownChildren().values().stream().map(Layer.class::cast).toList();
    return this;
  }

  @Override
  public Iterator<Layer> iterator() {
    return layers.iterator();
  }

  @Override
  public Tensor forward(Tensor input) {
    Tensor out = input;
    for (Layer layer : layers) {
      out = layer.call(out);
    }
    return out;
  }
}
