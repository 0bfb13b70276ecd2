/** The {@code lyceum} command: its verbs, its exit codes, and what it says when something fails. */
@NullMarked
package lyceum.cli;

import org.jspecify.annotations.NullMarked;
