/** Model lines: versions, aliases, history, promotion. */
@NullMarked
package lyceum.application.model;

import org.jspecify.annotations.NullMarked;
