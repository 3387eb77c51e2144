package io.arclight.distributed;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;

/**
 * Forwards connections to an address, and keeps what it forwards, until it is told to stall, with
 * all sockets open, or to damage a byte.
 */
final class StallingProxy implements AutoCloseable {
  private final ServerSocket server;
  private final String target;
  private final CountDownLatch end = new CountDownLatch(1);
  private final ByteArrayOutputStream seen = new ByteArrayOutputStream();
  private volatile boolean stalled;
  private volatile boolean damages;

  StallingProxy(String target) throws IOException {
    this.target = target;
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    daemon(this::accept);
  }

  String address() {
    return "127.0.0.1:" + server.getLocalPort();
  }

  void stall() {
    stalled = true;
  }

  /** Turns a bit of what comes next. */
  void damage() {
    damages = true;
  }

  /** All bytes so far, in both directions. */
  byte[] seen() {
    synchronized (seen) {
      return seen.toByteArray();
    }
  }

  private void accept() throws IOException {
    while (true) {
      Socket client = server.accept();
      Socket upstream = new Socket();
      upstream.connect(RingServer.parse(target));
      upstream.setTcpNoDelay(true);
      client.setTcpNoDelay(true);
      daemon(() -> forward(client, upstream));
      daemon(() -> forward(upstream, client));
    }
  }

  private void forward(Socket from, Socket to) throws Exception {
    byte[] buffer = new byte[1 << 16];
    try (from;
        to) {
      for (int n = 0; n >= 0; n = from.getInputStream().read(buffer)) {
        if (stalled) {
          end.await();
        }
        if (damages && n > 0) {
          damages = false;
          buffer[n / 2] ^= 1;
        }
        synchronized (seen) {
          seen.write(buffer, 0, n);
        }
        to.getOutputStream().write(buffer, 0, n);
      }
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
                // the connection or the test has ended
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    end.countDown();
    server.close();
  }
}
