/** Artifacts and documents in object storage or in a folder, behind one contract. */
@NullMarked
package lyceum.connectors.storage;

import org.jspecify.annotations.NullMarked;
