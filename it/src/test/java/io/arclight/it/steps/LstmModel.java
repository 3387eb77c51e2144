package io.arclight.it.steps;

import io.arclight.nn.Functional;
import io.arclight.nn.LSTM;
import io.arclight.nn.Linear;
import io.arclight.nn.Module;
import io.arclight.optim.Adam;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LSTMImpl;
import org.bytedeco.pytorch.LSTMOptions;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Sequences to classes: an LSTM, and a linear layer on its last state. */
final class LstmModel implements Model {
  private static final int STEPS = 128;
  private static final int BATCH = 16;
  private static final int FEATURES = 64;
  private static final int HIDDEN = 128;
  private static final int CLASSES = 10;

  @Override
  public String description() {
    return "LSTM 64-128, 128 steps, batch 16, Adam";
  }

  @Override
  public Runnable arclight() {
    LSTM lstm = new LSTM(FEATURES, HIDDEN);
    Linear head = new Linear(HIDDEN, CLASSES);
    Adam optimizer = new Adam(Module.parametersOf(lstm, head));
    Tensor x = Tensor.randn(Shape.of(STEPS, BATCH, FEATURES)).keep();
    Tensor y = Tensor.randint(0, CLASSES, Shape.of(BATCH)).keep();
    return () -> {
      try (Scope step = Scope.open()) {
        optimizer.zeroGrad();
        Tensor last = lstm.call(x).state().hidden().select(0, 0);
        Functional.crossEntropy(head.call(last), y).backward();
        optimizer.step();
      }
    };
  }

  @Override
  public Runnable libtorch() {
    LSTMImpl lstm = new LSTMImpl(new LSTMOptions(FEATURES, HIDDEN));
    LinearImpl head = new LinearImpl(HIDDEN, CLASSES);
    TensorVector parameters = new TensorVector();
    for (TensorVector some : new TensorVector[] {lstm.parameters(), head.parameters()}) {
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
        var last = lstm.forward(x).get1().get0().select(0, 0);
        torch.cross_entropy(head.forward(last), y).backward();
        optimizer.step();
      }
    };
  }

  @Override
  public String python() {
    return """
        lstm, head = torch.nn.LSTM(64, 128), torch.nn.Linear(128, 10)
        optimizer = torch.optim.Adam([*lstm.parameters(), *head.parameters()])
        x, y = torch.randn(128, 16, 64), torch.randint(0, 10, (16,))
        def step():
            optimizer.zero_grad()
            last = lstm(x)[1][0][0]
            torch.nn.functional.cross_entropy(head(last), y).backward()
            optimizer.step()
        """;
  }
}
