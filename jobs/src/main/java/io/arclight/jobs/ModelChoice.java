package io.arclight.jobs;

import io.arclight.models.Mlp;
import io.arclight.nn.Layer;
import io.arclight.spark.ModelFactory;
import java.util.Arrays;

/**
 * The model that {@code --model} names: {@code mlp}, {@code mlp:256,128} with hidden sizes, or a
 * class with a constructor of (inputs, outputs) or without arguments.
 */
record ModelChoice(String name, long inputs, long outputs, double dropout)
    implements ModelFactory<Layer> {
  private static final String MLP = "mlp";
  private static final long[] HIDDEN = {128};

  @Override
  public Layer create() {
    if (name.equals(MLP) || name.startsWith(MLP + ":")) {
      long[] hidden = hidden();
      long[] sizes = new long[hidden.length + 2];
      sizes[0] = inputs;
      System.arraycopy(hidden, 0, sizes, 1, hidden.length);
      sizes[sizes.length - 1] = outputs;
      return new Mlp(sizes).dropout(dropout);
    }
    return instance();
  }

  private long[] hidden() {
    if (name.equals(MLP)) {
      return HIDDEN;
    }
    try {
      return Arrays.stream(name.substring(MLP.length() + 1).split(","))
          .mapToLong(s -> Long.parseLong(s.trim()))
          .toArray();
    } catch (NumberFormatException e) {
      throw new JobException("--model " + name + ": write hidden sizes as mlp:256,128");
    }
  }

  private Layer instance() {
    try {
      Class<?> type = Class.forName(name, true, Thread.currentThread().getContextClassLoader());
      if (!Layer.class.isAssignableFrom(type)) {
        throw new JobException("--model " + name + " is not a " + Layer.class.getName());
      }
      for (var constructor : type.getConstructors()) {
        if (Arrays.equals(
            constructor.getParameterTypes(), new Class<?>[] {long.class, long.class})) {
          return (Layer) constructor.newInstance(inputs, outputs);
        }
      }
      return (Layer) type.getConstructor().newInstance();
    } catch (ClassNotFoundException e) {
      throw new JobException(
          "--model " + name + ": no such model or class; known: mlp, mlp:<hidden sizes>");
    } catch (NoSuchMethodException e) {
      throw new JobException(
          "--model " + name + " needs a public constructor without arguments or of (long, long)");
    } catch (ReflectiveOperationException e) {
      throw new JobException("--model " + name + " cannot be created: " + e.getCause());
    }
  }
}
