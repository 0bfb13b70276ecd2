package lyceum.serving;

import static lyceum.serving.JsonFields.bool;
import static lyceum.serving.JsonFields.integer;
import static lyceum.serving.JsonFields.isAbsent;
import static lyceum.serving.JsonFields.shown;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/**
 * A text completion that is asked for.
 *
 * @param prompts texts or token ids
 * @param alternatives likeliest tokens reported beside each token; -1: no log-probabilities
 * @param echo whether the prompt is part of the answer
 * @param generate whether anything is to follow it
 */
record CompletionRequest(
    Options options, List<Prompt> prompts, int alternatives, boolean echo, boolean generate) {
  private static final int DEFAULT_MAX_TOKENS = 16;
  private static final int MOST_ALTERNATIVES = 20;
  private static final int MOST_PROMPTS = 1024;

  /** What is to be continued. */
  sealed interface Prompt {
    /** A text, without control tokens. */
    record Text(String text) implements Prompt {}

    /** Ids of the model's vocabulary; control tokens may be among them. */
    record Ids(int[] ids) implements Prompt {}
  }

  /**
   * Reads a request's body.
   *
   * @throws ApiException 400 that names the field
   */
  static CompletionRequest parse(byte[] body) {
    JsonNode json = JsonFields.object(body);
    boolean echo = bool(json, "echo", "echo");
    int maxTokens = (int) integer(json, "max_tokens", DEFAULT_MAX_TOKENS, 0, Integer.MAX_VALUE);
    if (maxTokens == 0 && !echo) {
      throw ApiException.invalid(
          "max_tokens", "'max_tokens' is 0 and 'echo' is not set: there would be no answer.");
    }
    if (!isAbsent(json.path("suffix")) && !json.path("suffix").asText().isEmpty()) {
      throw ApiException.invalid("suffix", "This server's models fill no gaps; leave it out.");
    }
    int choices = (int) integer(json, "n", 1, 1, 32);
    if (integer(json, "best_of", choices, 1, 32) != choices) {
      throw ApiException.invalid("best_of", "'best_of' must be the same as 'n'.");
    }
    return new CompletionRequest(
        Options.parse(json, Math.max(1, maxTokens)),
        prompts(json.path("prompt"), "prompt"),
        alternatives(json.path("logprobs"), json),
        echo,
        maxTokens > 0);
  }

  private static int alternatives(JsonNode value, JsonNode json) {
    if (value.isBoolean()) {
      return value.booleanValue() ? 1 : -1;
    }
    return (int) integer(json, "logprobs", -1, 0, MOST_ALTERNATIVES);
  }

  /** A text, a list of texts, a list of ids, or a list of lists of ids. */
  static List<Prompt> prompts(JsonNode json, String field) {
    if (json.isTextual()) {
      return List.of(new Prompt.Text(json.textValue()));
    }
    if (!json.isArray() || json.isEmpty()) {
      throw ApiException.invalid(
          field, "'" + field + "' must be text, token ids or a list of either, and not empty.");
    }
    if (json.get(0).isIntegralNumber()) {
      return List.of(ids(json, field));
    }
    if (json.size() > MOST_PROMPTS) {
      throw ApiException.invalid(
          field, "'" + field + "' may hold " + MOST_PROMPTS + " prompts, not " + json.size() + ".");
    }
    List<Prompt> prompts = new ArrayList<>();
    for (int i = 0; i < json.size(); i++) {
      JsonNode one = json.get(i);
      prompts.add(
          one.isTextual() ? new Prompt.Text(one.textValue()) : ids(one, field + "[" + i + "]"));
    }
    return prompts;
  }

  private static Prompt ids(JsonNode json, String field) {
    if (!json.isArray() || json.isEmpty()) {
      throw ApiException.invalid(
          field, "'" + field + "' must be text or token ids, not " + shown(json) + ".");
    }
    int[] ids = new int[json.size()];
    for (int i = 0; i < ids.length; i++) {
      if (!json.get(i).isInt() || json.get(i).intValue() < 0) {
        throw ApiException.invalid(
            field, "'" + field + "' holds " + shown(json.get(i)) + " where a token id must be.");
      }
      ids[i] = json.get(i).intValue();
    }
    return new Prompt.Ids(ids);
  }
}
