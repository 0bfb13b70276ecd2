/** {@code lyceum schedule}: runs and curations by time, by event and by hand. */
@NullMarked
package lyceum.cli.schedule;

import org.jspecify.annotations.NullMarked;
