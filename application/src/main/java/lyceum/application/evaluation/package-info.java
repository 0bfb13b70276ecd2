/** What models scored, and two runs side by side. */
@NullMarked
package lyceum.application.evaluation;

import org.jspecify.annotations.NullMarked;
