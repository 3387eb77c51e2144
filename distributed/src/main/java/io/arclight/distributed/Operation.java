package io.arclight.distributed;

/** What a communicator can do. */
public enum Operation {
  ALL_REDUCE("allReduce"),
  REDUCE_SCATTER("reduceScatter"),
  ALL_GATHER("allGather"),
  BROADCAST("broadcast"),
  ALL_TO_ALL("allToAll"),
  SEND("send"),
  RECV("recv"),
  BARRIER("barrier");

  private final String label;

  Operation(String label) {
    this.label = label;
  }

  /** Sends and receives concern two ranks and may run beside each other; all else concerns all. */
  boolean isPointToPoint() {
    return this == SEND || this == RECV;
  }

  @Override
  public String toString() {
    return label;
  }
}
