/** Runs and curations by time, by event and by hand. */
@NullMarked
package lyceum.workflows.schedule;

import org.jspecify.annotations.NullMarked;
