package io.arclight.tensor.profile;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Events in the format of Chrome's trace viewer: complete events ("X"), times in microseconds. */
final class ChromeTrace {
  private ChromeTrace() {}

  static String of(List<ProfileEvent> events) {
    StringBuilder out = new StringBuilder("{\"displayTimeUnit\": \"ns\", \"traceEvents\": [");
    Map<Long, String> threads = new TreeMap<>();
    events.forEach(e -> threads.put(e.threadId(), e.thread()));
    String separator = "\n";
    for (Map.Entry<Long, String> thread : threads.entrySet()) {
      out.append(separator)
          .append("{\"ph\": \"M\", \"name\": \"thread_name\", \"pid\": ")
          .append(ProcessHandle.current().pid())
          .append(", \"tid\": ")
          .append(thread.getKey())
          .append(", \"args\": {\"name\": ")
          .append(quoted(thread.getValue()))
          .append("}}");
      separator = ",\n";
    }
    for (ProfileEvent e : events) {
      out.append(separator).append(event(e));
      separator = ",\n";
    }
    return out.append("\n]}\n").toString();
  }

  private static String event(ProfileEvent e) {
    return String.format(
        Locale.ROOT,
        "{\"ph\": \"X\", \"cat\": %s, \"name\": %s, \"pid\": %d, \"tid\": %d, \"ts\": %.3f,"
            + " \"dur\": %.3f, \"args\": {\"device\": %s, \"shapes\": %s, \"bytes\": %d}}",
        quoted(e.kind()),
        quoted(e.name()),
        ProcessHandle.current().pid(),
        e.threadId(),
        e.startNanos() / 1e3,
        e.nanos() / 1e3,
        quoted(e.device()),
        quoted(e.shapes()),
        e.bytes());
  }

  private static String quoted(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < 0x20) {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.append('"').toString();
  }
}
