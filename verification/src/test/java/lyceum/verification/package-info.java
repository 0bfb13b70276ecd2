/**
 * What holds over all modules: the dependency arrows, and the whole life of a small model on real
 * servers.
 */
@NullMarked
package lyceum.verification;

import org.jspecify.annotations.NullMarked;
