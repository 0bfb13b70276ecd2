package lyceum.data.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.StreamSupport;
import lyceum.core.LyceumException;
import lyceum.data.tokenizer.AddedTokens.Added;
import lyceum.data.tokenizer.BpeTokenizer.Merge;

/**
 * Reads a {@code tokenizer.json}. Whatever would make Hugging Face {@code tokenizers} give other
 * ids than Lyceum is refused by name; what has no influence on ids is passed over.
 */
final class TokenizerJsonReader {
  private static final Map<String, PieceScanner> SCANNER_OF_PATTERN =
      Map.ofEntries(
          pattern(PreTokenizer.SCANNER),
          pattern(new WordScanner(1, true)),
          pattern(new WordScanner(3, true)),
          Map.entry(Gpt2Scanner.PATTERN, new Gpt2Scanner(false)));

  private final JsonNode root;

  TokenizerJsonReader(JsonNode root) {
    this.root = root;
  }

  private static Map.Entry<String, PieceScanner> pattern(WordScanner scanner) {
    return Map.entry(scanner.pattern(), scanner);
  }

  Definition definition(String json) {
    for (String changing : List.of("truncation", "padding")) {
      if (root.path(changing).isObject()) {
        throw foreign(changing, "asks for " + changing);
      }
    }
    if (!type(root.path("decoder")).equals("ByteLevel")) {
      throw foreign("decoder", "has the decoder " + named(root.path("decoder")));
    }
    JsonNode model = root.path("model");
    checkModel(model);
    List<JsonNode> added = list(root.path("added_tokens"), "added_tokens");
    Map<String, Integer> idOfText = ids(model.path("vocab"), added);
    List<byte[]> bytesOfToken = new ArrayList<>();
    for (int id = 0; id < idOfText.size(); id++) {
      bytesOfToken.add(new byte[0]);
    }
    Set<String> addedTexts = new HashSet<>();
    added.forEach(token -> addedTexts.add(token.path("content").asText()));
    for (Map.Entry<String, JsonNode> entry : model.path("vocab").properties()) {
      if (!addedTexts.contains(entry.getKey())) {
        bytesOfToken.set(entry.getValue().intValue(), tokenBytes(entry.getKey()));
      }
    }
    requireEveryByte(bytesOfToken);
    List<Merge> merges = merges(model.path("merges"), model.path("vocab"));
    BpeModel pieces =
        new BpeModel(scanner(), bytesOfToken, merges, model.path("ignore_merges").asBoolean(false));
    return withAdded(json, pieces, merges, bytesOfToken, added);
  }

  private Definition withAdded(
      String json,
      BpeModel pieces,
      List<Merge> merges,
      List<byte[]> bytesOfPieces,
      List<JsonNode> added) {
    List<byte[]> bytesOfToken = new ArrayList<>(bytesOfPieces);
    BitSet special = new BitSet();
    Map<String, Integer> idOfSpecial = new HashMap<>();
    List<Added> raw = new ArrayList<>();
    List<Added> normalized = new ArrayList<>();
    for (JsonNode token : added) {
      String text = token.path("content").asText();
      int id = token.path("id").intValue();
      boolean control = token.path("special").asBoolean(false);
      if (control) {
        special.set(id);
        idOfSpecial.put(text, id);
      } else {
        for (String way : List.of("single_word", "lstrip", "rstrip")) {
          if (token.path(way).asBoolean(false)) {
            throw foreign("added_tokens", "has the added token '" + text + "' with " + way);
          }
        }
        byte[] spelled = ByteAlphabet.bytes(text);
        bytesOfToken.set(id, spelled != null ? spelled : Utf8.bytes(text));
      }
      (token.path("normalized").asBoolean(!control) ? normalized : raw)
          .add(new Added(Utf8.bytes(text), id, control));
    }
    return new Definition(
        bytesOfToken,
        pieces,
        merges,
        special,
        idOfSpecial,
        new AddedTokens(raw),
        new AddedTokens(normalized),
        isComposed(root.path("normalizer")),
        prefixSpace(),
        frame(true, bytesOfToken.size()),
        frame(false, bytesOfToken.size()),
        () -> json);
  }

  private static void checkModel(JsonNode model) {
    if (!type(model).equals("BPE")) {
      throw foreign("model.type", "is a model of type '" + type(model) + "'");
    }
    if (model.path("dropout").asDouble(0) != 0) {
      throw foreign("model.dropout", "drops merges at random");
    }
    if (model.path("byte_fallback").asBoolean(false)) {
      throw foreign("model.byte_fallback", "spells unknown characters as byte tokens");
    }
    for (String part : List.of("continuing_subword_prefix", "end_of_word_suffix")) {
      if (!model.path(part).asText("").isEmpty() && !model.path(part).isNull()) {
        throw foreign("model." + part, "marks parts of words");
      }
    }
  }

