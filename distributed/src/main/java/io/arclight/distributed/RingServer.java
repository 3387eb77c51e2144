package io.arclight.distributed;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;

/** A listening socket whose address a rank tells the others before it connects. */
public final class RingServer implements AutoCloseable {
  private static final int BACKLOG = 256;

  private final ServerSocketChannel channel;
  private final String address;

  private RingServer(ServerSocketChannel channel, String address) {
    this.channel = channel;
    this.address = address;
  }

  /**
   * Listens on one address only.
   *
   * @throws RendezvousException if no port of the range is free
   */
  public static RingServer bind(String host, PortRange ports) {
    IOException last = null;
    for (int port = ports.first(); port <= ports.last(); port++) {
      try {
        ServerSocketChannel channel = ServerSocketChannel.open();
        try {
          channel.bind(new InetSocketAddress(InetAddress.getByName(host), port), BACKLOG);
          int bound = ((InetSocketAddress) channel.getLocalAddress()).getPort();
          return new RingServer(channel, host + ":" + bound);
        } catch (IOException e) {
          channel.close();
          throw e;
        }
      } catch (IOException e) {
        last = e;
      }
    }
    throw new RendezvousException(
        "cannot listen on "
            + host
            + ", ports "
            + ports.first()
            + " to "
            + ports.last()
            + " ("
            + last.getMessage()
            + "): give this machine's own address and a wider range of free ports",
        last);
  }

  /** The same socket, which other ranks reach under another name of this machine. */
  public RingServer advertisedAs(String host) {
    return new RingServer(channel, host + address.substring(address.lastIndexOf(':')));
  }

  /** The {@code host:port} that other ranks connect to. */
  public String address() {
    return address;
  }

  ServerSocketChannel channel() {
    return channel;
  }

  static InetSocketAddress parse(String address) {
    int colon = address.lastIndexOf(':');
    try {
      int port = Integer.parseInt(address.substring(colon + 1));
      return new InetSocketAddress(InetAddress.getByName(address.substring(0, colon)), port);
    } catch (RuntimeException | IOException e) {
      throw new RendezvousException(
          "'" + address + "' is no address of a rank: expected host:port", e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new RendezvousException("closing " + address + " failed", e);
    }
  }
}
