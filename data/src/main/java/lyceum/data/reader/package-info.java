/** Reads documents out of fetched archives and files without unpacking them to disk. */
@NullMarked
package lyceum.data.reader;

import org.jspecify.annotations.NullMarked;
