/** News for people, delivered however long it takes. */
@NullMarked
package lyceum.contracts.notification;

import org.jspecify.annotations.NullMarked;
