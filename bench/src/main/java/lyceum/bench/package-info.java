/** The {@code lyceum bench} command: what is fast is shown next to what others do, or not said. */
@NullMarked
package lyceum.bench;

import org.jspecify.annotations.NullMarked;
