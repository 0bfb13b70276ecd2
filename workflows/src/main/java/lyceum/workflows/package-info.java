/** Deterministic orchestration: the order in which a model's life happens, and nothing of how. */
@NullMarked
package lyceum.workflows;

import org.jspecify.annotations.NullMarked;
