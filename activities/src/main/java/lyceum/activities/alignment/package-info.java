/** Activities of stage 5. */
@NullMarked
package lyceum.activities.alignment;

import org.jspecify.annotations.NullMarked;
