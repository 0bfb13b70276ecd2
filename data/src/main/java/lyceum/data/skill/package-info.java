/**
 * Generated chats whose answers can be checked: training examples, held-out examples, the check,
 * and a simulated rater.
 */
@NullMarked
package lyceum.data.skill;

import org.jspecify.annotations.NullMarked;
