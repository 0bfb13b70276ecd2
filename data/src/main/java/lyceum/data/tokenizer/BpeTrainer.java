package lyceum.data.tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import lyceum.core.LyceumException;
import lyceum.core.recipe.TokenizerSettings;
import lyceum.data.tokenizer.BpeTokenizer.Merge;

/**
 * Learns merges from text (arXiv 1508.07909, algorithm 1), with pair counts kept up to date merge
 * by merge instead of counted anew. Ties go to the pair with the lower left id, then the lower
 * right id, so that equal counts give equal tokenizers.
 */
public final class BpeTrainer {
  private BpeTrainer() {}

  /**
   * Learns a tokenizer. The texts are gone through twice, once for their size. Where they hold more
   * than {@code settings.sampleBytes()} of UTF-8, documents are taken evenly from the whole
   * sequence until that size is reached; otherwise all are, and their order does not matter.
   *
   * @return a tokenizer of {@code settings.vocabularySize()} ids, or of fewer where no pair occurs
   *     twice any more
   * @throws LyceumException of category USER when there is no text
   */
  public static BpeTokenizer train(Iterable<String> texts, TokenizerSettings settings) {
    Map<String, Long> countOfPiece = countPieces(texts, settings.sampleBytes());
    if (countOfPiece.isEmpty()) {
      throw LyceumException.user(
          "There is no text to learn a tokenizer from. Check what the corpus stage kept.");
    }
    return new Training(countOfPiece).run(settings.vocabularySize());
  }

  private static Map<String, Long> countPieces(Iterable<String> texts, long sampleBytes) {
    long total = 0;
    for (String text : texts) {
      total += BpeTokenizer.utf8(text).length;
    }
    Map<String, Long> countOfPiece = new HashMap<>();
    long seen = 0;
    long taken = 0;
    for (String text : texts) {
      long bytes = BpeTokenizer.utf8(text).length;
      // In doubles, because the products of two corpus sizes overflow; the same on every machine
      // all the same.
      if (total <= sampleBytes || (double) taken * total <= (double) seen * sampleBytes) {
        PreTokenizer.forEach(text, piece -> countOfPiece.merge(piece, 1L, Long::sum));
        taken += bytes;
      }
      seen += bytes;
    }
    return countOfPiece;
  }

  /** A pair that occurred so often when it was entered. */
  private record Candidate(long count, int left, int right) implements Comparable<Candidate> {
    @Override
    public int compareTo(Candidate other) {
      int byCount = Long.compare(other.count, count);
      if (byCount != 0) {
        return byCount;
      }
      int byLeft = Integer.compare(left, other.left);
      return byLeft != 0 ? byLeft : Integer.compare(right, other.right);
    }
  }

  /** How often a pair occurs now, and the pieces it was ever seen in. */
  private static final class PairCount {
    long count;
    int[] pieces = new int[4];
    int size;

    void seenIn(int piece) {
      // Pieces arrive in runs, so this leaves out nearly all repeats; the rest are harmless.
      if (size > 0 && pieces[size - 1] == piece) {
        return;
      }
      if (size == pieces.length) {
        pieces = Arrays.copyOf(pieces, 2 * size);
      }
      pieces[size++] = piece;
    }
  }

  private static final class Training {
    private final List<byte[]> bytesOfToken = TokenizerJson.baseVocabulary();
    private final Map<String, Integer> idOfText = new HashMap<>();
    private final List<Merge> merges = new ArrayList<>();
    private final Set<Long> mergedPairs = new HashSet<>();
    private final int[][] tokensOfPiece;
    private final long[] countOfPiece;
    private final Map<Long, PairCount> pairs = new HashMap<>();
    private final PriorityQueue<Candidate> candidates = new PriorityQueue<>();

