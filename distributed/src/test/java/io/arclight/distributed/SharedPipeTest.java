package io.arclight.distributed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.arclight.tensor.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Payloads through memory that two ranks of one host map. */
@Timeout(60)
class SharedPipeTest {
  private static final int CAPACITY = 1 << 16;

  @BeforeEach
  void needSharedMemory() {
    assumeThat(Path.of("/dev/shm")).isDirectory().isWritable();
  }

  @Test
  void bytesArriveUntilItIsFullAndAgainOnceTheyAreTaken() throws Exception {
    SharedPipe.Offer offer = SharedPipe.offer(CAPACITY);
    try (SharedPipe out = offer.pipe();
        SharedPipe in = SharedPipe.open(offer.ticket())) {
      for (int round = 0; round < 10; round++) {
        long first = put(out, 'a', 30_001);
        long second = put(out, 'b', 30_000);
        assertThat(put(out, 'c', 30_000)).isEqualTo(Frame.INLINE);
        assertThat(text(in, first, 30_001)).isEqualTo("a".repeat(30_001));
        in.take(first + 30_001);
        // The first place is free, but the rest of the second and it do not hang together.
        assertThat(put(out, 'c', 34_000)).isEqualTo(Frame.INLINE);
        long third = put(out, 'c', 30_000);
        assertThat(text(in, second, 30_000)).isEqualTo("b".repeat(30_000));
        assertThat(text(in, third, 30_000)).isEqualTo("c".repeat(30_000));
        in.take(third + 30_000);
      }
      assertThat(put(out, 'd', CAPACITY + 1)).isEqualTo(Frame.INLINE);
      long whole = put(out, 'd', CAPACITY);
      assertThat(text(in, whole, CAPACITY)).isEqualTo("d".repeat(CAPACITY));
    }
  }

  @Test
  void whatCannotBeInItHasNoAddress() throws Exception {
    SharedPipe.Offer offer = SharedPipe.offer(CAPACITY);
    try (SharedPipe pipe = offer.pipe()) {
      assertThat(pipe.address(-2, 1)).isZero();
      assertThat(pipe.address(CAPACITY - 10, 11)).isZero();
      assertThat(pipe.address(CAPACITY - 10, 10)).isNotZero();
    } finally {
      offer.conceal();
    }
    assertThat(offer.file()).doesNotExist();
  }

  @Test
  void onlyTheOfferedFileIsOpenedAndOnlyOnce() throws Exception {
    SharedPipe.Offer offer = SharedPipe.offer(CAPACITY);
    try (SharedPipe pipe = offer.pipe()) {
      byte[] other = offer.ticket().clone();
      other[0] ^= 1;
      assertThatThrownBy(() -> SharedPipe.open(other))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("another file");
      assertThat(offer.file()).exists();
      SharedPipe.open(offer.ticket()).close();
      assertThat(offer.file()).doesNotExist();
      assertThatThrownBy(() -> SharedPipe.open(offer.ticket()))
          .isInstanceOf(NoSuchFileException.class);
    }
    for (String name : List.of("../../etc/hostname", "/etc/hostname", ".", "")) {
      byte[] text = name.getBytes(StandardCharsets.UTF_8);
      byte[] ticket = ByteBuffer.allocate(32 + text.length).put(new byte[32]).put(text).array();
      assertThatThrownBy(() -> SharedPipe.open(ticket)).isInstanceOf(IOException.class);
    }
  }

  /** A process that ends between its offer and the answer. */
  @Test
  void whatAKilledProcessOfferedIsTakenAway() throws Exception {
    Process killed =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                SharedPipeTest.class.getName())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String name =
        new String(killed.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertThat(killed.waitFor()).isEqualTo(137);
    Path left = Path.of(name);
    assertThat(left).exists();
    SharedPipe.Offer living = SharedPipe.offer(CAPACITY);
    SharedPipe.Offer next = SharedPipe.offer(CAPACITY);
    try (SharedPipe first = living.pipe();
        SharedPipe second = next.pipe()) {
      assertThat(left).doesNotExist();
      assertThat(living.file()).exists();
    } finally {
      living.conceal();
      next.conceal();
    }
  }

  public static void main(String[] args) throws IOException {
    System.out.println(SharedPipe.offer(CAPACITY).file());
    System.out.flush();
    Runtime.getRuntime().halt(137);
  }

  @Test
  void aRingOfOneHostUsesItAndLeavesNothingBehind() throws Exception {
    assertThat(pipes(SameHost.TCP)).isZero();
    assertThat(pipes(SameHost.SHARED_MEMORY)).isPositive();
    // The ring's thread takes its leave of the other rank before it lets go of the memory.
    while (mapped() > 0) {
      Thread.sleep(10);
    }
  }

  /** How many mappings there are once two ranks have begun to exchange. */
  private static long pipes(SameHost sameHost) throws Exception {
    return Rings.run(
            2,
            Rings.SETTINGS.withSameHost(sameHost),
            communicator -> {
              try (HostArray x = HostArray.random(DType.FLOAT32, 10_000, 1)) {
                for (int i = 0; i < 10; i++) {
                  communicator.allReduce(x.address, 10_000, DType.FLOAT32, ReduceOp.MAX).await();
                }
              }
              long mapped = mapped();
              communicator.barrier().await();
              return mapped;
            })
        .get(0);
  }

  private static long mapped() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/maps")).stream()
        .filter(line -> line.contains("/dev/shm/arclight-"))
        .count();
  }

  private static long put(SharedPipe pipe, char value, int count) {
    ByteBuffer bytes = ByteBuffer.allocateDirect(count);
    while (bytes.hasRemaining()) {
      bytes.put((byte) value);
    }
    return pipe.put(RawMemory.address(bytes), count);
  }

  private static String text(SharedPipe pipe, long at, int count) {
    byte[] bytes = new byte[count];
    long address = pipe.address(at, count);
    assertThat(address).as("position %d", at).isNotZero();
    RawMemory.aim(RawMemory.view(), address, count).get(bytes);
    return new String(bytes, StandardCharsets.US_ASCII);
  }
}
