package lyceum.data.tokenizer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import lyceum.core.LyceumException;
import lyceum.data.tokenizer.BpeTokenizer.Merge;

/** Reads and writes {@code tokenizer.json} of Hugging Face {@code tokenizers}. */
final class TokenizerJson {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  private static final int SPECIALS = SpecialTokens.ALL.size();

  private TokenizerJson() {}

  static String write(byte[][] bytesOfToken, List<Merge> merges) {
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
    for (int id = 0; id < bytesOfToken.length; id++) {
      vocabulary.put(
          id < SPECIALS ? SpecialTokens.ALL.get(id) : ByteAlphabet.text(bytesOfToken[id]), id);
    }
    ArrayNode mergeList = model.putArray("merges");
    for (Merge merge : merges) {
      mergeList
          .addArray()
          .add(ByteAlphabet.text(bytesOfToken[merge.left()]))
          .add(ByteAlphabet.text(bytesOfToken[merge.right()]));
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

  static BpeTokenizer read(String json) {
    JsonNode root;
    try {
      root = JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw LyceumException.user("tokenizer.json is not JSON: " + e.getOriginalMessage(), e);
    }
    same("added_tokens", root, addedTokens());
    same("pre_tokenizer", root, preTokenizer());
    same("decoder", root, byteLevel());
    for (String unused : List.of("normalizer", "post_processor")) {
      if (root.path(unused).isObject()) {
        throw foreign(unused, "has a " + unused);
      }
    }
    JsonNode model = root.path("model");
    if (!model.path("type").asText().equals("BPE")) {
      throw foreign("model.type", "is a model of type '" + model.path("type").asText() + "'");
    }
    byte[][] bytesOfToken = vocabulary(model.path("vocab"));
    return BpeTokenizer.own(bytesOfToken, merges(model.path("merges"), bytesOfToken));
  }

  private static void same(String key, JsonNode root, JsonNode ours) {
    if (!root.path(key).equals(ours)) {
      throw foreign(key, "has another " + key);
    }
  }

  private static LyceumException foreign(String key, String difference) {
    return LyceumException.user(
        "This tokenizer.json "
            + difference
            + " than Lyceum's tokenizers (see '"
            + key
            + "'). Use one that Lyceum trained; others would give other ids.");
  }

  private static byte[][] vocabulary(JsonNode entries) {
    if (!entries.isObject() || entries.size() < SPECIALS + 256) {
      throw LyceumException.user(
          "tokenizer.json: model.vocab has "
              + entries.size()
              + " entries; the control tokens and the 256 bytes alone are "
              + (SPECIALS + 256)
              + ".");
    }
    byte[][] bytesOfToken = new byte[entries.size()][];
    for (Map.Entry<String, JsonNode> entry : entries.properties()) {
      int id = entry.getValue().isInt() ? entry.getValue().intValue() : -1;
      if (id < 0 || id >= bytesOfToken.length || bytesOfToken[id] != null) {
        throw LyceumException.user(
            "tokenizer.json: '"
                + entry.getKey()
                + "' has the id "
                + entry.getValue()
                + "; ids must be 0 to "
                + (bytesOfToken.length - 1)
                + ", each once.");
      }
      boolean named = id < SPECIALS && SpecialTokens.ALL.get(id).equals(entry.getKey());
      byte[] bytes = named ? new byte[0] : ByteAlphabet.bytes(entry.getKey());
      if (bytes == null || (bytes.length == 0 && !named) || (id < SPECIALS && !named)) {
        throw LyceumException.user(
            "tokenizer.json: the entry '"
                + entry.getKey()
                + "' with id "
                + id
                + " is not a byte-level token.");
      }
      bytesOfToken[id] = bytes;
    }
    requireEveryByte(bytesOfToken);
    return bytesOfToken;
  }

  private static void requireEveryByte(byte[][] bytesOfToken) {
    boolean[] present = new boolean[256];
    for (byte[] bytes : bytesOfToken) {
      if (bytes.length == 1) {
        present[bytes[0] & 0xFF] = true;
      }
    }
    for (int b = 0; b < 256; b++) {
      if (!present[b]) {
        throw LyceumException.user(
            "tokenizer.json: model.vocab has no token for the byte " + b + ".");
      }
    }
  }

  private static List<Merge> merges(JsonNode list, byte[][] bytesOfToken) {
    Map<String, Integer> idOfText = HashMap.newHashMap(bytesOfToken.length);
    for (int id = SPECIALS; id < bytesOfToken.length; id++) {
      idOfText.put(ByteAlphabet.text(bytesOfToken[id]), id);
    }
    List<Merge> merges = new ArrayList<>();
    Set<Long> pairs = new HashSet<>();
    for (JsonNode pair : list) {
      String left = pair.path(0).asText();
      String right = pair.path(1).asText();
      Integer leftId = idOfText.get(left);
      Integer rightId = idOfText.get(right);
      Integer merged = idOfText.get(left + right);
      if (pair.size() != 2
          || leftId == null
          || rightId == null
          || merged == null
          || !pairs.add(BpeTokenizer.pair(leftId, rightId))) {
        throw LyceumException.user(
            "tokenizer.json: merge "
                + merges.size()
                + " is "
                + pair
                + "; it must join two tokens into a third, all in model.vocab, and occur once.");
      }
      merges.add(new Merge(leftId, rightId, merged));
    }
    return merges;
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
