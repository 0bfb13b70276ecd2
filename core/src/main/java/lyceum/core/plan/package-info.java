/** What a training costs before it is run: arithmetic, memory, time, energy and money. */
@NullMarked
package lyceum.core.plan;

import org.jspecify.annotations.NullMarked;
