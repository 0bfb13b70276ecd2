/** Schedules: runs and curations by time, by event and by hand. */
@NullMarked
package lyceum.application.schedule;

import org.jspecify.annotations.NullMarked;
