/**
 * Stage 6 of 8. Models in, a before-and-after report out. Before: alignment. After: distillation.
 */
@NullMarked
package lyceum.workflows.evaluation;

import org.jspecify.annotations.NullMarked;
