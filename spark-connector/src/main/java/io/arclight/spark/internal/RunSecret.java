package io.arclight.spark.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Serializable;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;

/**
 * What the ranks of one start of a run prove to each other.
 *
 * <p>With {@code spark.authenticate} it is derived on every executor from Spark's secret and
 * nothing travels. Without, random bytes travel with the task: they keep ranks of different runs
 * apart but do not protect from someone who reads the network.
 */
public final class RunSecret implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final String HMAC = "HmacSHA256";
  private static final int BYTES = 32;

  private final byte[] random;
  private final boolean derived;

  private RunSecret(byte[] random, boolean derived) {
    this.random = random;
    this.derived = derived;
  }

  /** A new secret for one start of a run. */
  public static RunSecret create(SparkConf conf) {
    byte[] random = new byte[BYTES];
    new SecureRandom().nextBytes(random);
    return new RunSecret(random, conf.getBoolean("spark.authenticate", false));
  }

  /** The 32 bytes of this secret for a start of a run; to be called where Spark runs. */
  public byte[] bytes(String runId, int restartEpoch) {
    if (!derived) {
      return random.clone();
    }

    byte[] shared = SparkEnv.get().securityManager().getSecretKey().getBytes(UTF_8);
    return hkdf(shared, random, ("arclight/" + runId + "/" + restartEpoch).getBytes(UTF_8));
  }

  /** RFC 5869 with SHA-256 for one block of output. */
  static byte[] hkdf(byte[] secret, byte[] salt, byte[] info) {
    byte[] expansion = Arrays.copyOf(info, info.length + 1);
    expansion[info.length] = 1;
    return hmac(hmac(salt, secret), expansion);
  }

  private static byte[] hmac(byte[] key, byte[] message) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(new SecretKeySpec(key, HMAC));
      return mac.doFinal(message);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java platform has " + HMAC, e);
    }
  }
}
