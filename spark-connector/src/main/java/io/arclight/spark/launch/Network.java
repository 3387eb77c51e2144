package io.arclight.spark.launch;

import io.arclight.distributed.Encryption;
import io.arclight.distributed.PortRange;
import io.arclight.distributed.RingServer;
import org.apache.spark.SparkConf;

/** Settings of the ranks' own connections, from Spark's configuration. */
final class Network {
  /** Stands for the executor's host in Spark, such as in "{host}-ib0". */
  private static final String HOST = "{host}";

  private static final String BIND = "spark.arclight.network.bind";
  private static final String ADVERTISE = "spark.arclight.network.advertise";
  private static final String PORTS = "spark.arclight.network.ports";
  private static final String PLAINTEXT = "spark.arclight.network.allowPlaintext";

  private Network() {}

  /**
   * Listens for the other ranks on the executor's host, unless another address is set to listen on,
   * or another name to be reached under.
   */
  static RingServer listen(SparkConf conf, String host) {
    return RingServer.bind(conf.get(BIND, HOST).replace(HOST, host), ports(conf))
        .advertisedAs(conf.get(ADVERTISE, HOST).replace(HOST, host));
  }

  /** Ports that ranks listen on: "30000-30100", or any when not set. */
  private static PortRange ports(SparkConf conf) {
    String[] ends = conf.get(PORTS, "0-0").split("-", 2);
    try {
      return new PortRange(
          Integer.parseInt(ends[0].trim()), Integer.parseInt(ends[ends.length - 1].trim()));
    } catch (IllegalArgumentException e) {
      throw new LaunchException(
          "%s=%s is no range of ports; write it as 30000-30100".formatted(PORTS, conf.get(PORTS)),
          e);
    }
  }

  /** Encrypted where Spark's own traffic or files are, unless plain text is wanted. */
  static Encryption encryption(SparkConf conf) {
    boolean encrypted =
        conf.getBoolean("spark.network.crypto.enabled", false)
            || conf.getBoolean("spark.authenticate.enableSaslEncryption", false)
            || conf.getBoolean("spark.io.encryption.enabled", false);
    return encrypted && !conf.getBoolean(PLAINTEXT, false) ? Encryption.AES_GCM : Encryption.NONE;
  }
}
