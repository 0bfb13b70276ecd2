/** The parent workflow, whose {@code run} reads as the table of contents of a model's life. */
@NullMarked
package lyceum.workflows.lifecycle;

import org.jspecify.annotations.NullMarked;
