/** The web door: runs over HTTP as JSON and as pages, read from Temporal through the contracts. */
@NullMarked
package lyceum.console;

import org.jspecify.annotations.NullMarked;
