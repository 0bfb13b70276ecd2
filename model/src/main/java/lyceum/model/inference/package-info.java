/**
 * Continues token sequences with a decoder of the Llama family in plain Java: no native code, the
 * same bits on every machine, one sequence at a time or many at once.
 */
@NullMarked
package lyceum.model.inference;

import org.jspecify.annotations.NullMarked;
