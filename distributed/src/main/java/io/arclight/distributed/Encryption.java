package io.arclight.distributed;

/** Whether what ranks send each other can be read on the way. */
public enum Encryption {
  /** Plain bytes, between ranks that have proved who they are. */
  NONE,
  /**
   * AES-256-GCM, with keys of each connection and direction made of the run's secret: nothing can
   * be read, changed, repeated or left out unnoticed.
   */
  AES_GCM
}
