/** The API's frame: operations, who may call them, errors, the document that describes them. */
@NullMarked
package lyceum.console.http;

import org.jspecify.annotations.NullMarked;
