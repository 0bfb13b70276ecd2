/** Stage 3 of 8: a base model learns to continue text. */
@NullMarked
package lyceum.model.pretraining;

import org.jspecify.annotations.NullMarked;
