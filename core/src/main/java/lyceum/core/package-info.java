/**
 * The nouns everything else is written in: stages, artifacts by digest, model dimensions, error
 * categories, and the ports through which the outside is reached. Uses the JDK only.
 */
@NullMarked
package lyceum.core;

import org.jspecify.annotations.NullMarked;
