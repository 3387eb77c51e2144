package io.arclight.distributed;

/** How ranks of one host exchange what is large. */
public enum SameHost {
  /** Through memory that both map, where both find it; by their connection otherwise. */
  SHARED_MEMORY,
  /** As ranks of different hosts do. */
  TCP
}
