package lyceum.model.inference;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import lyceum.core.LyceumException;
import org.jspecify.annotations.Nullable;

/**
 * Hands out a backend's blocks of keys and values, counts who holds each, and remembers which
 * tokens are in full ones, so that a prompt that begins like an earlier one takes its blocks
 * instead of computing them again. Remembered blocks that nobody holds are given away when no
 * others are left, those unused for longest first.
 *
 * <p>Blocks are found by their tokens and those of all blocks before, compared one by one: two
 * prefixes are never taken for each other. A pool belongs to one generation of one model.
 */
final class BlockPool {
  /** A full block whose tokens are known. */
  static final class Prefix {
    private final @Nullable Prefix parent;
    private final TokenBlock tokens;
    private final int block;
    private final Map<TokenBlock, Prefix> children = new HashMap<>();

    private Prefix(@Nullable Prefix parent, TokenBlock tokens, int block) {
      this.parent = parent;
      this.tokens = tokens;
      this.block = block;
    }

    int block() {
      return block;
    }
  }

  /** Tokens compared by their values. */
  private record TokenBlock(int[] tokens) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof TokenBlock block && Arrays.equals(tokens, block.tokens);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(tokens);
    }
  }

  private final boolean remember;
  private final int[] free;
  private int freeCount;
  private final int[] holders;
  private final @Nullable Prefix[] prefixOfBlock;
  private final Prefix root = new Prefix(null, new TokenBlock(new int[0]), -1);

  /** Remembered and held by nobody, the longest unused first; a child always before its parent. */
  private final LinkedHashSet<Prefix> idle = new LinkedHashSet<>();

  BlockPool(int blocks, boolean remember) {
    this.remember = remember;
    this.free = new int[blocks];
    this.holders = new int[blocks];
    this.prefixOfBlock = new @Nullable Prefix[blocks];
    for (int b = 0; b < blocks; b++) {
      free[b] = blocks - 1 - b;
    }
    this.freeCount = blocks;
  }

  Prefix root() {
    return root;
  }

  /** Blocks that somebody holds. */
  int used() {
    return holders.length - freeCount - idle.size();
  }

  /** Blocks remembered and held by nobody. */
  int idle() {
    return idle.size();
  }

  int size() {
    return holders.length;
  }

  /** A block that nobody else holds, or -1 when all are held. */
  int take() {
    if (freeCount == 0) {
      if (idle.isEmpty()) {
        return -1;
      }
      forget(idle.removeFirst());
    }
    int block = free[--freeCount];
    holders[block] = 1;
    return block;
  }

  private void forget(Prefix prefix) {
    Prefix parent = prefix.parent;
    if (parent == null || !prefix.children.isEmpty()) {
      throw LyceumException.internal("A prefix was forgotten before those that begin with it.");
    }
    parent.children.remove(prefix.tokens);
    prefixOfBlock[prefix.block] = null;
    free[freeCount++] = prefix.block;
  }

  /** The remembered block that follows {@code before} with these tokens, held once more. */
  @Nullable Prefix find(Prefix before, int[] tokens, int from) {
    Prefix found =
        before.children.get(
            new TokenBlock(Arrays.copyOfRange(tokens, from, from + BlockTable.BLOCK)));
    if (found != null) {
      hold(found);
    }
    return found;
  }

  private void hold(Prefix prefix) {
    if (holders[prefix.block]++ == 0) {
      idle.remove(prefix);
    }
  }

  /**
   * Remembers a full block. Where one with the same tokens is remembered already, that one is held
   * instead and the given one is let go: their contents are the same bits.
   *
   * @param block held by the caller alone
   * @return what the caller holds now
   */
  Prefix remember(Prefix before, int[] tokens, int from, int block) {
    Prefix known = find(before, tokens, from);
    if (known != null) {
      holders[block] = 0;
      free[freeCount++] = block;
      return known;
    }
    TokenBlock key = new TokenBlock(Arrays.copyOfRange(tokens, from, from + BlockTable.BLOCK));
    Prefix prefix = new Prefix(before, key, block);
    before.children.put(key, prefix);
    prefixOfBlock[block] = prefix;
    return prefix;
  }

  boolean remembers() {
    return remember;
  }

  /** Lets the first {@code count} blocks of a table go, the last ones first. */
  void release(int[] table, int count) {
    for (int i = count - 1; i >= 0; i--) {
      int block = table[i];
      if (--holders[block] == 0) {
        Prefix prefix = prefixOfBlock[block];
        if (prefix == null) {
          free[freeCount++] = block;
        } else {
          idle.add(prefix);
        }
      }
    }
  }
}
