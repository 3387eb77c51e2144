package io.arclight.spark.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class ShippingTest {
  private final CountDownLatch latch = new CountDownLatch(1);

  /** A factory such as users pass. */
  @FunctionalInterface
  interface Factory extends Supplier<Object>, Serializable {}

  private record Layer(String name, Object state) implements Serializable {}

  private static final class Model implements Serializable {
    private static final long serialVersionUID = 1L;

    private final List<Layer> layers;
    private final transient Object cache = new Object();

    Model(Layer... layers) {
      this.layers = List.of(layers);
    }

    Object cache() {
      return cache;
    }
  }

  @Test
  void letsSerialisableValuesPass() {
    Model model = new Model(new Layer("fc", 3));
    Factory factory = () -> model.cache();

    assertThat(Shipping.require("the model factory", factory)).isSameAs(factory);
  }

  @Test
  void namesTheFieldsInTheWay() {
    Model model = new Model(new Layer("fc", 1), new Layer("bad", Map.of("lock", latch)));

    assertThatThrownBy(() -> Shipping.require("the model factory", (Factory) () -> model.layers))
        .isInstanceOf(NotShippableException.class)
        .hasMessageStartingWith(
            "The model factory cannot be sent to the executors: java.util.concurrent.CountDownLatch")
        .hasMessageContaining(
            "lambda in " + ShippingTest.class.getName() + ".namesTheFieldsInTheWay")
        .hasMessageContaining("variable of type Model.layers.get(1).state.get(lock)");
  }

  @Test
  void namesTheEnclosingInstanceOfALambda() {
    assertThatThrownBy(() -> Shipping.require("the loss", (Factory) () -> latch.getCount()))
        .isInstanceOf(NotShippableException.class)
        .hasMessageContaining(ShippingTest.class.getName() + " is not serialisable")
        .hasMessageContaining("namesTheEnclosingInstanceOfALambda -> this");
  }

  @Test
  void namesTheEnclosingInstanceOfAnAnonymousClass() {
    Factory anonymous =
        new Factory() {
          @Override
          public Object get() {
            return latch;
          }
        };

    assertThatThrownBy(() -> Shipping.require("the loss", anonymous))
        .isInstanceOf(NotShippableException.class)
        .hasMessageContaining("this$0");
  }

  @Test
  void reportsOwnRefusalsOfAClass() {
    assertThatThrownBy(() -> Shipping.require("the store", new SnapshotStore(1)))
        .isInstanceOf(NotShippableException.class)
        .hasMessageContaining(SnapshotStore.class.getName());
    assertThatCode(() -> Shipping.require("nothing much", "text")).doesNotThrowAnyException();
  }
}
