/** How a request failed, for every door to tell in its own way. */
@NullMarked
package lyceum.application.outcome;

import org.jspecify.annotations.NullMarked;
