/** Amounts in words. */
@NullMarked
package lyceum.application.text;

import org.jspecify.annotations.NullMarked;
