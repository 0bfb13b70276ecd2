/** Stage 3 of 8: token shards to a base model. */
@NullMarked
package lyceum.contracts.pretraining;

import org.jspecify.annotations.NullMarked;
