/** Stage 3 of 8. Token shards in, a base model out. Before: tokenizer. After: finetuning. */
@NullMarked
package lyceum.workflows.pretraining;

import org.jspecify.annotations.NullMarked;
