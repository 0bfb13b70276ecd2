/** Stage 7 of 8: a smaller student learns from the aligned model. */
@NullMarked
package lyceum.model.distillation;

import org.jspecify.annotations.NullMarked;
