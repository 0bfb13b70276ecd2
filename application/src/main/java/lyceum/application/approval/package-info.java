/** Decisions that a run waits for. */
@NullMarked
package lyceum.application.approval;

import org.jspecify.annotations.NullMarked;
