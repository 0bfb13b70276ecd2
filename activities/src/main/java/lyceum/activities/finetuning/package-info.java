/** Activities of stage 4. */
@NullMarked
package lyceum.activities.finetuning;

import org.jspecify.annotations.NullMarked;
