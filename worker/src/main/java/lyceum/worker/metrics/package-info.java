/** What a worker tells Prometheus: Temporal's own figures, its activities, its machine. */
@NullMarked
package lyceum.worker.metrics;

import org.jspecify.annotations.NullMarked;
