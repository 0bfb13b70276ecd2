/**
 * What Airflow's {@code JavaCoordinator} and a task's process say to each other: messages of
 * supervisor schema 2026-06-16 as MessagePack frames on one socket, log lines as JSON on another.
 * The names are those of Airflow's Java SDK, so that it can take this package's place.
 */
@NullMarked
package lyceum.airflow.coordinator;

import org.jspecify.annotations.NullMarked;
