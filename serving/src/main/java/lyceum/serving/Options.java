package lyceum.serving;

import static lyceum.serving.JsonFields.bool;
import static lyceum.serving.JsonFields.integer;
import static lyceum.serving.JsonFields.isAbsent;
import static lyceum.serving.JsonFields.number;
import static lyceum.serving.JsonFields.shown;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import lyceum.core.LyceumException;
import lyceum.model.inference.Penalties;
import lyceum.model.inference.SamplingSettings;

/**
 * What chat and text completions have in common.
 *
 * @param model the name asked for
 * @param sampling with as many tokens as asked for; the context may end an answer earlier
 * @param seed absent: a random one
 * @param choices answers to give
 * @param stop strings that end the answer and are not part of it, at most four
 * @param includeUsage whether a last chunk of a stream carries the token counts
 * @param user whom the sender acts for, where it says so
 * @param store whether the sender consents that the exchange is kept to learn from
 * @param ignoreEnd whether the end token ends nothing, as measurements of speed want
 */
record Options(
    String model,
    SamplingSettings sampling,
    Penalties penalties,
    OptionalLong seed,
    int choices,
    List<String> stop,
    boolean stream,
    boolean includeUsage,
    Optional<String> user,
    boolean store,
    boolean ignoreEnd) {
  /**
   * A tiny model is right most often when it says what it holds likeliest; its evaluation is
   * measured so, too.
   */
  static final double DEFAULT_TEMPERATURE = 0;

  private static final int MOST_STOPS = 4;
  private static final int MOST_CHOICES = 32;

  /**
   * @param maxTokens already read, as its names differ
   */
  static Options parse(JsonNode json, int maxTokens) {
    try {
      return new Options(
          JsonFields.text(json, "model"),
          new SamplingSettings(
              number(json, "temperature", DEFAULT_TEMPERATURE, 0, 2),
              number(json, "top_p", 1, 0, 1),
              (int) Math.max(0, integer(json, "top_k", 0, -1, Integer.MAX_VALUE)),
              number(json, "min_p", 0, 0, 1),
              maxTokens),
          new Penalties(
              number(json, "repetition_penalty", 1, 0, 100),
              number(json, "presence_penalty", 0, -2, 2),
              number(json, "frequency_penalty", 0, -2, 2),
              bias(json.path("logit_bias"))),
          isAbsent(json.path("seed"))
              ? OptionalLong.empty()
              : OptionalLong.of(integer(json, "seed", 0, Long.MIN_VALUE, Long.MAX_VALUE)),
          (int) integer(json, "n", 1, 1, MOST_CHOICES),
          JsonFields.texts(json, "stop", MOST_STOPS),
          bool(json, "stream", "stream"),
          bool(json.path("stream_options"), "include_usage", "stream_options.include_usage"),
          JsonFields.optionalText(json, "user"),
          bool(json, "store", "store"),
          bool(json, "ignore_eos", "ignore_eos"));
    } catch (LyceumException e) {
      throw ApiException.invalid(null, String.valueOf(e.getMessage()));
    }
  }

  private static Map<Integer, Float> bias(JsonNode json) {
    Map<Integer, Float> bias = new HashMap<>();
    if (isAbsent(json)) {
      return bias;
    }
    if (!json.isObject()) {
      throw ApiException.invalid(
          "logit_bias", "'logit_bias' must be an object of token ids, not " + shown(json) + ".");
    }
    json.properties()
        .forEach(
            entry -> {
              String path = "logit_bias." + entry.getKey();
              int id;
              try {
                id = Integer.parseInt(entry.getKey());
              } catch (NumberFormatException e) {
                throw ApiException.invalid(path, "'" + path + "' does not name a token by its id.");
              }
              if (!entry.getValue().isNumber()
                  || Math.abs(entry.getValue().doubleValue()) > 100
                  || id < 0) {
                throw ApiException.invalid(
                    path, "'" + path + "' must be a number from -100 to 100 for an id from 0 on.");
              }
              bias.put(id, entry.getValue().floatValue());
            });
    return bias;
  }
}
