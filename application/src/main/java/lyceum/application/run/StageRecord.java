package lyceum.application.run;

import com.fasterxml.jackson.databind.JsonNode;
import lyceum.core.Stage;

/**
 * What a stage of a run was given and what it made.
 *
 * @param input its contract and settings
 * @param output its result record; a missing node while it goes on
 */
public record StageRecord(Stage stage, JsonNode input, JsonNode output) {}
