/** What points to a person, and how it is taken out of a text. */
@NullMarked
package lyceum.data.privacy;

import org.jspecify.annotations.NullMarked;
