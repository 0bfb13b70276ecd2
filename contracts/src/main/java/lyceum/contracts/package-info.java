/**
 * Workflow and activity interfaces with their payload records: all that the doors and the running
 * half share.
 */
@NullMarked
package lyceum.contracts;

import org.jspecify.annotations.NullMarked;
