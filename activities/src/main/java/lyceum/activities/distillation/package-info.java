/** Activities of stage 7. */
@NullMarked
package lyceum.activities.distillation;

import org.jspecify.annotations.NullMarked;
