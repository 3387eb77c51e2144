package io.arclight.distributed;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Memory through which payloads go from one process to another of the same host: a file in memory,
 * mapped by both and without a name once both have it. What lies where is said by frames on their
 * connection, so that order, heartbeats and failures are those of the connection.
 *
 * <p>Positions count all bytes ever put; the receiver publishes how far it has come.
 */
final class SharedPipe implements AutoCloseable {
  /** Where Linux has files that are memory of this host, and of no other. */
  private static final Path FOLDER = Path.of("/dev/shm");

  /** Of files' names; the number of the process that made one follows. */
  private static final String PREFIX = "arclight-";

  private static final String SUFFIX = ".pipe";
  private static final Logger LOG = LoggerFactory.getLogger(SharedPipe.class);

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int NONCE_BYTES = 32;

  /** Of a cache, to which payloads are aligned. */
  private static final int LINE = 64;

  /** Where it says how far the receiver has come. */
  private static final int TAKEN = LINE;

  private static final int HEADER = 4096;

  private final int capacity;
  private final MappedByteBuffer memory;
  private final long base;
  private long put;

  /** No bytes before this position are under way. */
  private long oldest;

  private SharedPipe(MappedByteBuffer memory) {
    this.memory = memory;
    this.capacity = memory.capacity() - HEADER;
    this.base = RawMemory.address(memory);
  }

  /** The sending side's pipe and what {@link #open} needs at the other end. */
  record Offer(SharedPipe pipe, Path file, byte[] ticket) {
    /** Takes the name away, if the receiver has not done so. */
    void conceal() {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        // It is empty of secrets, and goes with the host.
      }
    }
  }

  /** Whether both ends of a connection have one address, as on one host and nowhere else. */
  static boolean suits(SocketChannel channel) throws IOException {
    return Files.isDirectory(FOLDER)
        && channel.getLocalAddress() instanceof InetSocketAddress local
        && channel.getRemoteAddress() instanceof InetSocketAddress remote
        && local.getAddress().equals(remote.getAddress());
  }

  /**
   * Makes a pipe that holds so many bytes.
   *
   * @throws IOException where there is no room for it
   */
  static Offer offer(int capacity) throws IOException {
    byte[] nonce = new byte[NONCE_BYTES];
    RANDOM.nextBytes(nonce);
    dropStrays();
    // Readable and writable for this user only.
    Path file = Files.createTempFile(FOLDER, PREFIX + ProcessHandle.current().pid() + "-", SUFFIX);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      // Written, so that all of it exists: a hole that cannot be filled would end the process.
      ByteBuffer zeros = ByteBuffer.allocate(HEADER + capacity).put(nonce).clear();
      while (zeros.hasRemaining()) {
        channel.write(zeros);
      }
      byte[] name = file.getFileName().toString().getBytes(StandardCharsets.UTF_8);
      byte[] ticket = ByteBuffer.allocate(NONCE_BYTES + name.length).put(nonce).put(name).array();
      return new Offer(new SharedPipe(map(channel)), file, ticket);
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(file);
      throw e;
    }
  }

  /**
   * Opens the receiving end, and takes the file's name away.
   *
   * @throws IOException if there is no such file here: the sender is on another host
   */
  static SharedPipe open(byte[] ticket) throws IOException {
    if (ticket.length <= NONCE_BYTES) {
      throw new IOException("an offer of " + ticket.length + " bytes");
    }
    byte[] nonce = Arrays.copyOf(ticket, NONCE_BYTES);
    String name =
        new String(ticket, NONCE_BYTES, ticket.length - NONCE_BYTES, StandardCharsets.UTF_8);
    Path file = FOLDER.resolve(name);
    if (!FOLDER.equals(file.getParent()) || !Files.isRegularFile(file)) {
      throw new NoSuchFileException(name);
    }
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer found = ByteBuffer.allocate(NONCE_BYTES);
      if (channel.size() <= HEADER
          || channel.read(found, 0) < NONCE_BYTES
          || !Arrays.equals(found.array(), nonce)) {
        throw new IOException(name + " is another file");
      }
      Files.delete(file);
      return new SharedPipe(map(channel));
    }
  }

  /** Takes away the files of processes that ended between making one and its being opened. */
  private static void dropStrays() {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(FOLDER, PREFIX + "*" + SUFFIX)) {
      for (Path file : files) {
        if (isStray(file.getFileName().toString())) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      LOG.debug("Leftover files of {}", FOLDER, e);
    }
  }

  /** Whether the process that a file is named after has ended; one that is hidden only uses TCP. */
  private static boolean isStray(String name) {
    int end = name.indexOf('-', PREFIX.length());
    try {
      return end > 0 && ProcessHandle.of(Long.parseLong(name, PREFIX.length(), end, 10)).isEmpty();
    } catch (NumberFormatException e) {
      return false;
    }
  }

  private static MappedByteBuffer map(FileChannel channel) throws IOException {
    return channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size());
  }

  /** Copies bytes in; returns their position, or {@link Frame#INLINE} if there is no room now. */
  long put(long from, int bytes) {
    long taken = RawMemory.UNSAFE.getLongVolatile(null, base + TAKEN);
    long at = (put + LINE - 1) / LINE * LINE;
    // From the start when nothing is under way, as that memory is in the caches.
    if (put == taken || at % capacity + bytes > capacity) {
      at = (at + capacity - 1) / capacity * capacity;
    }
    if (put == taken) {
      oldest = at;
    }
    if (at + bytes - Math.max(taken, oldest) > capacity) {
      return Frame.INLINE;
    }
    RawMemory.copy(from, base + HEADER + at % capacity, bytes);
    RawMemory.UNSAFE.storeFence();
    put = at + bytes;
    return at;
  }

  /** The address of bytes that were put, 0 if none can be there. */
  long address(long at, int bytes) {
    if (at < 0 || at % capacity + bytes > capacity) {
      return 0;
    }
    RawMemory.UNSAFE.loadFence();
    return base + HEADER + at % capacity;
  }

  /** Says that all before {@code position} may be written over. */
  void take(long position) {
    RawMemory.UNSAFE.putLongVolatile(null, base + TAKEN, position);
  }

  /** Takes the memory away from this end. */
  @Override
  public void close() {
    RawMemory.UNSAFE.invokeCleaner(memory);
  }
}
