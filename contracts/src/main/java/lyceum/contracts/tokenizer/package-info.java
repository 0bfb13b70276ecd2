/** Stage 2 of 8: documents to a vocabulary and token shards. */
@NullMarked
package lyceum.contracts.tokenizer;

import org.jspecify.annotations.NullMarked;
