/** How a trace goes with a workflow: in the headers of what Temporal keeps. */
@NullMarked
package lyceum.telemetry.temporal;

import org.jspecify.annotations.NullMarked;
