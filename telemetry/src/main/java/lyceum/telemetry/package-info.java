/** Traces: what happened when, across processes, sent by OTLP where an address is given. */
@NullMarked
package lyceum.telemetry;

import org.jspecify.annotations.NullMarked;
