/** Which addresses of the network requests from outside may make this installation call. */
@NullMarked
package lyceum.connectors.network;

import org.jspecify.annotations.NullMarked;
