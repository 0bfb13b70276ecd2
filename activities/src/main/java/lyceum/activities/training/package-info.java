/** What every training activity shares: checkpoints that survive anything, heartbeats, curves. */
@NullMarked
package lyceum.activities.training;

import org.jspecify.annotations.NullMarked;
