/** Stage 4 of 8: base model and chats to an assistant. */
@NullMarked
package lyceum.contracts.finetuning;

import org.jspecify.annotations.NullMarked;
