package io.arclight.it.steps;

import io.arclight.nn.Functional;
import io.arclight.nn.Linear;
import io.arclight.nn.Module;
import io.arclight.optim.Adam;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.GRUImpl;
import org.bytedeco.pytorch.GRUOptions;
import org.bytedeco.pytorch.LSTMImpl;
import org.bytedeco.pytorch.LSTMOptions;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.RNNImpl;
import org.bytedeco.pytorch.RNNOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Sequences to classes: a recurrent layer, and a linear layer on its last state. */
enum RecurrentModel implements Model {
  LSTM("[1][0][0]") {
    @Override
    Ours ours() {
      var layer = new io.arclight.nn.LSTM(FEATURES, HIDDEN);
      return new Ours(layer, x -> layer.call(x).state().hidden());
    }

    @Override
    Theirs theirs() {
      var layer = new LSTMImpl(new LSTMOptions(FEATURES, HIDDEN));
      return new Theirs(layer.parameters(), x -> layer.forward(x).get1().get0());
    }
  },
  GRU("[1][0]") {
    @Override
    Ours ours() {
      var layer = new io.arclight.nn.GRU(FEATURES, HIDDEN);
      return new Ours(layer, x -> layer.call(x).state());
    }

    @Override
    Theirs theirs() {
      var layer = new GRUImpl(new GRUOptions(FEATURES, HIDDEN));
      return new Theirs(layer.parameters(), x -> layer.forward(x).get1());
    }
  },
  /** With tanh. */
  RNN("[1][0]") {
    @Override
    Ours ours() {
      var layer = new io.arclight.nn.RNN(FEATURES, HIDDEN);
      return new Ours(layer, x -> layer.call(x).state());
    }

    @Override
    Theirs theirs() {
      var layer = new RNNImpl(new RNNOptions(FEATURES, HIDDEN));
      return new Theirs(layer.parameters(), x -> layer.forward(x).get1());
    }
  };

  private static final int STEPS = 128;
  private static final int BATCH = 16;
  private static final int FEATURES = 64;
  private static final int HIDDEN = 128;
  private static final int CLASSES = 10;

  private final String last;

  /**
   * A kind of layer.
   *
   * @param last Python that takes the last state of the only layer out of the result
   */
  RecurrentModel(String last) {
    this.last = last;
  }

  /** A layer of Arclight's, and how it makes the state after a sequence. */
  record Ours(Module layer, UnaryOperator<Tensor> state) {}

  /** The same of libtorch's. */
  record Theirs(TensorVector parameters, UnaryOperator<org.bytedeco.pytorch.Tensor> state) {}

  abstract Ours ours();

  abstract Theirs theirs();

  @Override
  public String description() {
    return name() + " 64-128, 128 steps, batch 16, Adam";
  }

  @Override
  public Runnable arclight() {
    Ours recurrent = ours();
    Linear head = new Linear(HIDDEN, CLASSES);
    Adam optimizer = new Adam(Module.parametersOf(recurrent.layer(), head));
    Tensor x = Tensor.randn(Shape.of(STEPS, BATCH, FEATURES)).keep();
    Tensor y = Tensor.randint(0, CLASSES, Shape.of(BATCH)).keep();
    return () -> {
      try (Scope step = Scope.open()) {
        optimizer.zeroGrad();
        Tensor last = recurrent.state().apply(x).select(0, 0);
        Functional.crossEntropy(head.call(last), y).backward();
        optimizer.step();
      }
    };
  }

  // The finalizer that is meant is that of enums, which does nothing.
  @SuppressWarnings("UnsafeFinalization")
  @Override
  public Runnable libtorch() {
    Theirs recurrent = theirs();
    LinearImpl head = new LinearImpl(HIDDEN, CLASSES);
    TensorVector parameters = new TensorVector();
    for (TensorVector some : new TensorVector[] {recurrent.parameters(), head.parameters()}) {
      for (long i = 0; i < some.size(); i++) {
        parameters.push_back(some.get(i));
      }
    }
    var optimizer = new org.bytedeco.pytorch.Adam(parameters);
    org.bytedeco.pytorch.Tensor x = torch.randn(STEPS, BATCH, FEATURES);
    org.bytedeco.pytorch.Tensor y =
        torch.randint(CLASSES, new long[] {BATCH}).to(torch.ScalarType.Long);
    return () -> {
      try (PointerScope step = new PointerScope()) {
        optimizer.zero_grad();
        var last = recurrent.state().apply(x).select(0, 0);
        torch.cross_entropy(head.forward(last), y).backward();
        optimizer.step();
      }
    };
  }

  @Override
  public String python() {
    return """
        layer, head = torch.nn.%s(64, 128), torch.nn.Linear(128, 10)
        optimizer = torch.optim.Adam([*layer.parameters(), *head.parameters()])
        x, y = torch.randn(128, 16, 64), torch.randint(0, 10, (16,))
        def step():
            optimizer.zero_grad()
            last = layer(x)%s
            torch.nn.functional.cross_entropy(head(last), y).backward()
            optimizer.step()
        """
        .formatted(name(), last);
  }
}
