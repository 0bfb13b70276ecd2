/** Delivery of news. */
@NullMarked
package lyceum.activities.notification;

import org.jspecify.annotations.NullMarked;
