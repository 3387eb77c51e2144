package io.arclight.spark.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.apache.spark.util.JsonProtocol;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class ProgressEventTest {

  @Test
  void survivesSparksEventLog() {
    ProgressEvent event = new ProgressEvent("run-1", 2, 300, 19_200, Map.of("loss", 0.25));
    String json = JsonProtocol.sparkEventToJsonString(event);

    assertThat(json).contains(ProgressEvent.class.getName(), "\"loss\":0.25");
    assertThat(JsonProtocol.sparkEventFromJson(json)).isEqualTo(event);
  }
}
