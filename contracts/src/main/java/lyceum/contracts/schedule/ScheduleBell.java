package lyceum.contracts.schedule;

import io.temporal.api.schedule.v1.SchedulePatch;
import io.temporal.api.schedule.v1.TriggerImmediatelyRequest;
import io.temporal.api.workflowservice.v1.PatchScheduleRequest;
import io.temporal.client.schedules.ScheduleClient;
import io.temporal.client.schedules.ScheduleClientOptions;
import io.temporal.client.schedules.ScheduleListDescription;
import io.temporal.client.schedules.ScheduleState;
import io.temporal.serviceclient.WorkflowServiceStubs;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import lyceum.contracts.Payloads;

/**
 * Rings schedules that wait for an event. The client's own call gives each request an id by chance;
 * here the event gives it, so that the server takes it once.
 */
public final class ScheduleBell {
  private final WorkflowServiceStubs service;
  private final String namespace;
  private final ScheduleClient schedules;

  public ScheduleBell(WorkflowServiceStubs service, String namespace) {
    this.service = service;
    this.namespace = namespace;
    this.schedules =
        ScheduleClient.newInstance(
            service,
            ScheduleClientOptions.newBuilder()
                .setNamespace(namespace)
                .setDataConverter(Payloads.dataConverter())
                .build());
  }

  /** Rings every schedule that waits for the event and is not paused; gives their names. */
  public List<String> ring(ScheduleEvent event) {
    List<String> rung = new ArrayList<>();
    for (ScheduleListDescription schedule : schedules.listSchedules().toList()) {
      if (event.subject().equals(schedule.getMemo(ScheduleEvent.MEMO, String.class))
          && ring(schedule.getScheduleId(), event)) {
        rung.add(schedule.getScheduleId());
      }
    }
    return rung;
  }

  /**
   * Rings one schedule; a paused one sleeps on.
   *
   * @return whether it was awake
   */
  public boolean ring(String schedule, ScheduleEvent event) {
    // The list is behind by a moment, and a bell of the server's wakes a paused schedule as well.
    ScheduleState state = schedules.getHandle(schedule).describe().getSchedule().getState();
    if (state != null && state.isPaused()) {
      return false;
    }
    String text = schedule + "\n" + event.subject() + "\n" + event.id();
    var unused =
        service
            .blockingStub()
            .patchSchedule(
                PatchScheduleRequest.newBuilder()
                    .setNamespace(namespace)
                    .setScheduleId(schedule)
                    .setRequestId(
                        UUID.nameUUIDFromBytes(text.getBytes(StandardCharsets.UTF_8)).toString())
                    .setPatch(
                        SchedulePatch.newBuilder()
                            // Without a policy of its own the schedule's overlap policy holds.
                            .setTriggerImmediately(TriggerImmediatelyRequest.getDefaultInstance()))
                    .build());
    return true;
  }
}
