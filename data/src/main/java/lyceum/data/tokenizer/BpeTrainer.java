package lyceum.data.tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
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

  /** Learns a tokenizer on all processors; see {@link #train(Iterable, TokenizerSettings, int)}. */
  public static BpeTokenizer train(Iterable<String> texts, TokenizerSettings settings) {
    return train(texts, settings, Runtime.getRuntime().availableProcessors());
  }

  /**
   * Learns a tokenizer. The texts are gone through twice, once for their size. Where they hold more
   * than {@code settings.sampleBytes()} of UTF-8, documents are taken evenly from the whole
   * sequence until that size is reached; otherwise all are, and their order does not matter.
   *
   * @param threads how many count words; the result does not depend on it
   * @return a tokenizer of {@code settings.vocabularySize()} ids, or of fewer where no pair occurs
   *     twice any more
   * @throws LyceumException of category USER when there is no text
   */
  public static BpeTokenizer train(
      Iterable<String> texts, TokenizerSettings settings, int threads) {
    PieceCounts pieces =
        PieceCounter.count(
            new Sample(texts, settings.sampleBytes()), PreTokenizer.SCANNER, threads);
    if (pieces.size() == 0) {
      throw LyceumException.user(
          "There is no text to learn a tokenizer from. Check what the corpus stage kept.");
    }
    return new Training(pieces).run(settings.vocabularySize());
  }

  private static final class Training {
    /** Fewest occurrences of a pair that is merged. */
    private static final long LEAST = 2;

    private final List<byte[]> bytesOfToken = TokenizerJson.baseVocabulary();
    private final Map<String, Integer> idOfText = new HashMap<>();
    private final List<Merge> merges = new ArrayList<>();
    private final Set<Long> mergedPairs = new HashSet<>();

    /** The tokens of all pieces, each from its start on; a piece gets shorter in its place. */
    private final int[] tokens;

    private final int[] startOfPiece;
    private final int[] lengthOfPiece;
    private final long[] countOfPiece;
    private final PairIndex pairs = new PairIndex();
    private final CandidateHeap candidates = new CandidateHeap();

    /** Pairs that one merge made more frequent, with repeats. */
    private long[] raised = new long[1 << 10];

    private int raisedSize;

    Training(PieceCounts pieces) {
      for (int id = SpecialTokens.ALL.size(); id < bytesOfToken.size(); id++) {
        idOfText.put(ByteAlphabet.text(bytesOfToken.get(id)), id);
      }
      startOfPiece = new int[pieces.size()];
      lengthOfPiece = new int[pieces.size()];
      countOfPiece = new long[pieces.size()];
      int total = 0;
      for (int piece = 0; piece < pieces.size(); piece++) {
        startOfPiece[piece] = total;
        lengthOfPiece[piece] = pieces.length(piece);
        countOfPiece[piece] = pieces.count(piece);
        total += lengthOfPiece[piece];
      }
      tokens = new int[total];
      for (int piece = 0; piece < pieces.size(); piece++) {
        int start = startOfPiece[piece];
        for (int i = 0; i < lengthOfPiece[piece]; i++) {
          tokens[start + i] = SpecialTokens.ALL.size() + (pieces.at(piece, i) & 0xFF);
        }
        for (int i = start; i + 1 < start + lengthOfPiece[piece]; i++) {
          int slot = pairs.slot(BpeTokenizer.pair(tokens[i], tokens[i + 1]));
          pairs.add(slot, countOfPiece[piece]);
          pairs.seen(slot, piece);
        }
      }
      pairs.forEach(LEAST, (pair, count) -> candidates.add(count, pair));
    }

    BpeTokenizer run(int vocabularySize) {
      while (bytesOfToken.size() < vocabularySize && !candidates.isEmpty()) {
        long pair = candidates.pair();
        long count = pairs.count(pairs.slot(pair));
        if (count < LEAST) {
          candidates.remove();
        } else if (count < candidates.count()) {
          candidates.lower(count);
        } else {
          candidates.remove();
          merge((int) (pair >>> 32), (int) pair);
        }
      }
      return new BpeTokenizer(TokenizerJson.own(bytesOfToken, merges));
    }

    private void merge(int left, int right) {
      byte[] joined = TokenizerJson.joined(bytesOfToken.get(left), bytesOfToken.get(right));
      // Two merges may spell the same bytes ("a"+"bc", "ab"+"c"); a vocabulary has one id for them.
      Integer known = idOfText.putIfAbsent(ByteAlphabet.text(joined), bytesOfToken.size());
      int merged = known != null ? known : bytesOfToken.size();
      if (known == null) {
        bytesOfToken.add(joined);
      }
      long pair = BpeTokenizer.pair(left, right);
      // A pair comes back when a later merge spells one of its halves anew; it keeps its first
      // rank.
      if (mergedPairs.add(pair)) {
        merges.add(new Merge(left, right, merged));
      }
      raisedSize = 0;
      for (int piece : pairs.takePieces(pairs.slot(pair))) {
        replace(piece, left, right, merged);
      }
      Arrays.sort(raised, 0, raisedSize);
      for (int i = 0; i < raisedSize; i++) {
        if (i == 0 || raised[i] != raised[i - 1]) {
          long count = pairs.count(pairs.slot(raised[i]));
          if (count >= LEAST) {
            candidates.add(count, raised[i]);
          }
        }
      }
    }

    /**
     * Replaces the pair in one piece from left to right and keeps the counts of the pairs around
     * it.
     */
    private void replace(int piece, int left, int right, int merged) {
      int from = startOfPiece[piece];
      int to = from + lengthOfPiece[piece];
      long count = countOfPiece[piece];
      int out = from;
      long replaced = 0;
      for (int i = from; i < to; i++) {
        if (tokens[i] == left && i + 1 < to && tokens[i + 1] == right) {
          if (out > from) {
            int before = tokens[out - 1];
            pairs.add(pairs.slot(BpeTokenizer.pair(before, left)), -count);
            raise(BpeTokenizer.pair(before, merged), count, piece);
          }
          if (i + 2 < to) {
            int after = tokens[i + 2];
            pairs.add(pairs.slot(BpeTokenizer.pair(right, after)), -count);
            raise(BpeTokenizer.pair(merged, after), count, piece);
          }
          tokens[out++] = merged;
          replaced += count;
          i++;
        } else {
          tokens[out++] = tokens[i];
        }
      }
      pairs.add(pairs.slot(BpeTokenizer.pair(left, right)), -replaced);
      lengthOfPiece[piece] = out - from;
    }

    private void raise(long pair, long count, int piece) {
      int slot = pairs.slot(pair);
      pairs.add(slot, count);
      pairs.seen(slot, piece);
      if (raisedSize == raised.length) {
        raised = Arrays.copyOf(raised, 2 * raisedSize);
      }
      raised[raisedSize++] = pair;
    }
  }
}
