/**
 * A model as files and as arrays: safetensors weights, the Hugging Face Llama layout, and both
 * together in memory.
 */
@NullMarked
package lyceum.model.format;

import org.jspecify.annotations.NullMarked;
