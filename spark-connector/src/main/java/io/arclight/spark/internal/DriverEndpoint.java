package io.arclight.spark.internal;

import java.util.function.UnaryOperator;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.rpc.RpcCallContext;
import org.apache.spark.rpc.RpcEndpoint;
import org.apache.spark.rpc.RpcEndpointRef;
import org.apache.spark.rpc.RpcEnv;
import scala.PartialFunction;
import scala.runtime.AbstractPartialFunction;
import scala.runtime.BoxedUnit;

/**
 * An address on the driver that executors ask over Spark's own RPC, so with its authentication and
 * encryption.
 *
 * <p>Messages are bytes: Spark's RPC would look for our classes in the class loader that the
 * context was made with, which in a notebook does not have them.
 */
public final class DriverEndpoint implements AutoCloseable {
  private final RpcEnv environment;
  private final RpcEndpointRef address;

  private DriverEndpoint(RpcEnv environment, RpcEndpointRef address) {
    this.environment = environment;
    this.address = address;
  }

  /**
   * Opens an endpoint.
   *
   * @param name unique in the application
   * @param handler turns a question into its answer at once; called from several threads
   */
  public static DriverEndpoint open(
      SparkContext context, String name, UnaryOperator<byte[]> handler) {
    RpcEnv environment = context.env().rpcEnv();
    return new DriverEndpoint(
        environment, environment.setupEndpoint(name, new Endpoint(environment, handler)));
  }

  @Override
  public void close() {
    // The environment of a stopped context forgets its endpoints itself.
    if (SparkEnv.get() != null) {
      environment.stop(address);
    }
  }

  private record Endpoint(RpcEnv rpcEnv, UnaryOperator<byte[]> handler) implements RpcEndpoint {

    @Override
    public PartialFunction<Object, BoxedUnit> receiveAndReply(RpcCallContext call) {
      return new Answer(handler, call);
    }
  }

  private static final class Answer extends AbstractPartialFunction<Object, BoxedUnit> {
    private final UnaryOperator<byte[]> handler;
    private final RpcCallContext call;

    Answer(UnaryOperator<byte[]> handler, RpcCallContext call) {
      this.handler = handler;
      this.call = call;
    }

    @Override
    public boolean isDefinedAt(Object message) {
      return message instanceof byte[];
    }

    @Override
    @SuppressWarnings("unchecked")
    public <A, B> B applyOrElse(A message, scala.Function1<A, B> otherwise) {
      if (!isDefinedAt(message)) {
        return otherwise.apply(message);
      }

      try {
        call.reply(handler.apply((byte[]) message));
      } catch (RuntimeException e) {
        call.sendFailure(e);
      }
      return (B) BoxedUnit.UNIT;
    }
  }
}