  /** Ids of all tokens by their texts: 0 to n-1, each once. */
  private static Map<String, Integer> ids(JsonNode vocabulary, List<JsonNode> added) {
    if (!vocabulary.isObject() || vocabulary.size() < 256) {
      throw LyceumException.user(
          "tokenizer.json: model.vocab has "
              + vocabulary.size()
              + " entries; the 256 bytes alone are more.");
    }
    Map<String, Integer> ids = HashMap.newHashMap(vocabulary.size() + added.size());
    for (Map.Entry<String, JsonNode> entry : vocabulary.properties()) {
      ids.put(entry.getKey(), entry.getValue().isInt() ? entry.getValue().intValue() : -1);
    }
    for (JsonNode token : added) {
      String text = token.path("content").asText();
      int id = token.path("id").isInt() ? token.path("id").intValue() : -1;
      Integer other = ids.put(text, id);
      if (text.isEmpty() || (other != null && other != id)) {
        throw LyceumException.user(
            "tokenizer.json: the added token '"
                + text
                + "' has the id "
                + token.path("id")
                + (other == null ? "" : ", and " + other + " in model.vocab")
                + ".");
      }
    }
    BitSet seen = new BitSet();
    ids.forEach(
        (text, id) -> {
          if (id < 0 || id >= ids.size() || seen.get(id)) {
            throw LyceumException.user(
                "tokenizer.json: '"
                    + text
                    + "' has the id "
                    + id
                    + "; ids must be 0 to "
                    + (ids.size() - 1)
                    + ", each once.");
          }
          seen.set(id);
        });
    return ids;
  }

  private static byte[] tokenBytes(String text) {
    byte[] bytes = ByteAlphabet.bytes(text);
    if (bytes == null || bytes.length == 0) {
      throw LyceumException.user(
          "tokenizer.json: the entry '" + text + "' is not a byte-level token.");
    }
    return bytes;
  }

