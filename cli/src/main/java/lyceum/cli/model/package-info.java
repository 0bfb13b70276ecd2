/**
 * Verbs about what runs leave behind: model versions, data sets, evaluations, and talking to the
 * served model.
 */
@NullMarked
package lyceum.cli.model;

import org.jspecify.annotations.NullMarked;
