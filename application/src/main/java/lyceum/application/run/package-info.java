/** Runs of recipes: starting, listing, viewing, steering, and what happened in them. */
@NullMarked
package lyceum.application.run;

import org.jspecify.annotations.NullMarked;
