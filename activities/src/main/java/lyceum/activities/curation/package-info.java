/** What people said of a served model, to data for the next run. */
@NullMarked
package lyceum.activities.curation;

import org.jspecify.annotations.NullMarked;
