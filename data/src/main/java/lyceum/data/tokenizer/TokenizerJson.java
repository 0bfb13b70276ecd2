package lyceum.data.tokenizer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import lyceum.core.LyceumException;
import lyceum.data.tokenizer.BpeTokenizer.Merge;

/** Reads and writes {@code tokenizer.json} of Hugging Face {@code tokenizers}. */
final class TokenizerJson {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  private static final int SPECIALS = SpecialTokens.ALL.size();

  private TokenizerJson() {}

  private static String write(List<byte[]> bytesOfToken, List<Merge> merges) {
    ObjectNode root = JSON.createObjectNode();
    root.put("version", "1.0");
    root.putNull("truncation");
    root.putNull("padding");
    root.set("added_tokens", addedTokens());
    root.putNull("normalizer");
    root.set("pre_tokenizer", preTokenizer());
    root.putNull("post_processor");
    root.set("decoder", byteLevel());
    ObjectNode model = root.putObject("model");
    model.put("type", "BPE");
    model.putNull("dropout");
    model.putNull("unk_token");
    model.putNull("continuing_subword_prefix");
    model.putNull("end_of_word_suffix");
    model.put("fuse_unk", false);
    model.put("byte_fallback", false);
    model.put("ignore_merges", false);
    ObjectNode vocabulary = model.putObject("vocab");
    for (int id = 0; id < bytesOfToken.size(); id++) {
      vocabulary.put(
          id < SPECIALS ? SpecialTokens.ALL.get(id) : ByteAlphabet.text(bytesOfToken.get(id)), id);
    }
    ArrayNode mergeList = model.putArray("merges");
    for (Merge merge : merges) {
      mergeList
          .addArray()
          .add(ByteAlphabet.text(bytesOfToken.get(merge.left())))
          .add(ByteAlphabet.text(bytesOfToken.get(merge.right())));
    }
    return root.toPrettyString() + "\n";
  }

  private static ArrayNode addedTokens() {
    ArrayNode added = JSON.createArrayNode();
    for (int id = 0; id < SPECIALS; id++) {
      ObjectNode token = added.addObject();
      token.put("id", id);
      token.put("content", SpecialTokens.ALL.get(id));
      token.put("single_word", false);
      token.put("lstrip", false);
      token.put("rstrip", false);
      token.put("normalized", false);
      token.put("special", true);
    }
    return added;
  }

  private static ObjectNode preTokenizer() {
    ObjectNode sequence = JSON.createObjectNode();
    sequence.put("type", "Sequence");
    ArrayNode steps = sequence.putArray("pretokenizers");
    ObjectNode split = steps.addObject();
    split.put("type", "Split");
    split.putObject("pattern").put("Regex", PreTokenizer.PATTERN);
    split.put("behavior", "Isolated");
    split.put("invert", false);
    steps.add(byteLevel());
    return sequence;
  }

  private static ObjectNode byteLevel() {
    ObjectNode byteLevel = JSON.createObjectNode();
    byteLevel.put("type", "ByteLevel");
    byteLevel.put("add_prefix_space", false);
    byteLevel.put("trim_offsets", true);
    byteLevel.put("use_regex", false);
    return byteLevel;
  }

  /** What a file says. */
  static Definition read(String json) {
    try {
      return new TokenizerJsonReader(JSON.readTree(json)).definition(json);
    } catch (JsonProcessingException e) {
      throw LyceumException.user("tokenizer.json is not JSON: " + e.getOriginalMessage(), e);
    }
  }

  /**
   * A tokenizer of Lyceum's own kind.
   *
   * @param bytesOfToken bytes each id stands for; the first ids are the {@link SpecialTokens}
   * @param merges from the first learned to the last
   */
  static Definition own(List<byte[]> bytesOfToken, List<Merge> merges) {
    BitSet special = new BitSet();
    Map<String, Integer> idOfSpecial = new HashMap<>();
    List<AddedTokens.Added> added = new ArrayList<>();
    for (int id = 0; id < SPECIALS; id++) {
      String text = SpecialTokens.ALL.get(id);
      special.set(id);
      idOfSpecial.put(text, id);
      added.add(new AddedTokens.Added(Utf8.bytes(text), id, true));
    }
    return new Definition(
        bytesOfToken,
        new BpeModel(PreTokenizer.SCANNER, bytesOfToken, merges, false),
        merges,
        special,
        idOfSpecial,
        new AddedTokens(added),
        new AddedTokens(List.of()),
        false,
        false,
        List.of(),
        List.of(),
        () -> write(bytesOfToken, merges));
  }

  /**
   * Bytes of every token before the first merge: none for control tokens, then the 256 bytes in
   * order.
   */
  static List<byte[]> baseVocabulary() {
    List<byte[]> base = new ArrayList<>();
    for (int id = 0; id < SPECIALS; id++) {
      base.add(new byte[0]);
    }
    for (int b = 0; b < 256; b++) {
      base.add(new byte[] {(byte) b});
    }
    return base;
  }

  static byte[] joined(byte[] left, byte[] right) {
    byte[] joined = Arrays.copyOf(left, left.length + right.length);
    System.arraycopy(right, 0, joined, left.length, right.length);
    return joined;
  }
}
