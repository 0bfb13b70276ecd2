/** Stage 8 of 8. Gates, approval, alias, server. Before: distillation. */
@NullMarked
package lyceum.workflows.deployment;

import org.jspecify.annotations.NullMarked;
