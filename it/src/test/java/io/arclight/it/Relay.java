package io.arclight.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;

/**
 * Stands between ranks that listen on one loopback address and are known by another, and forwards
 * their connections until one is told to stall, with all sockets open.
 */
final class Relay implements AutoCloseable {
  private static final String KNOWN = "127.0.0.2";
  private static final String LISTENING = "127.0.0.3";
  private static final int PORTS = 16;
  private static final int ATTEMPTS = 100;

  private final List<ServerSocket> servers;
  private final Queue<Connection> connections = new ConcurrentLinkedQueue<>();
  private final CountDownLatch end = new CountDownLatch(1);

  private Relay(List<ServerSocket> servers) {
    this.servers = servers;
    servers.forEach(server -> daemon(() -> accept(server)));
  }

  /** Listens on ports that are free, below those that systems give out. */
  static Relay open() throws IOException {
    SplittableRandom random = new SplittableRandom();
    IOException last = null;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      int first = random.nextInt(20_000, 32_000);
      List<ServerSocket> servers = new ArrayList<>();
      try {
        for (int port = first; port < first + PORTS; port++) {
          servers.add(new ServerSocket(port, 50, InetAddress.getByName(KNOWN)));
        }
        return new Relay(servers);
      } catch (IOException e) {
        last = e;
        for (ServerSocket server : servers) {
          server.close();
        }
      }
    }
    throw last;
  }

  /** What sends the ranks' connections through here. */
  Map<String, String> settings() {
    int first = servers.get(0).getLocalPort();
    return Map.of(
        "spark.arclight.network.advertise",
        KNOWN,
        "spark.arclight.network.bind",
        LISTENING,
        "spark.arclight.network.ports",
        first + "-" + (first + PORTS - 1));
  }

  /** Lets nothing more through the present connections to {@code address}, in either direction. */
  void stall(String address) {
    int port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    connections.stream()
        .filter(connection -> connection.port == port)
        .forEach(connection -> connection.stalled = true);
  }

  private void accept(ServerSocket server) throws IOException {
    while (true) {
      Socket client = server.accept();
      Socket rank = new Socket();
      try {
        rank.connect(new InetSocketAddress(LISTENING, server.getLocalPort()));
      } catch (IOException nobodyListens) {
        client.close();
        continue;
      }
      client.setTcpNoDelay(true);
      rank.setTcpNoDelay(true);
      Connection connection = new Connection(server.getLocalPort());
      connections.add(connection);
      daemon(() -> forward(client, rank, connection));
      daemon(() -> forward(rank, client, connection));
    }
  }

  private void forward(Socket from, Socket to, Connection connection) throws Exception {
    byte[] buffer = new byte[1 << 16];
    try (from;
        to) {
      for (int n = 0; n >= 0; n = from.getInputStream().read(buffer)) {
        if (connection.stalled) {
          end.await();
        }
        to.getOutputStream().write(buffer, 0, n);
      }
    } finally {
      connections.remove(connection);
    }
  }

  private interface Body {
    void run() throws Exception;
  }

  private static void daemon(Body body) {
    Thread thread =
        new Thread(
            () -> {
              try {
                body.run();
              } catch (Exception e) {
                // the connection or the relay has ended
              }
            },
            "relay");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() {
    end.countDown();
    try {
      for (ServerSocket server : servers) {
        server.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Connection {
    final int port;
    volatile boolean stalled;

    Connection(int port) {
      this.port = port;
    }
  }
}
