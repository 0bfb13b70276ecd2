/** Stage 7 of 8. A teacher in, a smaller student out. Before: evaluation. After: deployment. */
@NullMarked
package lyceum.workflows.distillation;

import org.jspecify.annotations.NullMarked;
