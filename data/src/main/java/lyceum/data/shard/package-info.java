/** Token ids on disk, read through a memory map. */
@NullMarked
package lyceum.data.shard;

import org.jspecify.annotations.NullMarked;
