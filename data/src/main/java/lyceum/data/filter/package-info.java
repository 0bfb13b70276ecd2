/** Cleans the text of a document and decides whether it is good enough to learn from. */
@NullMarked
package lyceum.data.filter;

import org.jspecify.annotations.NullMarked;
