package lyceum.contracts.lifecycle;

/** Who asks, and why. */
public record PauseRequest(String requestedBy, String reason) {}
