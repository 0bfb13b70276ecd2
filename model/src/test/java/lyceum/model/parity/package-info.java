/** Every way to compute the model beside transformers' Llama with the same weights. */
@NullMarked
package lyceum.model.parity;

import org.jspecify.annotations.NullMarked;
