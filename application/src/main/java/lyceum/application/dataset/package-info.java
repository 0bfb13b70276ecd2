/** Corpora that runs have made. */
@NullMarked
package lyceum.application.dataset;

import org.jspecify.annotations.NullMarked;
