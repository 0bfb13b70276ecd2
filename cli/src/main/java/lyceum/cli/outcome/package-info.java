/** How a command ends: exit codes and the failures that carry them. */
@NullMarked
package lyceum.cli.outcome;

import org.jspecify.annotations.NullMarked;
