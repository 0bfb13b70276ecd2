package lyceum.airflow.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TasksTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-11-28T00:00:02Z"), ZoneOffset.UTC);

  private final ByteArrayOutputStream log = new ByteArrayOutputStream();

  @Test
  void run_result_isPushedBeforeSuccess() throws IOException {
    List<Map<String, @Nullable Object>> said = run((instance, client) -> "a-run", "done", "done");

    assertThat(said.get(0))
        .containsEntry("type", "SetXCom")
        .containsEntry("key", "return_value")
        .containsEntry("value", "a-run")
        .containsEntry("task_id", "start")
        .doesNotContainKey("map_index");
    assertThat(said.get(1))
        .containsEntry("type", "SucceedTask")
        .containsEntry("end_date", "2026-11-28T00:00:02Z");
  }

  @Test
  void run_variableAndMissingXcom_areAnswered() throws IOException {
    List<Map<String, @Nullable Object>> said =
        run(
            (instance, client) -> {
              assertThat(client.getVariable("lyceum_recipe")).contains("name: tiny");
              assertThat(client.getXCom("new_data", "overrides")).isNull();
              return null;
            },
            "variable",
            "refused",
            "done");

    assertThat(said)
        .extracting(message -> message.get("type"))
        .containsExactly("GetVariable", "GetXCom", "SucceedTask");
  }

  @Test
  void run_failure_asksForAnotherTry_andLogsTheCause() throws IOException {
    List<Map<String, @Nullable Object>> said =
        run(
            (instance, client) -> {
              throw new IllegalStateException("no server", new IOException("refused"));
            },
            "done");

    assertThat(said.get(0))
        .containsEntry("type", "RetryTask")
        .containsEntry("state", "up_for_retry");
    assertThat(log.toString(StandardCharsets.UTF_8))
        .contains("\"level\":\"error\"")
        .contains("java.lang.IllegalStateException")
        .contains("java.io.IOException");
  }

  @Test
  void run_failureForGood_asksForNone() throws IOException {
    List<Map<String, @Nullable Object>> said =
        run(
            (instance, client) -> {
              throw new TaskEnd.Failed("the gate was missed");
            },
            "done");

    assertThat(said.get(0)).containsEntry("type", "TaskState").containsEntry("state", "failed");
  }

  @Test
  void run_deferral_namesTheTrigger() throws IOException {
    List<Map<String, @Nullable Object>> said =
        run(
            (instance, client) -> {
              throw new TaskEnd.Deferred(
                  "lyceum_trigger.RunTrigger",
                  Map.of("run_id", "a-run"),
                  "look_again",
                  Duration.ofHours(1));
            },
            "done");

    assertThat(said.get(0))
        .containsEntry("type", "DeferTask")
        .containsEntry("classpath", "lyceum_trigger.RunTrigger")
        .containsEntry("trigger_kwargs", Map.of("run_id", "a-run"))
        .containsEntry("trigger_timeout", 3600.0)
        .containsEntry("next_method", "look_again");
  }

  @Test
  void run_skip_isSkipped() throws IOException {
    List<Map<String, @Nullable Object>> said =
        run(
            (instance, client) -> {
              throw new TaskEnd.Skipped("the same data");
            },
            "done");

    assertThat(said.get(0)).containsEntry("state", "skipped");
  }

  @Test
  void run_unknownTask_failsForGood_andNamesThoseThereAre() throws IOException {
    List<Map<String, @Nullable Object>> said =
        run(new Tasks(CLOCK).add("another", "task", (instance, client) -> null), "done");

    assertThat(said.get(0)).containsEntry("state", "failed");
    assertThat(log.toString(StandardCharsets.UTF_8))
        .contains("lyceum_retrain_weekly.start")
        .contains("another.task");
  }

  private List<Map<String, @Nullable Object>> run(Task task, String... answers) throws IOException {
    return run(new Tasks(CLOCK).add("lyceum_retrain_weekly", "start", task), answers);
  }

  /** What the process says to a supervisor that starts it and then gives these answers. */
  private List<Map<String, @Nullable Object>> run(Tasks tasks, String... answers)
      throws IOException {
    ByteArrayOutputStream in = new ByteArrayOutputStream();
    in.write(FrameTest.golden("startup"));
    for (String answer : answers) {
      in.write(FrameTest.golden(answer));
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    tasks.run(
        new Supervisor(new ByteArrayInputStream(in.toByteArray()), out), new TaskLog(log, CLOCK));
    List<Map<String, @Nullable Object>> said = new ArrayList<>();
    DataInputStream read = new DataInputStream(new ByteArrayInputStream(out.toByteArray()));
    while (read.available() > 0) {
      said.add(Frame.read(read).body());
    }
    return said;
  }
}
