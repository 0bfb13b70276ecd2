/** Activities of stage 3. */
@NullMarked
package lyceum.activities.pretraining;

import org.jspecify.annotations.NullMarked;
