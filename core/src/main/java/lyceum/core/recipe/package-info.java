/**
 * A recipe: everything that decides what a run makes, as records that cannot be built wrong. The
 * files are YAML; keys are the component names of these records.
 */
@NullMarked
package lyceum.core.recipe;

import org.jspecify.annotations.NullMarked;
