package io.arclight.spark.launch;

import io.arclight.spark.internal.Closures;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;

/** Checks on the driver, before anything is launched, that values can travel to executors. */
public final class Shipping {
  private Shipping() {}

  /**
   * Gives back a value that serialises.
   *
   * <p>Scala closures are cleaned first, as Spark does with its own: in a REPL they capture the
   * line that they were written in, with all that it refers to.
   *
   * @param what the role of the value in the error, such as "the model factory"
   * @throws NotShippableException naming the class that is in the way and the fields that lead to
   *     it
   */
  public static <T> T require(String what, T value) {
    Closures.clean(value);
    try (ObjectOutputStream out = new ObjectOutputStream(OutputStream.nullOutputStream())) {
      out.writeObject(value);
      return value;
    } catch (NotSerializableException e) {
      throw refusal(what, value, e);
    } catch (IOException e) {
      throw new NotShippableException(
          "%s cannot be sent to the executors: %s".formatted(capitalised(what), e.getMessage()), e);
    }
  }

  private static NotShippableException refusal(
      String what, Object value, NotSerializableException cause) {
    String type = cause.getMessage();
    String path = CapturePath.to(type, value).map(found -> ", captured as " + found).orElse("");
    return new NotShippableException(
        "%s cannot be sent to the executors: %s is not serialisable%s; create it inside the function,"
                .formatted(capitalised(what), type, path)
            + " copy the values that are needed into local variables, or make its class Serializable",
        cause);
  }

  private static String capitalised(String text) {
    return Character.toUpperCase(text.charAt(0)) + text.substring(1);
  }
}
