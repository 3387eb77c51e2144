package io.arclight.distributed;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * AES-GCM for one direction of a connection. Records are numbered, so that one that is repeated,
 * moved or left out does not open.
 */
final class Seal {
  /** Bytes that a record is longer than what is in it. */
  static final int TAG_BYTES = 16;

  private static final int NONCE_BYTES = 12;
  private static final long ARRAY = RawMemory.UNSAFE.arrayBaseOffset(byte[].class);

  private final int mode;
  private final SecretKeySpec key;
  private final Cipher cipher;
  private byte[] from = {};
  private byte[] to = {};
  private long number;

  /** The seals of one side of a connection. */
  record Pair(Seal out, Seal in) {}

  private Seal(int mode, byte[] key) {
    this.mode = mode;
    this.key = new SecretKeySpec(key, "AES");
    try {
      this.cipher = Cipher.getInstance("AES/GCM/NoPadding");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES/GCM is part of every Java", e);
    }
  }

  /** Seals for what this side sends with one key and gets with the other, of 32 bytes each. */
  static Pair pair(byte[] outKey, byte[] inKey) {
    return new Pair(new Seal(Cipher.ENCRYPT_MODE, outKey), new Seal(Cipher.DECRYPT_MODE, inKey));
  }

  /** Writes the record of {@code bytes} bytes from an address on to {@code record}. */
  void close(long address, int bytes, ByteBuffer record) {
    try {
      long target = RawMemory.address(record.clear().limit(bytes + TAG_BYTES));
      pass(address, bytes, target, bytes + TAG_BYTES);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("sealing " + bytes + " bytes", e);
    }
  }

  /**
   * Writes what is in a record of {@code bytes} bytes and a tag to an address.
   *
   * @throws GeneralSecurityException if the record is not the one that was sealed
   */
  void open(ByteBuffer record, int bytes, long address) throws GeneralSecurityException {
    pass(RawMemory.address(record), bytes + TAG_BYTES, address, bytes);
  }

  private void pass(long source, int bytes, long target, int result)
      throws GeneralSecurityException {
    int room = Math.max(bytes, result);
    if (from.length < room) {
      from = new byte[room];
      to = new byte[room];
    }
    RawMemory.UNSAFE.copyMemory(null, source, from, ARRAY, bytes);
    byte[] nonce = ByteBuffer.allocate(NONCE_BYTES).putLong(4, number++).array();
    cipher.init(mode, key, new GCMParameterSpec(8 * TAG_BYTES, nonce));
    cipher.doFinal(from, 0, bytes, to, 0);
    RawMemory.UNSAFE.copyMemory(to, ARRAY, null, target, result);
  }
}
