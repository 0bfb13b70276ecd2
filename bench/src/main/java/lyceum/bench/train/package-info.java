/** {@code lyceum bench train}: tokens a second of pre-training next to PyTorch's. */
@NullMarked
package lyceum.bench.train;

import org.jspecify.annotations.NullMarked;
