/** What a model can do, in figures with standard errors, beside models that are much simpler. */
@NullMarked
package lyceum.model.evaluation;

import org.jspecify.annotations.NullMarked;
