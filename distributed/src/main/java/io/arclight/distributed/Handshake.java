package io.arclight.distributed;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * Mutual authentication on a fresh connection. All messages have fixed lengths and one deadline
 * covers them all, so nothing that is sent makes this side allocate or wait.
 *
 * <pre>
 * client: magic, purpose, encryption, epoch, own rank, other's rank, size, run hash, nonce
 * server: verdict, nonce, proof
 * client: proof
 * server: verdict
 * </pre>
 */
final class Handshake {
  /** What a connection is for. */
  enum Purpose {
    RING,
    PEER
  }

  /** What an accepted connection turned out to be. */
  record Guest(Purpose purpose, int rank) {}

  private enum Verdict {
    WELCOME("welcome"),
    OTHER_RUN("it belongs to another run"),
    OTHER_EPOCH("it is in another restart epoch"),
    OTHER_SIZE("it was told another number of ranks, or has another rank"),
    OTHER_ENCRYPTION("one of both encrypts and the other does not"),
    WRONG_PROOF("the secrets differ"),
    TAKEN("it has such a connection already");

    private final String label;

    Verdict(String label) {
      this.label = label;
    }
  }

  private static final long MAGIC = 0x4152434c52494e31L;
  private static final int NONCE_BYTES = 32;
  private static final int RUN_BYTES = 32;
  private static final int HELLO_BYTES = 8 + 1 + 1 + 8 + 4 + 4 + 4 + RUN_BYTES + NONCE_BYTES;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Membership membership;
  private final SocketChannel channel;
  private final long deadline;
  private Seal.Pair seals;

  Handshake(Membership membership, SocketChannel channel, long deadlineNanos) {
    this.membership = membership;
    this.channel = channel;
    this.deadline = deadlineNanos;
  }

  /** The connecting side. */
  void greet(Purpose purpose, int rank, String address) throws IOException {
    byte[] hello =
        ByteBuffer.allocate(HELLO_BYTES)
            .putLong(MAGIC)
            .put((byte) purpose.ordinal())
            .put((byte) membership.encryption.ordinal())
            .putLong(membership.epoch)
            .putInt(membership.rank)
            .putInt(rank)
            .putInt(membership.size)
            .put(membership.run())
            .put(nonce())
            .array();
    write(hello);
    requireWelcome(rank, address);
    byte[] nonce = read(NONCE_BYTES);
    byte[] proof = read(Membership.PROOF_BYTES);
    if (!MessageDigest.isEqual(proof, membership.proof("server", hello, nonce))) {
      throw new RendezvousException(
          describe(rank, address) + " does not hold this run's secret: it is not of this run");
    }
    write(membership.proof("client", hello, nonce));
    requireWelcome(rank, address);
    seals = seals("client", "server", hello, nonce);
  }

  /** What the connection is encrypted by from here on; null where it is not. */
  Seal.Pair seals() {
    return seals;
  }

  private Seal.Pair seals(String own, String other, byte[] hello, byte[] nonce) {
    return membership.encryption == Encryption.NONE
        ? null
        : Seal.pair(
            membership.proof(own + " key", hello, nonce),
            membership.proof(other + " key", hello, nonce));
  }

  private void requireWelcome(int rank, String address) throws IOException {
    int code = read(1)[0];
    if (code < 0 || code >= Verdict.values().length) {
      throw new RendezvousException(describe(rank, address) + " does not speak this protocol");
    }
    Verdict verdict = Verdict.values()[code];
    if (verdict != Verdict.WELCOME) {
      throw new RendezvousException(
          describe(rank, address)
              + " refused this rank (rank "
              + membership.rank
              + " of "
              + membership.size
              + ", epoch "
              + membership.epoch
              + "): "
              + verdict.label);
    }
  }

  private static String describe(int rank, String address) {
    return "rank " + rank + " at " + address;
  }

  /** Who may take the place that a guest asks for. */
  interface Host {
    /** Reserves the place, false if it is taken or not for this rank. */
    boolean admit(Guest guest);
  }

  /** The accepting side; null if the connection was refused. */
  Guest receive(Host host) throws IOException {
    byte[] hello = read(HELLO_BYTES);
    ByteBuffer fields = ByteBuffer.wrap(hello);
    if (fields.getLong() != MAGIC) {
      return null;
    }
    int purpose = fields.get();
    int encryption = fields.get();
    long epoch = fields.getLong();
    int rank = fields.getInt();
    int target = fields.getInt();
    int size = fields.getInt();
    byte[] run = Arrays.copyOfRange(hello, fields.position(), fields.position() + RUN_BYTES);
    if (!membership.isRun(run)) {
      return refuse(Verdict.OTHER_RUN);
    }
    if (epoch != membership.epoch) {
      return refuse(Verdict.OTHER_EPOCH);
    }
    boolean known = rank >= 0 && rank < size && purpose >= 0 && purpose < Purpose.values().length;
    if (size != membership.size || target != membership.rank || !known) {
      return refuse(Verdict.OTHER_SIZE);
    }
    if (encryption != membership.encryption.ordinal()) {
      return refuse(Verdict.OTHER_ENCRYPTION);
    }
    byte[] nonce = nonce();
    write(new byte[] {(byte) Verdict.WELCOME.ordinal()});
    write(nonce);
    write(membership.proof("server", hello, nonce));
    byte[] proof = read(Membership.PROOF_BYTES);
    if (!MessageDigest.isEqual(proof, membership.proof("client", hello, nonce))) {
      return refuse(Verdict.WRONG_PROOF);
    }
    Guest guest = new Guest(Purpose.values()[purpose], rank);
    if (!host.admit(guest)) {
      return refuse(Verdict.TAKEN);
    }
    write(new byte[] {(byte) Verdict.WELCOME.ordinal()});
    seals = seals("server", "client", hello, nonce);
    return guest;
  }

  private Guest refuse(Verdict verdict) throws IOException {
    write(new byte[] {(byte) verdict.ordinal()});
    return null;
  }

  private static byte[] nonce() {
    byte[] nonce = new byte[NONCE_BYTES];
    RANDOM.nextBytes(nonce);
    return nonce;
  }

  private void write(byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  /** Reads exactly so many bytes before the deadline. */
  private byte[] read(int length) throws IOException {
    InputStream in = channel.socket().getInputStream();
    byte[] bytes = new byte[length];
    int filled = 0;
    while (filled < length) {
      long left = (deadline - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        throw new SocketTimeoutException("no complete handshake in time");
      }
      channel.socket().setSoTimeout((int) Math.min(left, Integer.MAX_VALUE));
      int n = in.read(bytes, filled, length - filled);
      if (n < 0) {
        throw new EOFException("connection closed during the handshake");
      }
      filled += n;
    }
    return bytes;
  }
}
