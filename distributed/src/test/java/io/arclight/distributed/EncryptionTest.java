package io.arclight.distributed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.arclight.tensor.DType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What somebody between two ranks can read, and change. */
@Timeout(60)
class EncryptionTest {
  /** The bytes of the float that all weights are. */
  private static final float WEIGHT = 1.2345678f;

  private static final int COUNT = 300_000;

  private static final RingSettings PLAIN = Rings.SETTINGS.withSameHost(SameHost.TCP);
  private static final RingSettings SEALED = PLAIN.withEncryption(Encryption.AES_GCM);

  /** Runs a body on two ranks, of which each reaches the other through a proxy only. */
  private static <T> List<T> run(RingSettings settings, Body<T> body) throws Exception {
    RingServer[] servers = {Rings.server(), Rings.server()};
    try (StallingProxy first = new StallingProxy(servers[0].address());
        StallingProxy second = new StallingProxy(servers[1].address())) {
      List<String> addresses = List.of(first.address(), second.address());
      return Ranks.run(
          2,
          rank -> {
            try (Communicator ring = Rings.connect(servers[rank], rank, addresses, settings)) {
              return body.run(ring, List.of(first, second));
            }
          });
    }
  }

  private interface Body<T> {
    T run(Communicator ring, List<StallingProxy> proxies) throws Exception;
  }

  /** Sums on the ring and sends directly; gives how often a weight was to be read on the way. */
  private static int readable(RingSettings settings) throws Exception {
    return run(
            settings,
            (ring, proxies) -> {
              try (HostArray x = HostArray.filled(COUNT, WEIGHT);
                  HostArray y = HostArray.filled(COUNT, 0)) {
                ring.allReduce(x.address, COUNT, DType.FLOAT32, ReduceOp.MAX).await();
                if (ring.rank() == 0) {
                  ring.send(x.address, COUNT, DType.FLOAT32, 1).await();
                } else {
                  ring.recv(y.address, COUNT, DType.FLOAT32, 0).await();
                  assertThat(y.getFloat(COUNT - 1)).isEqualTo(WEIGHT);
                }
                assertThat(x.getFloat(0)).isEqualTo(WEIGHT);
                assertThat(x.getFloat(COUNT - 1)).isEqualTo(WEIGHT);
              }
              ring.barrier().await();
              int found = 0;
              for (StallingProxy proxy : proxies) {
                found += count(proxy.seen());
              }
              return found;
            })
        .get(0);
  }

  private static int count(byte[] bytes) {
    int bits = Float.floatToRawIntBits(WEIGHT);
    String pattern =
        new String(
            new byte[] {(byte) bits, (byte) (bits >> 8), (byte) (bits >> 16), (byte) (bits >> 24)},
            StandardCharsets.ISO_8859_1);
    // Twice, as four bytes may come by chance.
    pattern += pattern;
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    int found = 0;
    for (int at = text.indexOf(pattern); at >= 0; at = text.indexOf(pattern, at + 8)) {
      found++;
    }
    return found;
  }

  @Test
  void weightsAreReadableOnTheWayOnlyWhereTheyAreNotEncrypted() throws Exception {
    assertThat(readable(PLAIN)).isGreaterThan(COUNT / 2);
    assertThat(readable(SEALED)).isZero();
  }

  @Test
  void whatIsChangedOnTheWayEndsTheRing() throws Exception {
    List<String> failures =
        run(
            SEALED,
            (ring, proxies) -> {
              try (HostArray x = HostArray.filled(COUNT, WEIGHT)) {
                ring.allReduce(x.address, COUNT, DType.FLOAT32, ReduceOp.SUM).await();
                ring.barrier().await();
                if (ring.rank() == 0) {
                  proxies.get(0).damage();
                }
                return catchThrowable(
                        () -> {
                          while (true) {
                            ring.allReduce(x.address, COUNT, DType.FLOAT32, ReduceOp.MAX).await();
                          }
                        })
                    .toString();
              }
            });
    assertThat(failures).allMatch(f -> f.contains("DeadPeerException"));
    assertThat(failures).anyMatch(f -> f.contains("damaged or changed on the way"));
  }

  @Test
  void bothSidesMustAgree() {
    RingSettings brief = SEALED.withRendezvousTimeout(Duration.ofSeconds(5));
    assertThatThrownBy(
            () -> {
              RingServer[] servers = {Rings.server(), Rings.server()};
              List<String> addresses = List.of(servers[0].address(), servers[1].address());
              Ranks.run(
                  2,
                  rank -> {
                    RingSettings own = rank == 0 ? brief : brief.withEncryption(Encryption.NONE);
                    Rings.connect(servers[rank], rank, addresses, own).close();
                    return rank;
                  });
            })
        .hasStackTraceContaining("one of both encrypts and the other does not");
  }
}
