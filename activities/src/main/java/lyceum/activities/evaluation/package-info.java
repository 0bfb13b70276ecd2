/** Activities of stage 6 and of every stage that measures. */
@NullMarked
package lyceum.activities.evaluation;

import org.jspecify.annotations.NullMarked;
