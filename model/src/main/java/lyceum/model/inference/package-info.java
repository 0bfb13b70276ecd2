/**
 * Continues token sequences with a decoder of the Llama family in plain Java: no native code, the
 * same bits on every machine.
 */
@NullMarked
package lyceum.model.inference;

import org.jspecify.annotations.NullMarked;
