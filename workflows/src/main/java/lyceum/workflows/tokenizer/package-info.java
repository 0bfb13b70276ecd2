/**
 * Stage 2 of 8. Documents in, a vocabulary and token shards out. Before: corpus. After:
 * pretraining.
 */
@NullMarked
package lyceum.workflows.tokenizer;

import org.jspecify.annotations.NullMarked;
