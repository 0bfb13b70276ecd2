/** Activities of stage 2. */
@NullMarked
package lyceum.activities.tokenizer;

import org.jspecify.annotations.NullMarked;
