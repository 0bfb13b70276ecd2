/**
 * Stage 5 of 8: ranked answers become a reward model, and the assistant learns to earn its reward.
 */
@NullMarked
package lyceum.model.alignment;

import org.jspecify.annotations.NullMarked;
