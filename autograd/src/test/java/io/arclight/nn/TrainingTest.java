package io.arclight.nn;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.data.Batch;
import io.arclight.data.DataLoader;
import io.arclight.data.Epoch;
import io.arclight.data.TensorDataset;
import io.arclight.nn.utils.ClipGrad;
import io.arclight.optim.AdamW;
import io.arclight.optim.SGD;
import io.arclight.tensor.Device;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Memory;
import io.arclight.tensor.memory.Scope;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class TrainingTest {

  private static Sequential train(int epochs) {
    Generator.standard().manualSeed(1);
    Tensor x = Tensor.of(new float[] {0, 0, 0, 1, 1, 0, 1, 1}, Shape.of(4, 2));
    TensorDataset data = TensorDataset.of("x", x, "y", Tensor.of(0L, 1L, 1L, 0L));
    Sequential model =
        new Sequential(new Linear(2, 16), new Tanh(), new Dropout(0.05), new Linear(16, 2));
    AdamW optimizer = new AdamW(model.parameters(), 0.05);
    DataLoader<Batch> loader = DataLoader.of(data, 3).shuffle(9);
    CrossEntropyLoss loss = new CrossEntropyLoss();
    for (int e = 0; e < epochs; e++) {
      try (Epoch<Batch> batches = loader.epoch(e)) {
        for (Batch batch : batches) {
          optimizer.zeroGrad();
          loss.forward(model.call(batch.get("x")), batch.get("y")).backward();
          optimizer.step();
        }
      }
    }
    optimizer.zeroGrad();
    return model;
  }

  @Test
  void learnsExclusiveOr() {
    Sequential model = train(100);
    model.eval();
    try (Scope scope = Scope.open()) {
      Tensor x = Tensor.of(new float[] {0, 0, 0, 1, 1, 0, 1, 1}, Shape.of(4, 2));
      assertThat(model.call(x).argmax(1).toLongs()).containsExactly(0, 1, 1, 0);
    }
  }

  @Test
  void twoRunsGiveTheSameBits() {
    Sequential a = train(5);
    Sequential b = train(5);
    a.stateDict()
        .forEach(
            (name, tensor) ->
                assertThat(b.stateDict().get(name).toFloats()).isEqualTo(tensor.toFloats()));
  }

  @Test
  void theQueueDeviceGivesTheSameBits() {
    Map<Device, float[]> weights = new LinkedHashMap<>();
    for (Device device : List.of(Device.CPU, Device.QUEUE)) {
      Generator.standard().manualSeed(1);
      Sequential model =
          new Sequential(
              new Linear(3, 8), new LayerNorm(8), new GELU(), new Dropout(0.3), new Linear(8, 2));
      model.to(device);
      SGD optimizer = new SGD(model.parameters(), 0.1).momentum(0.9);
      for (int step = 0; step < 20; step++) {
        try (Scope scope = Scope.open()) {
          Tensor x = Tensor.rand(Shape.of(4, 3)).to(device);
          Tensor y = Tensor.of(0L, 1L, 1L, 0L).to(device);
          optimizer.zeroGrad();
          Functional.crossEntropy(model.call(x), y).backward();
          ClipGrad.clipGradNorm(model.parameters(), 0.5);
          optimizer.step();
        }
      }
      weights.put(device, model.parameters().get(0).to(Device.CPU).toFloats());
    }
    assertThat(weights.get(Device.QUEUE)).isEqualTo(weights.get(Device.CPU));
  }

  @Test
  void stepsLeaveNoMemoryBehind() {
    train(1);
    Memory.collect();
    Generator.standard().manualSeed(1);
    Sequential model = new Sequential(new Linear(2, 16), new ReLU(), new Linear(16, 2));
    AdamW optimizer = new AdamW(model.parameters(), 0.05);
    long before = 0;
    for (int step = 0; step < 200; step++) {
      try (Scope scope = Scope.open()) {
        optimizer.zeroGrad();
        model.call(Tensor.rand(Shape.of(8, 2))).square().mean().backward();
        optimizer.step();
      }
      if (step == 0) {
        before = Memory.liveBytes();
      }
    }
    assertThat(Memory.liveBytes()).isEqualTo(before);
  }
}
