/** Stage 1 of 8: sources of text to clean documents. */
@NullMarked
package lyceum.contracts.corpus;

import org.jspecify.annotations.NullMarked;
