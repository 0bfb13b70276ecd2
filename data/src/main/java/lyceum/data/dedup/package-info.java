/** Drops documents whose text was seen before. */
@NullMarked
package lyceum.data.dedup;

import org.jspecify.annotations.NullMarked;
