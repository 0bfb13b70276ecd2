/**
 * The decoder of the Llama family as a TensorFlow graph, and the names and shapes of its weights.
 */
@NullMarked
package lyceum.model.transformer;

import org.jspecify.annotations.NullMarked;
