package io.arclight.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.arclight.nn.Embedding;
import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Programs whose numbers and names were tampered with: they may fail, but not kill the JVM. */
@Timeout(120)
class HostileProgramTest {
  private static final int ROUNDS = 4000;
  private static final long[] NUMBERS = {
    -1, 0, 1, 2, 3, 5, 7, 1000, -1000, Integer.MAX_VALUE, Integer.MIN_VALUE, Long.MAX_VALUE
  };

  private static Program program() {
    Embedding table = new Embedding(6, 4);
    Signature signature =
        Signature.of(
            InputSpec.of("x", DType.FLOAT32, Shape.of(3, 4)),
            InputSpec.of("word", DType.INT64, Shape.of(3)));
    return Program.trace(
        table,
        in -> {
          Tensor x = in.get("x").add(table.call(in.get("word")));
          Tensor y =
              x.permute(0, 2, 1)
                  .reshape(x.dim(0) * 4, 3)
                  .layerNorm(Tensor.ones(Shape.of(3)), Tensor.zeros(Shape.of(3)), 1e-5);
          y = Tensor.cat(1, y.slice(1, 0, 2), y.select(1, 2).unsqueeze(1)).pad(1, 1, 1, 0.5);
          y = y.softmax(1).cumsum(0).reshape(x.dim(0), 20).mm(Tensor.ones(Shape.of(20, 3)));
          Tensor ids = y.argmax(1).reshape(x.dim(0), 1);
          return Map.of(
              "a", y.gather(1, ids).expand(x.dim(0), 5).sum(1),
              "b", y.scatterAdd(1, ids, y.slice(1, 0, 1)).add(ids.oneHot(3).sum(1)));
        },
        signature);
  }

  @Test
  void tamperingNeverCrashes() throws IOException {
    Random random = new Random(5);
    int survived = 0;
    try (Scope all = Scope.open()) {
      Program program = program();
      JsonNode original = Json.MAPPER.readTree(ProgramCodec.write(program));
      Map<String, Tensor> inputs = new LinkedHashMap<>();
      inputs.put("x", Tensor.rand(Shape.of(5, 3, 4)));
      inputs.put("word", Tensor.randint(0, 6, Shape.of(5, 3)));
      for (int round = 0; round < ROUNDS; round++) {
        JsonNode changed = original.deepCopy();
        for (int i = random.nextInt(2); i >= 0; i--) {
          tamper(changed.get("steps"), random);
        }
        try (Scope scope = Scope.open()) {
          byte[] json = Json.MAPPER.writeValueAsBytes(changed);
          Program hostile = ProgramCodec.read(json, program.constants(), "test");
          hostile.run(inputs).values().forEach(Tensor::toDoubles);
          survived++;
        } catch (IOException | RuntimeException e) {
          assertThat(e.getMessage()).isNotNull();
        }
      }
      program.close();
    }
    assertThat(survived).isLessThan(ROUNDS);
  }

  /** Changes one number or text at a random place. */
  private static void tamper(JsonNode root, Random random) {
    List<Runnable> changes = new ArrayList<>();
    collect(root, random, changes);
    changes.get(random.nextInt(changes.size())).run();
  }

  private static void collect(JsonNode node, Random random, List<Runnable> changes) {
    if (node instanceof ObjectNode object) {
      object
          .fields()
          .forEachRemaining(
              field -> {
                JsonNode value = field.getValue();
                if (value.isIntegralNumber()) {
                  changes.add(() -> object.put(field.getKey(), number(random)));
                }
                collect(value, random, changes);
              });
    } else if (node instanceof ArrayNode array) {
      for (int i = 0; i < array.size(); i++) {
        int at = i;
        if (array.get(i).isIntegralNumber()) {
          changes.add(() -> array.set(at, Json.MAPPER.getNodeFactory().numberNode(number(random))));
        }
        collect(array.get(i), random, changes);
      }
      if (array.size() > 1) {
        changes.add(() -> array.set(0, array.get(1)));
        changes.add(() -> array.remove(0));
      }
    }
  }

  private static long number(Random random) {
    return NUMBERS[random.nextInt(NUMBERS.length)];
  }
}
