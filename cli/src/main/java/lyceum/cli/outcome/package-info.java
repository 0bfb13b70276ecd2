/** How a command ends: exit codes. */
@NullMarked
package lyceum.cli.outcome;

import org.jspecify.annotations.NullMarked;
