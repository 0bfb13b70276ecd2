/** Runs and curations by time, by event and by hand. */
@NullMarked
package lyceum.contracts.schedule;

import org.jspecify.annotations.NullMarked;
