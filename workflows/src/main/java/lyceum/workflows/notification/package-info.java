/** News for people. */
@NullMarked
package lyceum.workflows.notification;

import org.jspecify.annotations.NullMarked;
