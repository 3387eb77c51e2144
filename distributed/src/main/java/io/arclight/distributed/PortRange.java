package io.arclight.distributed;

/** Ports to listen on, the first free one is taken; 0 to 0 lets the system choose. */
public record PortRange(int first, int last) {
  /** Whichever port is free. */
  public static final PortRange ANY = new PortRange(0, 0);

  public PortRange {
    if (first < 0 || last > 65535 || first > last || (first == 0 && last != 0)) {
      throw new IllegalArgumentException(
          "ports " + first + " to " + last + ": use 1 to 65535, or 0 to 0 for any");
    }
  }
}
