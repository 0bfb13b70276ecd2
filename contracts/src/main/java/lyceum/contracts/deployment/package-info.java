/** Stage 8 of 8: gates, approval, alias, server. */
@NullMarked
package lyceum.contracts.deployment;

import org.jspecify.annotations.NullMarked;
