package lyceum.airflow.coordinator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** The task's log: one JSON object a line, as structlog writes them. */
final class TaskLog {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final OutputStream out;
  private final Clock clock;

  TaskLog(OutputStream out, Clock clock) {
    this.out = out;
    this.clock = clock;
  }

  void info(String logger, String event) {
    write("info", logger, event, null);
  }

  void error(String logger, String event, Throwable failure) {
    write("error", logger, event, failure);
  }

  private synchronized void write(
      String level, String logger, String event, @Nullable Throwable failure) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("timestamp", Instant.now(clock).toString());
    line.put("level", level);
    line.put("logger", logger);
    line.put("event", event);
    if (failure != null) {
      List<Map<String, @Nullable Object>> chain = new ArrayList<>();
      for (Throwable t = failure; t != null; t = t.getCause()) {
        chain.add(exception(t, t != failure));
      }
      line.put("exception", chain);
    }
    try {
      out.write((JSON.writeValueAsString(line) + "\n").getBytes(StandardCharsets.UTF_8));
      out.flush();
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      // The supervisor has gone; standard output may still be read by someone.
      LoggerFactory.getLogger(TaskLog.class).warn("{} (the task's log is closed)", event, e);
    }
  }

  private static Map<String, @Nullable Object> exception(Throwable failure, boolean isCause) {
    List<Map<String, @Nullable Object>> frames = new ArrayList<>();
    for (StackTraceElement element : failure.getStackTrace()) {
      Map<String, @Nullable Object> frame = new LinkedHashMap<>();
      frame.put("filename", String.valueOf(element.getFileName()));
      frame.put("lineno", Math.max(0, element.getLineNumber()));
      frame.put("name", element.getClassName() + "." + element.getMethodName());
      frames.add(frame);
    }
    // Python writes the innermost call last.
    Collections.reverse(frames);
    Map<String, @Nullable Object> written = new LinkedHashMap<>();
    written.put("exc_type", failure.getClass().getName());
    written.put("exc_value", String.valueOf(failure.getMessage()));
    written.put("exc_notes", List.of());
    written.put("syntax_error", null);
    written.put("is_cause", isCause);
    written.put("frames", frames);
    written.put("is_group", false);
    written.put("exceptions", List.of());
    return written;
  }
}
