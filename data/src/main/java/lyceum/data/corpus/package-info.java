/** Documents, the files that hold them, and the split into training and validation text. */
@NullMarked
package lyceum.data.corpus;

import org.jspecify.annotations.NullMarked;
