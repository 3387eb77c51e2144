package io.arclight.distributed;

import java.nio.ByteBuffer;

/** The data frames that one operation sends over a link and expects from it. */
interface Traffic {
  /** Aims {@code payload} at the next bytes to send and describes them, null if none may go now. */
  Frame compose(ByteBuffer payload);

  /** The frame composed last has been sent. */
  void sent();

  /**
   * Aims {@code payload} at where the bytes of this frame go; false if this rank has not come to
   * the frame's operation yet.
   */
  boolean admit(Frame frame, ByteBuffer payload) throws RingFailure;

  /** The payload admitted last is at {@code address}: where it was aimed at, or elsewhere. */
  void received(long address);

  /** Sends nothing and lets data wait. */
  Traffic NONE =
      new Traffic() {
        @Override
        public Frame compose(ByteBuffer payload) {
          return null;
        }

        @Override
        public void sent() {}

        @Override
        public boolean admit(Frame frame, ByteBuffer payload) {
          return false;
        }

        @Override
        public void received(long address) {}
      };
}
