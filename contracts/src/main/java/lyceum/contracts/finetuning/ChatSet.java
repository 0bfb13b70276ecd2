package lyceum.contracts.finetuning;

import lyceum.core.ArtifactRef;

/**
 * Generated chats, the held-out ones disjoint from the training ones.
 *
 * @param train JSON lines of chats
 * @param heldOut JSON lines of chats with what a right answer is
 */
public record ChatSet(ArtifactRef train, ArtifactRef heldOut, long trainCount, long heldOutCount) {}
