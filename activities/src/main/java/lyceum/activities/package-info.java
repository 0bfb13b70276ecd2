/**
 * The joint of the two halves: activities unwrap a request, call the learning half, heartbeat, and
 * wrap the result.
 */
@NullMarked
package lyceum.activities;

import org.jspecify.annotations.NullMarked;
