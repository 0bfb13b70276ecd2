/** Learning and encoding with byte-level BPE, next to Hugging Face {@code tokenizers}. */
@NullMarked
package lyceum.bench.tokenizer;

import org.jspecify.annotations.NullMarked;
