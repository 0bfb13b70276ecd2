/**
 * Two or more contestants on the same work in turns: rounds, medians, ratios, and the page that
 * keeps them.
 */
@NullMarked
package lyceum.bench.comparison;

import org.jspecify.annotations.NullMarked;
