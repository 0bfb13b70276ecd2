/**
 * Recipes: what they amount to, what is on hand already, and what is checked before a run starts.
 */
@NullMarked
package lyceum.application.recipe;

import org.jspecify.annotations.NullMarked;
