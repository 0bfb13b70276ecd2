/**
 * The training loop that every stage shares: gradients, AdamW, schedule, state to resume from, and
 * the checks that stop it.
 */
@NullMarked
package lyceum.model.training;

import org.jspecify.annotations.NullMarked;
