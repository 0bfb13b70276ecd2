/**
 * Signatures of models: who made the bytes that are about to serve. Ed25519 (RFC 8032) over the
 * list of a model's files with their digests.
 */
@NullMarked
package lyceum.core.signing;

import org.jspecify.annotations.NullMarked;
