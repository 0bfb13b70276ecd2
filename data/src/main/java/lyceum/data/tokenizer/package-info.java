/**
 * Byte-level BPE: learns merges, turns text and chats into ids and back, and writes the Hugging
 * Face files.
 */
@NullMarked
package lyceum.data.tokenizer;

import org.jspecify.annotations.NullMarked;
