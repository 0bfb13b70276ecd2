/** Sources of text fetched once, verified by digest and kept in a cache. */
@NullMarked
package lyceum.connectors.catalogue;

import org.jspecify.annotations.NullMarked;
