package io.arclight.distributed;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Rings over the loopback address for tests. */
final class Rings {
  static final byte[] SECRET = "sixteen bytes and some more".getBytes(StandardCharsets.UTF_8);
  static final String RUN = "run-1";

  /** Patient, for machines that do much else. */
  static final RingSettings SETTINGS =
      RingSettings.defaults()
          .withHeartbeat(Duration.ofSeconds(1), 20)
          .withCollectiveTimeout(Duration.ofSeconds(60))
          .withRendezvousTimeout(Duration.ofSeconds(60));

  /** Finds a silent peer within two seconds. */
  static final RingSettings WATCHFUL = SETTINGS.withHeartbeat(Duration.ofMillis(200), 10);

  private Rings() {}

  static RingServer server() {
    return RingServer.bind("127.0.0.1", PortRange.ANY);
  }

  /** Connected communicators by rank. */
  static List<Communicator> connect(int size, RingSettings settings) throws Exception {
    List<RingServer> servers = new ArrayList<>();
    for (int rank = 0; rank < size; rank++) {
      servers.add(server());
    }
    List<String> addresses = servers.stream().map(RingServer::address).toList();
    return Ranks.run(size, rank -> connect(servers.get(rank), rank, addresses, settings));
  }

  static Communicator connect(
      RingServer server, int rank, List<String> addresses, RingSettings settings) {
    return TcpRing.connect(server, rank, addresses, SECRET, RUN, 0, settings);
  }

  /** Runs one function per rank on a ring and closes it. */
  static <T> List<T> run(int size, RingSettings settings, Ranks.RankBody<T> body) throws Exception {
    List<Communicator> ring = connect(size, settings);
    try {
      return Ranks.run(size, rank -> body.run(ring.get(rank)));
    } finally {
      ring.forEach(Communicator::close);
    }
  }
}
