/** Activities of stage 8 and of promotion. */
@NullMarked
package lyceum.activities.deployment;

import org.jspecify.annotations.NullMarked;
