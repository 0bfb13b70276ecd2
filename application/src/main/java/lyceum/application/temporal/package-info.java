/** The connection of a door to Temporal. */
@NullMarked
package lyceum.application.temporal;

import org.jspecify.annotations.NullMarked;
