/** Verbs about runs: start, watch, pause, rank, approve, and the drill that kills a worker. */
@NullMarked
package lyceum.cli.run;

import org.jspecify.annotations.NullMarked;
