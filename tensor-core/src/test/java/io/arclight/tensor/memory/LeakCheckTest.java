package io.arclight.tensor.memory;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.tensor.Device;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtensionContext;

@Timeout(60)
class LeakCheckTest {
  private static Storage leaked;

  @Test
  void whatIsLeftBehindFailsWithTheStackOfItsAllocation() {
    LeakCheck check = new LeakCheck(0);
    ExtensionContext context = context();
    check.beforeAll(context);
    Storage.allocate(Device.CPU, 5, "dropped");
    leaked = Storage.allocate(Device.CPU, 77, "held");
    assertThatThrownBy(() -> check.afterAll(context))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("left 1 storages with 77 bytes behind")
        .hasMessageContaining("1 x 77 bytes by 'held'")
        .hasMessageContaining("LeakCheckTest.whatIsLeftBehindFails")
        .hasMessageNotContaining("dropped");
    leaked.close();
    leaked = null;
  }

  @Test
  void anOpenScopeFails() {
    LeakCheck check = new LeakCheck(0);
    ExtensionContext context = context();
    check.beforeAll(context);
    try (Scope scope = Scope.open()) {
      assertThatThrownBy(() -> check.afterAll(context)).hasMessageContaining("and a Scope open");
    }
    check.beforeAll(context);
    Storage.allocate(Device.CPU, 5).close();
    check.afterAll(context);
  }

  /** A context with a store, which is all that the extension asks for. */
  private static ExtensionContext context() {
    Map<Object, Object> values = new HashMap<>();
    ExtensionContext.Store store =
        proxy(
            ExtensionContext.Store.class,
            (name, arguments) -> {
              if (name.equals("put")) {
                return values.put(arguments[0], arguments[1]);
              }
              return name.equals("remove") ? values.remove(arguments[0]) : null;
            });
    return proxy(
        ExtensionContext.class,
        (name, arguments) -> name.equals("getStore") ? store : "LeakCheckTest");
  }

  private interface Answer {
    Object to(String name, Object[] arguments);
  }

  private static <T> T proxy(Class<T> type, Answer answer) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> answer.to(method.getName(), arguments)));
  }
}
