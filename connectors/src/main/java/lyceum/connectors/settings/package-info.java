/** Where everything is: addresses, credentials and folders of one installation. */
@NullMarked
package lyceum.connectors.settings;

import org.jspecify.annotations.NullMarked;
