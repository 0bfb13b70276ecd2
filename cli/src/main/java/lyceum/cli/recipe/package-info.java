/** Verbs about recipe files, and the plan that a recipe amounts to. */
@NullMarked
package lyceum.cli.recipe;

import org.jspecify.annotations.NullMarked;
