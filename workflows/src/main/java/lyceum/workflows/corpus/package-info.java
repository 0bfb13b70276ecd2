/** Stage 1 of 8. Sources of text in, clean documents out. After: tokenizer. */
@NullMarked
package lyceum.workflows.corpus;

import org.jspecify.annotations.NullMarked;
