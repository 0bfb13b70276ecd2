/** Stage 5 of 8: ranked answers to a reward model and a policy. */
@NullMarked
package lyceum.contracts.alignment;

import org.jspecify.annotations.NullMarked;
