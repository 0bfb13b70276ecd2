/** The operations of the API, each a few lines over the application services. */
@NullMarked
package lyceum.console.api;

import org.jspecify.annotations.NullMarked;
