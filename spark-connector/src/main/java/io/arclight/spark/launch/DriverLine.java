package io.arclight.spark.launch;

import io.arclight.spark.internal.DriverAddress;
import io.arclight.spark.launch.Message.Refused;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.time.Duration;

/** How a rank talks with the driver of its start of the run. */
final class DriverLine implements Serializable {
  private static final long serialVersionUID = 1L;

  private final String endpoint;
  private final Duration timeout;
  private transient volatile DriverAddress address;

  /**
   * A line that is connected when first used.
   *
   * @param endpoint name that only this start has, so that what is left of an older one gets no
   *     answer
   * @param timeout longest wait for an answer
   */
  DriverLine(String endpoint, Duration timeout) {
    this.endpoint = endpoint;
    this.timeout = timeout;
  }

  /** Sends a message and gives the answer. */
  Message ask(Message message) throws IOException {
    Message answer = Wire.message(address().ask(Wire.encode(message), timeout));
    if (answer instanceof Refused refused) {
      throw switch (refused.refusal()) {
        case ABSENT -> new FileNotFoundException(refused.reason());
        case TOO_LARGE -> new SnapshotLimitException(refused.reason());
        case FAILED -> new IOException(refused.reason());
      };
    }

    return answer;
  }

  private DriverAddress address() throws IOException {
    if (address == null) {
      address = DriverAddress.of(endpoint);
    }
    return address;
  }
}
