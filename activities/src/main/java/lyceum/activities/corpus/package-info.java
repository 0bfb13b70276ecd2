/** Activities of stage 1. */
@NullMarked
package lyceum.activities.corpus;

import org.jspecify.annotations.NullMarked;
