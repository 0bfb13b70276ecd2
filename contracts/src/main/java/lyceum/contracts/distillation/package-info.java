/** Stage 7 of 8: teacher to a smaller student. */
@NullMarked
package lyceum.contracts.distillation;

import org.jspecify.annotations.NullMarked;
