/** The inference server as seen from the worker: told what to serve over HTTP. */
@NullMarked
package lyceum.connectors.serving;

import org.jspecify.annotations.NullMarked;
