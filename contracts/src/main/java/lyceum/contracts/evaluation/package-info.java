/** Stage 6 of 8: models to a before-and-after report. */
@NullMarked
package lyceum.contracts.evaluation;

import org.jspecify.annotations.NullMarked;
