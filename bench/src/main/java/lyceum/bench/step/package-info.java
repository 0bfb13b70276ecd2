/** One training's step as it is run here: time and peak memory, to hold a plan against. */
@NullMarked
package lyceum.bench.step;

import org.jspecify.annotations.NullMarked;
