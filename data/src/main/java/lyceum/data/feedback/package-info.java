/** Records of a server to ranking tasks and examples for the next run. */
@NullMarked
package lyceum.data.feedback;

import org.jspecify.annotations.NullMarked;
