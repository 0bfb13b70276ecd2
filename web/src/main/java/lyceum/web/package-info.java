/** What the inference server and the console have in common as HTTP servers. */
@NullMarked
package lyceum.web;

import org.jspecify.annotations.NullMarked;
