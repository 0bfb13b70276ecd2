/** Pairs of answers that wait for people, and their choices. */
@NullMarked
package lyceum.application.ranking;

import org.jspecify.annotations.NullMarked;
