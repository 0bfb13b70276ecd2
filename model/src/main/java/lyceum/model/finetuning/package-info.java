/** Stage 4 of 8: a base model becomes an assistant by example. */
@NullMarked
package lyceum.model.finetuning;

import org.jspecify.annotations.NullMarked;
