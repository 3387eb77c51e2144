package io.arclight.distributed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RendezvousTest {
  private static final RingSettings IMPATIENT =
      Rings.SETTINGS.withRendezvousTimeout(Duration.ofSeconds(4));

  private interface Joiner {
    Communicator join(RingServer server, int rank, List<String> addresses);
  }

  private static List<Object> outcomes(int size, Joiner joiner) throws Exception {
    List<RingServer> servers = new ArrayList<>();
    for (int rank = 0; rank < size; rank++) {
      servers.add(Rings.server());
    }
    List<String> addresses = servers.stream().map(RingServer::address).toList();
    return Ranks.outcomes(
        size,
        rank -> {
          try (Communicator communicator = joiner.join(servers.get(rank), rank, addresses)) {
            communicator.barrier().await();
            return "joined";
          }
        });
  }

  /** Nobody joins, and the first to be refused hears why; others may only find it gone. */
  private static void assertRefused(List<Object> outcomes, String reason) {
    assertThat(outcomes).hasOnlyElementsOfType(RendezvousException.class);
    assertThat(outcomes).anySatisfy(o -> assertThat(o).asString().contains(reason));
  }

  @Test
  void anotherSecretIsRefused() throws Exception {
    byte[] other = "another secret of this length".getBytes(StandardCharsets.UTF_8);
    List<Object> outcomes =
        outcomes(
            2,
            (server, rank, addresses) ->
                TcpRing.connect(
                    server,
                    rank,
                    addresses,
                    rank == 0 ? Rings.SECRET : other,
                    Rings.RUN,
                    0,
                    IMPATIENT));
    assertRefused(outcomes, "does not hold this run's secret");
  }

  @Test
  void anotherEpochIsRefused() throws Exception {
    List<Object> outcomes =
        outcomes(
            3,
            (server, rank, addresses) ->
                TcpRing.connect(
                    server,
                    rank,
                    addresses,
                    Rings.SECRET,
                    Rings.RUN,
                    rank == 1 ? 1 : 2,
                    IMPATIENT));
    assertRefused(outcomes, "it is in another restart epoch");
  }

  @Test
  void anotherRunIsRefused() throws Exception {
    List<Object> outcomes =
        outcomes(
            2,
            (server, rank, addresses) ->
                TcpRing.connect(
                    server, rank, addresses, Rings.SECRET, "run-" + rank, 0, IMPATIENT));
    assertRefused(outcomes, "it belongs to another run");
  }

  @Test
  void aRankThatDoesNotComeIsNamed() throws Exception {
    RingServer server = Rings.server();
    RingServer silent = Rings.server();
    List<String> addresses = List.of(server.address(), silent.address());
    long start = System.nanoTime();
    assertThatThrownBy(() -> Rings.connect(server, 0, addresses, IMPATIENT))
        .isInstanceOf(RendezvousException.class)
        .hasMessageContaining("rank 0 cannot connect to rank 1 at " + silent.address());
    assertThat(System.nanoTime() - start).isLessThan(Duration.ofSeconds(30).toNanos());
    silent.close();
    assertThatThrownBy(() -> server.channel().accept()).isInstanceOf(IOException.class);
  }

  @Test
  void strangersDoNotDisturbTheRing() throws Exception {
    List<RingServer> servers = List.of(Rings.server(), Rings.server(), Rings.server());
    List<String> addresses = servers.stream().map(RingServer::address).toList();
    List<Socket> strangers = new ArrayList<>();
    for (String address : addresses) {
      strangers.addAll(disturb(address));
    }
    List<Communicator> ring =
        Ranks.run(3, rank -> Rings.connect(servers.get(rank), rank, addresses, Rings.SETTINGS));
    for (int round = 0; round < 5; round++) {
      for (String address : addresses) {
        strangers.addAll(disturb(address));
      }
      Ranks.run(
          3,
          rank -> {
            try (HostArray x = HostArray.filled(1000, rank)) {
              ring.get(rank).allReduce(x.address, x.count, x.dtype, ReduceOp.SUM).await();
              assertThat(x.getFloat(999)).isEqualTo(3);
              return "fine";
            }
          });
    }
    ring.forEach(Communicator::close);
    for (Socket stranger : strangers) {
      stranger.close();
    }
  }

  /** Connections that say nothing, garbage, half a greeting, an endless stream. */
  private static List<Socket> disturb(String address) throws IOException {
    byte[] garbage = new byte[100_000];
    new Random(1).nextBytes(garbage);
    List<Socket> sockets = new ArrayList<>();
    for (int length : new int[] {0, 1, 60, 93, 200, garbage.length}) {
      Socket socket = new Socket();
      socket.connect(RingServer.parse(address));
      sockets.add(socket);
      try {
        OutputStream out = socket.getOutputStream();
        out.write(garbage, 0, length);
        out.flush();
      } catch (IOException e) {
        // dropped already, as it should be
      }
    }
    sockets.get(1).close();
    return sockets;
  }

  @Test
  void badAddressesAndPortsAreSaid() {
    assertThatThrownBy(() -> RingServer.bind("127.0.0.1", new PortRange(70000, 70001)))
        .hasMessageContaining("ports 70000 to 70001");
    RingServer taken = Rings.server();
    int port = RingServer.parse(taken.address()).getPort();
    assertThatThrownBy(() -> RingServer.bind("127.0.0.1", new PortRange(port, port)))
        .isInstanceOf(RendezvousException.class)
        .hasMessageContaining("cannot listen on 127.0.0.1, ports " + port);
    assertThatThrownBy(() -> RingServer.parse("nonsense"))
        .hasMessageContaining("'nonsense' is no address of a rank: expected host:port");
    taken.close();
    assertThatThrownBy(() -> new Membership(0, 2, new byte[3], "run", 0, Encryption.NONE))
        .hasMessageContaining("a secret of 3 bytes");
  }
}
