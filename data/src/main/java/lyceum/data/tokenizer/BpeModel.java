package lyceum.data.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import lyceum.data.tokenizer.BpeTokenizer.Merge;

/**
 * What encoding looks up: where pieces end, which id a byte has, what a pair becomes. Immutable.
 */
final class BpeModel {
  private final PieceScanner scanner;
  private final MergeTable merges;
  private final int[] tokenOfByte = new int[256];

  /**
   * Ids of whole pieces, by their bytes as Latin-1; empty where merges alone decide ({@code
   * ignore_merges} false).
   */
  private final Map<String, Integer> wholePieces;

  /**
   * @param bytesOfToken bytes each id stands for; an id without bytes is not a byte-level token
   * @param merges from the first learned to the last
   * @param ignoreMerges whether a piece that is a token becomes that token before any merge
   */
  BpeModel(
      PieceScanner scanner, List<byte[]> bytesOfToken, List<Merge> merges, boolean ignoreMerges) {
    this.scanner = scanner;
    this.merges = new MergeTable(merges);
    this.wholePieces = ignoreMerges ? HashMap.newHashMap(bytesOfToken.size()) : Map.of();
    for (int id = 0; id < bytesOfToken.size(); id++) {
      byte[] bytes = bytesOfToken.get(id);
      if (bytes.length == 1) {
        tokenOfByte[bytes[0] & 0xFF] = id;
      }
      if (ignoreMerges && bytes.length > 0) {
        wholePieces.putIfAbsent(new String(bytes, StandardCharsets.ISO_8859_1), id);
      }
    }
  }

  PieceScanner scanner() {
    return scanner;
  }

  MergeTable merges() {
    return merges;
  }

  int tokenOfByte(byte b) {
    return tokenOfByte[b & 0xFF];
  }

  /** The id that a piece has as a whole whatever the merges are, or -1. */
  int wholePiece(byte[] text, int from, int length) {
    if (wholePieces.isEmpty()) {
      return -1;
    }
    return wholePieces.getOrDefault(
        new String(text, from, length, StandardCharsets.ISO_8859_1), -1);
  }
}
