/** The servers of one installation: found or installed, started, watched and stopped. */
@NullMarked
package lyceum.cli.stack;

import org.jspecify.annotations.NullMarked;
