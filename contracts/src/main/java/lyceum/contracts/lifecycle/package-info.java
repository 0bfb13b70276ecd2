/** The whole life: one run of a recipe, its stages, their records. */
@NullMarked
package lyceum.contracts.lifecycle;

import org.jspecify.annotations.NullMarked;
