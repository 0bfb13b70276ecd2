/** What every stage workflow shares: opening, reuse, retries, pausing, closing. */
@NullMarked
package lyceum.workflows.stage;

import org.jspecify.annotations.NullMarked;
