package lyceum.model.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.core.LyceumException;
import lyceum.core.ModelArtifact;
import lyceum.core.ModelConfig;
import lyceum.data.tokenizer.ChatTemplate;
import lyceum.data.tokenizer.SpecialTokens;

/**
 * A model of the Llama family made elsewhere, turned into one that training goes on from: the same
 * weights and the same ids for the same text, and besides them the control tokens that Lyceum's
 * chat template needs.
 *
 * <p>A control token that the tokenizer has already, by name, keeps its id. The others get the
 * first ids after the tokenizer's last. Their rows in the embedding and in the output projection
 * begin as what the model knows best for them: {@code <|bos|>} as a copy of the model's own first
 * token, {@code <|end|>} as a copy of its own last token, the rest as the mean of all rows, which
 * makes a new token as likely as an average one (Hewitt 2021, "Initializing New Word Embeddings for
 * Pretrained Language Models").
 */
public final class OpenModel {
  private static final JsonMapper JSON = new JsonMapper();

  private OpenModel() {}

  /**
   * What was adopted.
   *
   * @param config the model's dimensions, added tokens included
   * @param vocabularySize ids of the tokenizer, added tokens included
   * @param addedTokens control tokens that the tokenizer lacked
   */
  public record Adopted(ModelConfig config, int vocabularySize, List<String> addedTokens) {
    public Adopted {
      addedTokens = List.copyOf(addedTokens);
    }
  }

  /**
   * Reads the model in one folder and writes it to another in the form that training goes on from.
   *
   * @param source with {@code config.json}, {@code tokenizer.json} and weights as {@link
   *     ModelDirectory#readWeights} takes them
   * @throws LyceumException of category USER when a file is missing, broken or of another
   *     architecture
   */
  public static Adopted adopt(Path source, Path target) {
    ModelConfig config = ModelDirectory.readConfig(source);
    ObjectNode tokenizer = object(source.resolve(ModelArtifact.TOKENIZER));
    Map<String, Integer> ids = ids(tokenizer);
    int size = 1 + ids.values().stream().max(Integer::compare).orElse(-1);
    if (size > config.vocabularySize()) {
      throw LyceumException.user(
          "The tokenizer in "
              + source
              + " has ids up to "
              + (size - 1)
              + ", its model only "
              + config.vocabularySize()
              + " rows. They were not made for each other.");
    }
    SortedMap<String, FloatTensor> weights = ModelDirectory.readWeights(source, config);
    List<String> added = SpecialTokens.ALL.stream().filter(name -> !ids.containsKey(name)).toList();
    addTokens(tokenizer, added, size);
    int vocabularySize = size + added.size();
    ModelConfig grown =
        config.withVocabularySize(Math.max(config.vocabularySize(), vocabularySize));
    JsonNode names = object(source.resolve(ModelArtifact.CONFIG));
    List<Integer> likeRows = new ArrayList<>();
    for (String name : added) {
      likeRows.add(
          switch (SpecialTokens.ALL.indexOf(name)) {
            case SpecialTokens.BOS -> row(names.path("bos_token_id"), size);
            case SpecialTokens.END -> row(names.path("eos_token_id"), size);
            default -> -1;
          });
    }
    SortedMap<String, FloatTensor> grownWeights = new TreeMap<>(weights);
    for (String table : List.of(LanguageModel.EMBEDDING, LanguageModel.OUTPUT)) {
      grownWeights.computeIfPresent(
          table, (name, rows) -> grown(rows, size, likeRows, grown.vocabularySize()));
    }
    ModelDirectory.write(
        target,
        grown,
        grownWeights,
        tokenizer.toPrettyString() + "\n",
        ChatTemplate.tokenizerConfigJson());
    return new Adopted(grown, vocabularySize, added);
  }

  /**
   * The table with rows for the added tokens.
   *
   * @param table {@code [V, C]}
   * @param used rows that belong to tokens; the added ones come right after them
   * @param likeRows for each added token the row to copy, or -1 for the mean of the used rows
   * @param rows V of the result
   */
  private static FloatTensor grown(FloatTensor table, int used, List<Integer> likeRows, int rows) {
    int width = table.shape()[1];
    float[] values = Arrays.copyOf(table.values(), rows * width);
    double[] sums = new double[width];
    for (int row = 0; row < used; row++) {
      for (int c = 0; c < width; c++) {
        sums[c] += values[row * width + c];
      }
    }
    for (int i = 0; i < likeRows.size(); i++) {
      int at = (used + i) * width;
      int like = likeRows.get(i);
      for (int c = 0; c < width; c++) {
        values[at + c] = like >= 0 ? values[like * width + c] : (float) (sums[c] / used);
      }
    }
    return new FloatTensor(new int[] {rows, width}, values);
  }

  /** A token's id as {@code config.json} has it: a number, the first of several, or none (-1). */
  private static int row(JsonNode id, int size) {
    JsonNode first = id.isArray() ? id.path(0) : id;
    return first.isInt() && first.intValue() >= 0 && first.intValue() < size
        ? first.intValue()
        : -1;
  }

  /** The ids of all tokens, added ones included. */
  private static Map<String, Integer> ids(ObjectNode tokenizer) {
    Map<String, Integer> ids = new HashMap<>();
    tokenizer
        .path("model")
        .path("vocab")
        .properties()
        .forEach(entry -> ids.put(entry.getKey(), entry.getValue().asInt(-1)));
    for (JsonNode token : tokenizer.path("added_tokens")) {
      ids.put(token.path("content").asText(), token.path("id").asInt(-1));
    }
    return ids;
  }

  private static void addTokens(ObjectNode tokenizer, List<String> added, int firstId) {
    ArrayNode list =
        tokenizer.path("added_tokens") instanceof ArrayNode there
            ? there
            : tokenizer.putArray("added_tokens");
    for (int i = 0; i < added.size(); i++) {
      ObjectNode token = list.addObject();
      token.put("id", firstId + i);
      token.put("content", added.get(i));
      token.put("single_word", false);
      token.put("lstrip", false);
      token.put("rstrip", false);
      token.put("normalized", false);
      token.put("special", true);
    }
    // What puts the model's own first token before every text would put it before every piece of a
    // chat too; documents and chats begin with <|bos|> here.
    tokenizer.putNull("post_processor");
  }

  private static ObjectNode object(Path file) {
    try {
      if (JSON.readTree(Files.readString(file)) instanceof ObjectNode object) {
        return object;
      }
      throw LyceumException.user(file + " is not a JSON object.");
    } catch (JsonProcessingException e) {
      throw LyceumException.user(file + " is not JSON: " + e.getOriginalMessage() + ".", e);
    } catch (IOException e) {
      throw LyceumException.user("Cannot read " + file + ": " + e + ".", e);
    }
  }
}