    Training(Map<String, Long> counts) {
      for (int id = SpecialTokens.ALL.size(); id < bytesOfToken.size(); id++) {
        idOfText.put(ByteAlphabet.text(bytesOfToken.get(id)), id);
      }
      tokensOfPiece = new int[counts.size()][];
      countOfPiece = new long[counts.size()];
      int piece = 0;
      for (Map.Entry<String, Long> entry : counts.entrySet()) {
        byte[] bytes = BpeTokenizer.utf8(entry.getKey());
        int[] tokens = new int[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
          tokens[i] = SpecialTokens.ALL.size() + (bytes[i] & 0xFF);
        }
        tokensOfPiece[piece] = tokens;
        countOfPiece[piece] = entry.getValue();
        for (int i = 0; i + 1 < tokens.length; i++) {
          PairCount pair =
              pairs.computeIfAbsent(
                  BpeTokenizer.pair(tokens[i], tokens[i + 1]), p -> new PairCount());
          pair.count += entry.getValue();
          pair.seenIn(piece);
        }
        piece++;
      }
      pairs.forEach((pair, count) -> candidates.add(candidate(pair, count)));
    }

    BpeTokenizer run(int vocabularySize) {
      while (bytesOfToken.size() < vocabularySize) {
        Candidate best = candidates.poll();
        if (best == null) {
          break;
        }
        long key = BpeTokenizer.pair(best.left(), best.right());
        PairCount pair = pairs.get(key);
        if (pair == null || pair.count < 2) {
          continue;
        }
        if (pair.count != best.count()) {
          candidates.add(candidate(key, pair));
          continue;
        }
        merge(best, pair);
      }
      return new BpeTokenizer(bytesOfToken.toArray(byte[][]::new), merges);
    }

    private void merge(Candidate best, PairCount pair) {
      byte[] joined =
          TokenizerJson.joined(bytesOfToken.get(best.left()), bytesOfToken.get(best.right()));
      // Two merges may spell the same bytes ("a"+"bc", "ab"+"c"); a vocabulary has one id for them.
      Integer known = idOfText.putIfAbsent(ByteAlphabet.text(joined), bytesOfToken.size());
      int merged = known != null ? known : bytesOfToken.size();
      if (known == null) {
        bytesOfToken.add(joined);
      }
      // A pair comes back when a later merge spells one of its halves anew; it keeps its first
      // rank.
      if (mergedPairs.add(BpeTokenizer.pair(best.left(), best.right()))) {
        merges.add(new Merge(best.left(), best.right(), merged));
      }
      Map<Long, Long> changes = new HashMap<>();
      for (int i = 0; i < pair.size; i++) {
        replace(pair.pieces[i], best.left(), best.right(), merged, changes);
      }
      pairs.remove(BpeTokenizer.pair(best.left(), best.right()));
      changes.forEach(
          (key, change) -> {
            PairCount changed = pairs.get(key);
            if (changed != null) {
              changed.count += change;
              if (change > 0) {
                candidates.add(candidate(key, changed));
              }
            }
          });
    }

    /**
     * Replaces the pair in one piece from left to right and notes how the counts of the pairs
     * around it change.
     */
    private void replace(int piece, int left, int right, int merged, Map<Long, Long> changes) {
      int[] tokens = tokensOfPiece[piece];
      int[] shorter = new int[tokens.length];
      int length = 0;
      for (int i = 0; i < tokens.length; i++) {
        boolean here = i + 1 < tokens.length && tokens[i] == left && tokens[i + 1] == right;
        shorter[length++] = here ? merged : tokens[i];
        if (here) {
          i++;
        }
      }
      if (length == tokens.length) {
        return;
      }
      shorter = Arrays.copyOf(shorter, length);
      long count = countOfPiece[piece];
      for (int i = 0; i + 1 < tokens.length; i++) {
        changes.merge(BpeTokenizer.pair(tokens[i], tokens[i + 1]), -count, Long::sum);
      }
      for (int i = 0; i + 1 < length; i++) {
        long key = BpeTokenizer.pair(shorter[i], shorter[i + 1]);
        changes.merge(key, count, Long::sum);
        if (shorter[i] == merged || shorter[i + 1] == merged) {
          pairs.computeIfAbsent(key, k -> new PairCount()).seenIn(piece);
        }
      }
      tokensOfPiece[piece] = shorter;
    }

    private static Candidate candidate(long pair, PairCount count) {
      return new Candidate(count.count, (int) (pair >>> 32), (int) pair);
    }
  }
}
