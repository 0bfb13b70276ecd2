/** The decoder as native operations of TensorFlow, several times as fast as its stock ones. */
@NullMarked
package lyceum.model.kernel;

import org.jspecify.annotations.NullMarked;
