/** News to people: signed webhooks and mail. */
@NullMarked
package lyceum.connectors.notification;

import org.jspecify.annotations.NullMarked;
