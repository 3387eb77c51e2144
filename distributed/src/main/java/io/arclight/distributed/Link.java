package io.arclight.distributed;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.security.GeneralSecurityException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One connection to another rank: frames out, frames in, and when bytes last moved. */
final class Link {
  static final int CONTROL_BYTES = 1024;

  /** Less than this is written to the connection in one go with its header. */
  private static final int LEAST_SHARED = 4 << 10;

  private static final int PIPE_CHUNKS = 4;
  private static final int MOST_SHARED = 8 << 20;
  private static final byte[] NOTHING = {};
  private static final Logger LOG = LoggerFactory.getLogger(Link.class);

  /** What control frames tell. */
  interface Listener {
    void onAbort(byte[] payload) throws RingFailure;

    void onGoodbye(Link link, long completed) throws RingFailure;
  }

  private record Control(Frame frame, byte[] payload) {}

  final int peer;
  private final int rank;
  private final SocketChannel channel;
  private final SelectionKey key;
  private final int cap;
  private final Listener listener;

  /** Null where bytes go as they are. */
  private final Seal.Pair seals;

  private final ByteBuffer outHeader;
  private final ByteBuffer outSealed;
  private final ByteBuffer outControl = direct(CONTROL_BYTES);
  private final ByteBuffer outPayload = RawMemory.view();
  private final ByteBuffer[] out;
  private final Deque<Control> controls = new ArrayDeque<>();
  private Frame sending;
  private SharedPipe.Offer offer;
  private SharedPipe outPipe;

  private final ByteBuffer inHeader;
  private final ByteBuffer inSealed;
  private final ByteBuffer inControl = direct(CONTROL_BYTES);
  private final ByteBuffer inPayload = RawMemory.view();
  private Frame receiving;
  private boolean admitted;

  /** Where the payload goes that comes sealed. */
  private long target;

  private SharedPipe inPipe;

  private long sentNanos = System.nanoTime();
  private long heardNanos = sentNanos;
  private boolean heard;
  private boolean finished;
  private boolean closed;

  Link(
      Rendezvous.Connection connection,
      Selector selector,
      int rank,
      int peer,
      int cap,
      Listener listener)
      throws IOException {
    this.channel = connection.channel();
    this.seals = connection.seals();
    int tag = seals == null ? 0 : Seal.TAG_BYTES;
    int sealed = seals == null ? 0 : Math.max(cap, CONTROL_BYTES) + tag;
    this.outHeader = direct(Frame.BYTES + tag);
    this.outSealed = direct(sealed);
    this.out = new ByteBuffer[] {outHeader, outPayload};
    this.inHeader = direct(Frame.BYTES + tag);
    this.inSealed = direct(sealed);
    this.rank = rank;
    this.peer = peer;
    this.cap = cap;
    this.listener = listener;
    channel.configureBlocking(false);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    this.key = channel.register(selector, SelectionKey.OP_READ);
  }