  private static void requireEveryByte(List<byte[]> bytesOfToken) {
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

  /** Merges as pairs of texts, or as texts with one space between, which older files have. */
  private static List<Merge> merges(JsonNode list, JsonNode vocabulary) {
    List<Merge> merges = new ArrayList<>(list.size());
    Set<Long> pairs = HashSet.newHashSet(list.size());
    for (JsonNode entry : list) {
      String left = entry.path(0).asText();
      String right = entry.path(1).asText();
      boolean isPair = entry.isArray() && entry.size() == 2;
      if (entry.isTextual()) {
        int space = entry.textValue().indexOf(' ');
        isPair = space > 0;
        left = isPair ? entry.textValue().substring(0, space) : "";
        right = isPair ? entry.textValue().substring(space + 1) : "";
      }
      int leftId = vocabulary.path(left).asInt(-1);
      int rightId = vocabulary.path(right).asInt(-1);
      int merged = vocabulary.path(left + right).asInt(-1);
      if (!isPair
          || leftId < 0
          || rightId < 0
          || merged < 0
          || !pairs.add(BpeTokenizer.pair(leftId, rightId))) {
        throw LyceumException.user(
            "tokenizer.json: merge "
                + merges.size()
                + " is "
                + entry
                + "; it must join two tokens into a third, all in model.vocab, and occur once.");
      }
      merges.add(new Merge(leftId, rightId, merged));
    }
    return merges;
  }

  private PieceScanner scanner() {
    List<JsonNode> steps = steps(root.path("pre_tokenizer"), "pretokenizers");
    if (steps.isEmpty() || !type(steps.getLast()).equals("ByteLevel")) {
      throw foreign(
          "pre_tokenizer",
          "has the pre_tokenizer "
              + named(root.path("pre_tokenizer"))
              + ", which is not byte-level");
    }
    boolean regex = steps.getLast().path("use_regex").asBoolean(true);
    if (steps.size() == 1) {
      return regex ? new Gpt2Scanner(false) : new WholeScanner();
    }
    JsonNode first = steps.get(0);
    if (steps.size() > 2) {
      throw foreign(
          "pre_tokenizer",
          "has a pre_tokenizer of " + steps.size() + " steps, one after the other");
    }
    if (type(first).equals("Digits") && first.path("individual_digits").asBoolean(false) && regex) {
      return new Gpt2Scanner(true);
    }
    if (!type(first).equals("Split") || regex) {
      throw foreign(
          "pre_tokenizer",
          "has the pre_tokenizers " + named(first) + " and " + named(steps.get(1)) + " together");
    }
    return split(first);
  }

  private static PieceScanner split(JsonNode split) {
    boolean inverted = split.path("invert").asBoolean(false);
    String behaviour = split.path("behavior").asText();
    // The known patterns leave nothing between two matches, so keeping the matches as pieces and
    // dropping what is between them are the same.
    if (!(inverted ? behaviour.equals("Removed") : behaviour.equals("Isolated"))) {
      throw foreign(
          "pre_tokenizer",
          "splits with the behavior '" + behaviour + "'" + (inverted ? ", inverted" : ""));
    }
    String pattern = split.path("pattern").path("Regex").asText();
    PieceScanner scanner = SCANNER_OF_PATTERN.get(pattern);
    if (scanner == null) {
      throw foreign("pre_tokenizer", "splits by " + split.path("pattern"));
    }
    return scanner;
  }

  private boolean prefixSpace() {
    List<JsonNode> steps = steps(root.path("pre_tokenizer"), "pretokenizers");
    boolean prefix = steps.getLast().path("add_prefix_space").asBoolean(true);
    if (prefix && steps.size() > 1) {
      throw foreign("pre_tokenizer", "adds a space before every piece");
    }
    return prefix;
  }

  private static boolean isComposed(JsonNode normalizer) {
    List<JsonNode> steps = steps(normalizer, "normalizers");
    for (JsonNode step : steps) {
      if (!type(step).equals("NFC")) {
        throw foreign("normalizer", "has the normalizer " + named(step));
      }
    }
    return !steps.isEmpty();
  }

  /** Ids that the post-processor puts before a text, or after it. */
  private List<Integer> frame(boolean before, int size) {
    List<Integer> frame = new ArrayList<>();
    for (JsonNode step : steps(root.path("post_processor"), "processors")) {
      switch (type(step)) {
        case "ByteLevel" -> {
          // Changes offsets only.
        }
        case "TemplateProcessing" -> frame.addAll(template(step, before, size));
        default -> throw foreign("post_processor", "has the post_processor " + named(step));
      }
    }
    return frame;
  }

  private static List<Integer> template(JsonNode template, boolean before, int size) {
    List<Integer> ids = new ArrayList<>();
    boolean passed = false;
    for (JsonNode piece : list(template.path("single"), "post_processor.single")) {
      if (piece.has("Sequence") && !passed) {
        passed = true;
      } else if (piece.has("SpecialToken")) {
        String name = piece.path("SpecialToken").path("id").asText();
        List<JsonNode> of =
            list(
                template.path("special_tokens").path(name).path("ids"),
                "post_processor.special_tokens['" + name + "'].ids");
        for (JsonNode id : of) {
          if (id.asInt(-1) < 0 || id.asInt(-1) >= size) {
            throw LyceumException.user(
                "tokenizer.json: post_processor names the id " + id + ", which no token has.");
          }
          if (passed != before) {
            ids.add(id.intValue());
          }
        }
      } else {
        throw foreign("post_processor", "has the template piece " + piece);
      }
    }
    if (!passed) {
      throw foreign("post_processor", "has a template without the text");
    }
    return ids;
  }

  /** The steps of a sequence; one that is none; nothing where there is nothing. */
  private static List<JsonNode> steps(JsonNode component, String key) {
    if (component.isMissingNode() || component.isNull()) {
      return List.of();
    }
    if (!type(component).equals("Sequence")) {
      return List.of(component);
    }
    return list(component.path(key), key).stream()
        .flatMap(step -> steps(step, key).stream())
        .toList();
  }

  private static List<JsonNode> list(JsonNode array, String key) {
    if (!array.isArray() && !array.isMissingNode() && !array.isNull()) {
      throw LyceumException.user("tokenizer.json: " + key + " is not a list.");
    }
    return StreamSupport.stream(array.spliterator(), false).toList();
  }

  private static String type(JsonNode component) {
    return component.path("type").asText();
  }

  private static String named(JsonNode component) {
    return Optional.of(type(component)).filter(type -> !type.isEmpty()).orElse("none");
  }

  private static LyceumException foreign(String key, String difference) {
    return LyceumException.user(
        "This tokenizer.json "
            + difference
            + " (see '"
            + key
            + "'), which Lyceum does not do; the ids would be others. It reads byte-level BPE as"
            + " Lyceum, GPT-2, GPT-4, Llama 3, Qwen 2 and SmolLM have it.");
  }
}
