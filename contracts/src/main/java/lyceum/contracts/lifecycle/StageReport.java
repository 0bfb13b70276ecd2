package lyceum.contracts.lifecycle;

import lyceum.core.Stage;

/**
 * What a running stage tells the life it belongs to; {@code note} says why, where the state calls
 * for it.
 */
public record StageReport(Stage stage, StageState state, String note) {}
