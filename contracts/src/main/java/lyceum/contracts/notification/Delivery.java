package lyceum.contracts.notification;

import lyceum.core.Notification;

/** News by one way. */
public record Delivery(String target, Notification notification) {}
