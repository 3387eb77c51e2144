package io.arclight.spark.internal;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkEnv;
import org.apache.spark.rpc.RpcEndpointRef;
import org.apache.spark.rpc.RpcEnvStoppedException;
import org.apache.spark.rpc.RpcTimeout;
import org.apache.spark.util.RpcUtils;
import scala.concurrent.duration.FiniteDuration;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/** How an executor reaches a {@link DriverEndpoint}. */
public final class DriverAddress {
  private static final ClassTag<byte[]> BYTES = ClassTag$.MODULE$.apply(byte[].class);

  private final String name;
  private final RpcEndpointRef reference;

  private DriverAddress(String name, RpcEndpointRef reference) {
    this.name = name;
    this.reference = reference;
  }

  /**
   * Finds the endpoint of this name.
   *
   * @throws IOException when the driver has none, as after the end of a run
   */
  public static DriverAddress of(String name) throws IOException {
    SparkEnv environment = SparkEnv.get();
    return call(
        name,
        () ->
            new DriverAddress(
                name, RpcUtils.makeDriverRef(name, environment.conf(), environment.rpcEnv())));
  }

  /**
   * Asks and waits for the answer.
   *
   * @throws IOException when none comes in time; a {@link GoneException} when none ever will
   */
  public byte[] ask(byte[] message, Duration timeout) throws IOException {
    FiniteDuration duration = FiniteDuration.apply(timeout.toMillis(), TimeUnit.MILLISECONDS);
    RpcTimeout limit = new RpcTimeout(duration, "the timeouts of the run");
    return call(name, () -> reference.<byte[]>askSync(message, limit, BYTES));
  }

  /** There is no such endpoint any more: what it was for is over. */
  public static final class GoneException extends IOException {
    private static final long serialVersionUID = 1L;

    private GoneException(String name, Throwable cause) {
      super("The driver has no " + name + " any more", cause);
    }
  }

  private static boolean isGone(String name, Throwable error) {
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      String message = String.valueOf(cause.getMessage());
      if (cause instanceof RpcEnvStoppedException
          || message.startsWith("Could not find " + name)
          || message.startsWith("Cannot find endpoint")) {
        return true;
      }
    }
    return false;
  }

  /** Spark's Scala methods throw checked exceptions that they do not declare. */
  private static <T> T call(String name, Callable<T> action) throws IOException {
    try {
      return action.call();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("Interrupted asking " + name).initCause(e);
    } catch (Exception e) {
      if (isGone(name, e)) {
        throw new GoneException(name, e);
      }
      throw new IOException("The driver does not answer as " + name + ": " + e.getMessage(), e);
    }
  }
}
