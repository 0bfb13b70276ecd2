/**
 * Stage 4 of 8. A base model and chats in, an assistant out. Before: pretraining. After: alignment.
 */
@NullMarked
package lyceum.workflows.finetuning;

import org.jspecify.annotations.NullMarked;
