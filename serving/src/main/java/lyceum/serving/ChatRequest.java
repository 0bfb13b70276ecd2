package lyceum.serving;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import lyceum.core.LyceumException;
import lyceum.data.tokenizer.ChatMessage;
import lyceum.model.inference.SamplingSettings;

/**
 * A chat completion that is asked for.
 *
 * @param model the name asked for
 * @param sampling with {@code max_completion_tokens} as asked for; the context may end an answer
 *     earlier
 * @param seed absent: a random one
 * @param stop strings that end the answer and are not part of it, at most four
 * @param includeUsage whether a last chunk of a stream carries the token counts
 */
record ChatRequest(
    String model,
    List<ChatMessage> messages,
    SamplingSettings sampling,
    OptionalLong seed,
    List<String> stop,
    boolean stream,
    boolean includeUsage) {
  /**
   * A tiny model is right most often when it says what it holds likeliest; its evaluation is
   * measured so, too.
   */
  static final double DEFAULT_TEMPERATURE = 0;

  static final double DEFAULT_TOP_P = 1;

  /**
   * Enough for an answer of a tiny model, short enough that one which does not find its end stops
   * soon.
   */
  static final int DEFAULT_MAX_TOKENS = 256;

  private static final int MOST_STOPS = 4;

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .build();

  static {
    JSON.getFactory()
        .setStreamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(64).build());
  }

  /**
   * Reads a request's body.
   *
   * @throws ApiException 400 that names the field
   */
  static ChatRequest parse(byte[] body) {
    JsonNode json = object(body);
    refuse(json);
    try {
      return new ChatRequest(
          text(json, "model"),
          messages(json.path("messages")),
          new SamplingSettings(
              number(json, "temperature", DEFAULT_TEMPERATURE, 0, 2),
              number(json, "top_p", DEFAULT_TOP_P, 0, 1),
              (int) integer(json, "top_k", 0, 0, Integer.MAX_VALUE),
              maxTokens(json)),
          isAbsent(json.path("seed"))
              ? OptionalLong.empty()
              : OptionalLong.of(integer(json, "seed", 0, Long.MIN_VALUE, Long.MAX_VALUE)),
          stop(json.path("stop")),
          bool(json, "stream", "stream"),
          bool(json.path("stream_options"), "include_usage", "stream_options.include_usage"));
    } catch (LyceumException e) {
      throw ApiException.invalid(null, String.valueOf(e.getMessage()));
    }
  }

  /** A JSON object, or a 400. */
  static JsonNode object(byte[] body) {
    JsonNode json;
    try {
      json = JSON.readTree(body);
    } catch (JsonProcessingException e) {
      throw ApiException.invalid(
          null, "The request's body is not JSON: " + e.getOriginalMessage() + ".");
    } catch (IOException e) {
      throw ApiException.invalid(
          null, "The request's body is not JSON in UTF-8: " + e.getMessage() + ".");
    }
    if (json == null || !json.isObject()) {
      throw ApiException.invalid(null, "The request's body is not a JSON object.");
    }
    return json;
  }

  /** A non-empty text field, or a 400. */
  static String text(JsonNode json, String field) {
    JsonNode value = json.path(field);
    if (!value.isTextual() || value.textValue().isBlank()) {
      throw ApiException.invalid(field, "'" + field + "' is missing or not text.");
    }
    return value.textValue();
  }

  static long integer(JsonNode json, String field, long otherwise, long least, long most) {
    JsonNode value = json.path(field);
    if (isAbsent(value)) {
      return otherwise;
    }
    if (!value.isIntegralNumber()
        || !value.canConvertToLong()
        || value.longValue() < least
        || value.longValue() > most) {
      throw ApiException.invalid(
          field,
          "'"
              + field
              + "' must be an integer from "
              + least
              + " to "
              + most
              + ", not "
              + shown(value)
              + ".");
    }
    return value.longValue();
  }

  /** Refuses what would have to be ignored although it changes what the answer means. */
  private static void refuse(JsonNode json) {
    if (integer(json, "n", 1, 1, Long.MAX_VALUE) != 1) {
      throw ApiException.invalid("n", "This server gives one answer a request; 'n' must be 1.");
    }
    for (String field : List.of("tools", "functions")) {
      if (!json.path(field).isEmpty()) {
        throw ApiException.invalid(
            field, "This server's models call no tools; leave '" + field + "' out.");
      }
    }
    for (String field : List.of("frequency_penalty", "presence_penalty")) {
      if (number(json, field, 0, -2, 2) != 0) {
        throw ApiException.invalid(
            field, "This server knows no '" + field + "'; leave it out or send 0.");
      }
    }
    if (bool(json, "logprobs", "logprobs")) {
      throw ApiException.invalid(
          "logprobs", "This server does not return log-probabilities; leave 'logprobs' out.");
    }
    JsonNode format = json.path("response_format");
    if (!isAbsent(format) && !format.path("type").asText().equals("text")) {
      throw ApiException.invalid(
          "response_format",
          "This server's models write text; 'response_format' can only be that.");
    }
  }

  private static int maxTokens(JsonNode json) {
    long older = integer(json, "max_tokens", DEFAULT_MAX_TOKENS, 1, Integer.MAX_VALUE);
    return (int) integer(json, "max_completion_tokens", older, 1, Integer.MAX_VALUE);
  }

  private static List<ChatMessage> messages(JsonNode json) {
    if (!json.isArray() || json.isEmpty()) {
      throw ApiException.invalid(
          "messages", "'messages' is missing or empty; at least one message is needed.");
    }
    List<ChatMessage> messages = new ArrayList<>();
    for (int i = 0; i < json.size(); i++) {
      String field = "messages[" + i + "]";
      JsonNode message = json.get(i);
      if (!message.isObject()) {
        throw ApiException.invalid(field, "'" + field + "' is not an object.");
      }
      messages.add(
          new ChatMessage(
              role(message.path("role"), field), content(message.path("content"), field)));
    }
    return messages;
  }

  private static ChatMessage.Role role(JsonNode role, String field) {
    return switch (role.asText()) {
      case "system", "developer" -> ChatMessage.Role.SYSTEM;
      case "user" -> ChatMessage.Role.USER;
      case "assistant" -> ChatMessage.Role.ASSISTANT;
      default ->
          throw ApiException.invalid(
              field + ".role",
              "'" + field + ".role' must be system, user or assistant, not " + shown(role) + ".");
    };
  }

  /** Text, or parts that are all text. */
  private static String content(JsonNode content, String field) {
    if (content.isTextual()) {
      return content.textValue();
    }
    StringBuilder text = new StringBuilder();
    boolean parts = content.isArray() && !content.isEmpty();
    for (JsonNode part : content) {
      parts &= part.path("type").asText().equals("text") && part.path("text").isTextual();
      text.append(part.path("text").asText());
    }
    if (!parts) {
      throw ApiException.invalid(
          field + ".content", "'" + field + ".content' must be text or parts of type text.");
    }
    return text.toString();
  }

  private static List<String> stop(JsonNode json) {
    if (isAbsent(json)) {
      return List.of();
    }
    List<String> stop = new ArrayList<>();
    for (JsonNode one : json.isArray() ? json : List.of(json)) {
      if (!one.isTextual() || one.textValue().isEmpty()) {
        throw ApiException.invalid(
            "stop", "'stop' must be a text or a list of texts, none of them empty.");
      }
      stop.add(one.textValue());
    }
    if (stop.size() > MOST_STOPS) {
      throw ApiException.invalid(
          "stop", "'stop' may name " + MOST_STOPS + " texts, not " + stop.size() + ".");
    }
    return stop;
  }

  private static double number(
      JsonNode json, String field, double otherwise, double least, double most) {
    JsonNode value = json.path(field);
    if (isAbsent(value)) {
      return otherwise;
    }
    if (!value.isNumber() || !(value.doubleValue() >= least && value.doubleValue() <= most)) {
      throw ApiException.invalid(
          field,
          "'"
              + field
              + "' must be a number from "
              + least
              + " to "
              + most
              + ", not "
              + shown(value)
              + ".");
    }
    return value.doubleValue();
  }

  private static boolean bool(JsonNode json, String field, String path) {
    JsonNode value = json.path(field);
    if (isAbsent(value)) {
      return false;
    }
    if (!value.isBoolean()) {
      throw ApiException.invalid(
          path, "'" + path + "' must be true or false, not " + shown(value) + ".");
    }
    return value.booleanValue();
  }

  private static boolean isAbsent(JsonNode value) {
    return value.isMissingNode() || value.isNull();
  }

  private static String shown(JsonNode value) {
    String text = value.isMissingNode() ? "missing" : value.toString();
    return text.length() <= 80 ? text : text.substring(0, 80) + "…";
  }
}
