/**
 * Stage 5 of 8. Ranked answers in, a reward model and a policy out. Before: finetuning. After:
 * evaluation.
 */
@NullMarked
package lyceum.workflows.alignment;

import org.jspecify.annotations.NullMarked;
