package io.arclight.distributed;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Which ring a rank belongs to, and the proof that it may. */
final class Membership {
  static final int PROOF_BYTES = 32;
  private static final int MINIMUM_SECRET = 16;

  final int rank;
  final int size;
  final long epoch;
  final Encryption encryption;
  private final SecretKeySpec key;
  private final byte[] run;

  Membership(int rank, int size, byte[] secret, String runId, long epoch, Encryption encryption) {
    if (rank < 0 || rank >= size) {
      throw new IllegalArgumentException("rank " + rank + " of " + size + ": use 0 to size - 1");
    }
    if (secret.length < MINIMUM_SECRET) {
      throw new IllegalArgumentException(
          "a secret of " + secret.length + " bytes: use at least 16 random ones, new for each run");
    }
    this.rank = rank;
    this.size = size;
    this.epoch = epoch;
    this.encryption = encryption;
    this.key = new SecretKeySpec(secret, "HmacSHA256");
    this.run = digest(runId);
  }

  /** A hash that tells runs apart without naming them. */
  byte[] run() {
    return run.clone();
  }

  boolean isRun(byte[] other) {
    return Arrays.equals(run, other);
  }

  /** What only a holder of the secret can answer to both sides' nonces. */
  byte[] proof(String role, byte[] hello, byte[] nonce) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      mac.update(role.getBytes(StandardCharsets.UTF_8));
      mac.update(ByteBuffer.allocate(4).putInt(hello.length).flip());
      mac.update(hello);
      return mac.doFinal(nonce);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("HmacSHA256 is part of every Java", e);
    }
  }

  private static byte[] digest(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("SHA-256 is part of every Java", e);
    }
  }
}