  private static ByteBuffer direct(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  /** Lets large payloads go through memory, if the peer is on this host and finds it. */
  void offerMemory() throws IOException {
    if (!SharedPipe.suits(channel)) {
      return;
    }
    try {
      offer = SharedPipe.offer(Math.min(MOST_SHARED, PIPE_CHUNKS * cap));
      control(Frame.Type.OFFER, offer.ticket(), 0);
    } catch (IOException e) {
      LOG.info("rank {}: no memory to share with rank {}: {}", rank, peer, e.toString());
    }
  }

  private void answer(byte[] ticket) {
    try {
      closePipe(inPipe);
      inPipe = null;
      inPipe = SharedPipe.open(ticket);
    } catch (IOException e) {
      LOG.info(
          "rank {} does not find the memory that rank {} offers: {}", rank, peer, e.toString());
    }
    control(Frame.Type.ANSWER, NOTHING, inPipe == null ? 0 : 1);
  }

  private void answered(boolean taken) {
    if (offer == null) {
      return;
    }
    offer.conceal();
    if (taken) {
      outPipe = offer.pipe();
    } else {
      offer.pipe().close();
    }
    offer = null;
  }

  /** Queues a frame that goes before the next data frame. */
  void control(Frame.Type type, byte[] payload, long part) {
    controls.add(new Control(Frame.control(type, payload.length, part), payload));
  }

  /** Sends at most one frame, as far as the socket takes it; whether anything moved. */
  boolean write(Traffic traffic) throws RingFailure {
    if (closed || (sending == null && !compose(traffic))) {
      return false;
    }
    long written;
    try {
      written = outPayload.hasRemaining() ? channel.write(out) : channel.write(outHeader);
    } catch (IOException e) {
      throw dead(e);
    }
    if (written > 0) {
      sentNanos = System.nanoTime();
    }
    if (outHeader.hasRemaining() || outPayload.hasRemaining()) {
      return written > 0;
    }
    Frame done = sending;
    sending = null;
    if (done.type() == Frame.Type.DATA) {
      traffic.sent();
    }
    return true;
  }

  private boolean compose(Traffic traffic) {
    Control control = controls.poll();
    if (control != null) {
      outControl.clear().put(control.payload).flip();
      RawMemory.aim(outPayload, RawMemory.address(outControl), control.payload.length);
      sending = control.frame;
    } else {
      sending = traffic.compose(outPayload);
      if (sending != null && outPipe != null && sending.bytes() >= LEAST_SHARED) {
        share();
      }
    }
    if (sending == null) {
      return false;
    }
    sending.encode(outHeader);
    if (seals != null) {
      seal();
    }
    return true;
  }

  /** Puts records in the place of header and payload. */
  private void seal() {
    seals.out().close(RawMemory.address(outHeader), Frame.BYTES, outHeader);
    int bytes = outPayload.remaining();
    if (bytes > 0) {
      seals.out().close(RawMemory.address(outPayload), bytes, outSealed);
      RawMemory.aim(outPayload, RawMemory.address(outSealed), bytes + Seal.TAG_BYTES);
    }
  }

  private boolean comesSealed(Frame frame) {
    return seals != null && frame.bytes() > 0 && !frame.isShared();
  }

  private void awaitSealed() {
    if (comesSealed(receiving)) {
      target = RawMemory.address(inPayload);
      RawMemory.aim(inPayload, RawMemory.address(inSealed), receiving.bytes() + Seal.TAG_BYTES);
    }
  }

  private void open(ByteBuffer record, int bytes, long address) throws RingFailure {
    try {
      seals.in().open(record, bytes, address);
    } catch (GeneralSecurityException e) {
      throw new RingFailure(
          new Failure(
              Failure.Reason.DEAD_PEER,
              peer,
              rank,
              "what came as rank "
                  + peer
                  + "'s does not open with its key: it was damaged or changed on the way"));
    }
  }

  private void share() {
    long at = outPipe.put(RawMemory.address(outPayload), sending.bytes());
    if (at != Frame.INLINE) {
      sending = sending.at(at);
      outPayload.limit(0);
    }
  }

  /** Reads at most one frame, as far as it is there; whether anything moved. */
  boolean read(Traffic traffic) throws RingFailure {
    if (closed) {
      return false;
    }
    boolean moved = false;
    if (receiving == null) {
      moved = fill(inHeader);
      if (inHeader.hasRemaining()) {
        return moved;
      }
      receiving = decode();
      admitted = receiving.type() != Frame.Type.DATA;
      if (admitted) {
        RawMemory.aim(inPayload, RawMemory.address(inControl), receiving.bytes());
        awaitSealed();
      }
    }
    if (!admitted) {
      admitted = traffic.admit(receiving, inPayload);
      if (!admitted) {
        return moved;
      }
      awaitSealed();
      moved = true;
    }
    if (inPayload.hasRemaining() && !receiving.isShared()) {
      moved |= fill(inPayload);
      if (inPayload.hasRemaining()) {
        return moved;
      }
    }
    Frame done = receiving;
    receiving = null;
    if (comesSealed(done)) {
      open(inSealed, done.bytes(), target);
      RawMemory.aim(inPayload, target, done.bytes());
    }
    deliver(done, traffic);
    return true;
  }

  private Frame decode() throws RingFailure {
    if (seals != null) {
      open(inHeader, Frame.BYTES, RawMemory.address(inHeader));
    }
    Frame frame = Frame.decode(inHeader.flip(), cap);
    inHeader.clear();
    boolean control = frame != null && frame.type() != Frame.Type.DATA;
    if (frame == null
        || (control && frame.bytes() > CONTROL_BYTES)
        || (frame.isShared() && (control || address(frame) == 0))) {
      throw new RingFailure(
          new Failure(
              Failure.Reason.MISMATCH,
              peer,
              rank,
              "rank " + peer + " sent bytes that are no frame of at most " + cap + " bytes"));
    }
    return frame;
  }

  private void deliver(Frame frame, Traffic traffic) throws RingFailure {
    switch (frame.type()) {
      case DATA -> take(frame, traffic);
      case OFFER -> answer(payload(frame));
      case ANSWER -> answered(frame.part() == 1);
      case HEARTBEAT -> {}
      case ABORT -> listener.onAbort(payload(frame));
      case GOODBYE -> listener.onGoodbye(this, frame.part());
    }
  }

  private byte[] payload(Frame control) {
    byte[] payload = new byte[control.bytes()];
    inControl.get(0, payload);
    return payload;
  }

  private void take(Frame frame, Traffic traffic) {
    if (frame.isShared()) {
      traffic.received(address(frame));
      inPipe.take(frame.shared() + frame.bytes());
    } else {
      traffic.received(RawMemory.address(inPayload));
    }
  }

  /** Of a shared payload; 0 where none can be. */
  private long address(Frame frame) {
    return inPipe == null ? 0 : inPipe.address(frame.shared(), frame.bytes());
  }

  private boolean fill(ByteBuffer buffer) throws RingFailure {
    int n;
    try {
      n = channel.read(buffer);
    } catch (IOException e) {
      throw dead(e);
    }
    if (n < 0) {
      throw dead(null);
    }
    if (n > 0) {
      heardNanos = System.nanoTime();
      heard = true;
    }
    return n > 0;
  }

  private RingFailure dead(IOException cause) {
    return new RingFailure(
        new Failure(
            Failure.Reason.DEAD_PEER,
            peer,
            rank,
            "the connection of rank "
                + peer
                + " closed without a goodbye"
                + (cause == null ? "" : " (" + cause.getMessage() + ")")
                + ": its process or its host ended"));
  }

  /** Whether data waits for this rank to come so far. */
  boolean isParked() {
    return receiving != null && !admitted;
  }

  /** Whether data was left half sent, after which no control frame can follow. */
  boolean isMidData() {
    return sending != null && sending.type() == Frame.Type.DATA;
  }

  boolean hasOutput() {
    return sending != null || !controls.isEmpty();
  }

  boolean isClosed() {
    return closed;
  }

  long sentNanos() {
    return sentNanos;
  }

  /** When bytes last came; while data is left waiting on purpose, silence does not count. */
  long heardNanos() {
    if (isParked()) {
      heardNanos = System.nanoTime();
    }
    return heardNanos;
  }

  /** Does not count a time in which this rank itself could not listen. */
  void forgive(long nanos) {
    heardNanos = Math.min(heardNanos + nanos, System.nanoTime());
  }

  /** Whether anything has come yet, which shows that the peer has finished its rendezvous. */
  boolean isHeard() {
    return heard;
  }

  /** Tells the selector what this link waits for. */
  void updateInterest() {
    if (!closed && key.isValid()) {
      int ops = (isParked() ? 0 : SelectionKey.OP_READ) | (hasOutput() ? SelectionKey.OP_WRITE : 0);
      if (key.interestOps() != ops) {
        key.interestOps(ops);
      }
    }
  }

  /**
   * On the way out: sends what control frames it can, says that nothing follows them, drops what
   * comes in, and closes at the end of the stream. Data left half sent stays so, and the connection
   * open, so that the peer learns the reason elsewhere before it sees the end.
   */
  void leave() {
    if (closed) {
      return;
    }
    try {
      while (!isMidData() && hasOutput() && write(Traffic.NONE)) {
        // until the socket is full
      }
      if (!hasOutput() && !finished) {
        finished = true;
        channel.shutdownOutput();
      }
      int n;
      do {
        n = channel.read(inControl.clear());
      } while (n > 0);
      if (n < 0) {
        close();
      } else {
        boolean blocked = hasOutput() && !isMidData();
        key.interestOps(SelectionKey.OP_READ | (blocked ? SelectionKey.OP_WRITE : 0));
      }
    } catch (IOException | RingFailure e) {
      close();
    }
  }

  void close() {
    if (closed) {
      return;
    }
    closed = true;
    answered(false);
    closePipe(outPipe);
    closePipe(inPipe);
    try {
      channel.close();
    } catch (IOException e) {
      // the descriptor is gone all the same
    }
  }

  private static void closePipe(SharedPipe pipe) {
    if (pipe != null) {
      pipe.close();
    }
  }
}
