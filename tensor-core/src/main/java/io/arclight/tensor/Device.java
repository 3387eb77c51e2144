package io.arclight.tensor;

/**
 * Where a tensor lives: {@code cpu}, {@code cuda:0}, or {@code queue}, a device for tests whose
 * memory the host cannot read and whose work runs later, on a thread of its own.
 */
public record Device(Kind kind, int index) {
  /** What kinds of devices there are. */
  public enum Kind {
    CPU,
    QUEUE,
    CUDA
  }

  /** The host. */
  public static final Device CPU = new Device(Kind.CPU, 0);

  /** The device for tests. */
  public static final Device QUEUE = new Device(Kind.QUEUE, 0);

  private static final ThreadLocal<Device> DEFAULT = ThreadLocal.withInitial(() -> CPU);

  /** A GPU. */
  public static Device cuda(int index) {
    return new Device(Kind.CUDA, index);
  }

  /** Parses {@code cpu}, {@code queue}, {@code cuda} or {@code cuda:1}. */
  public static Device of(String name) {
    switch (name) {
      case "cpu":
        return CPU;
      case "queue":
        return QUEUE;
      case "cuda":
        return cuda(0);
      default:
        if (name.matches("cuda:\\d{1,3}")) {
          return cuda(Integer.parseInt(name.substring(5)));
        }
        throw new IllegalArgumentException(
            "unknown device '" + name + "': use cpu, cuda, cuda:<index> or queue");
    }
  }

  /** Where this thread creates tensors without saying where, other than from Java data: cpu. */
  public static Device defaultDevice() {
    return DEFAULT.get();
  }

  /** Makes {@code device} this thread's default, as {@code torch.set_default_device}. */
  public static void defaultDevice(Device device) {
    DEFAULT.set(device);
  }

  @Override
  public String toString() {
    return kind == Kind.CUDA ? "cuda:" + index : kind.name().toLowerCase(java.util.Locale.ROOT);
  }
}
