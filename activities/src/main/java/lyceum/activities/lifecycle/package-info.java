/** Opens and closes stages: keys, records, tracking runs. */
@NullMarked
package lyceum.activities.lifecycle;

import org.jspecify.annotations.NullMarked;
