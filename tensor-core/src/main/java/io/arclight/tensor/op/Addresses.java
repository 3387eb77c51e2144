package io.arclight.tensor.op;

import io.arclight.tensor.Backend;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Tensors as addresses for a library call; 0 for those that are null. */
final class Addresses {
  private final List<Tensor> tensors = new ArrayList<>();
  private final List<Integer> places = new ArrayList<>();

  Addresses add(Tensor t) {
    places.add(t == null ? -1 : tensors.size());
    if (t != null) {
      tensors.add(t);
    }
    return this;
  }

  void run(Backend.LibraryCall call) {
    Backend.of(tensors.get(0).device())
        .library(
            at -> call.run(places.stream().mapToLong(place -> place < 0 ? 0 : at[place]).toArray()),
            tensors.toArray(new Tensor[0]));
  }
}
