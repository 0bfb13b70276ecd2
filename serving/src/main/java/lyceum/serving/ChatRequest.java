package lyceum.serving;

import static lyceum.serving.JsonFields.bool;
import static lyceum.serving.JsonFields.integer;
import static lyceum.serving.JsonFields.isAbsent;
import static lyceum.serving.JsonFields.shown;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lyceum.data.tokenizer.ChatMessage;

/**
 * A chat completion that is asked for.
 *
 * @param messages roles that the chat template has; tools' results are user turns already
 * @param alternatives likeliest tokens reported beside each token; -1: no log-probabilities
 * @param json whether the answer must be a JSON object
 * @param conversation the id under which the messages before these are kept
 * @param truncate whether the oldest messages may be left out where all do not fit
 */
record ChatRequest(
    Options options,
    List<ChatMessage> messages,
    int alternatives,
    boolean json,
    Tools tools,
    Optional<String> conversation,
    boolean truncate) {
  /**
   * Enough for an answer of a tiny model, short enough that one which does not find its end stops
   * soon.
   */
  static final int DEFAULT_MAX_TOKENS = 256;

  private static final int MOST_ALTERNATIVES = 20;

  /**
   * Reads a request's body.
   *
   * @throws ApiException 400 that names the field
   */
  static ChatRequest parse(byte[] body) {
    JsonNode json = JsonFields.object(body);
    Options options = Options.parse(json, maxTokens(json));
    Tools tools = Tools.parse(json);
    List<ChatMessage> messages = messages(json.path("messages"));
    Optional<String> conversation = conversation(json.path("conversation"));
    if (conversation.isPresent() && options.choices() > 1) {
      throw ApiException.invalid("n", "A conversation goes on with one answer; 'n' must be 1.");
    }
    return new ChatRequest(
        options,
        tools.introduced(messages),
        alternatives(json),
        jsonFormat(json.path("response_format")),
        tools,
        conversation,
        truncates(json.path("truncation"), conversation.isPresent()));
  }

  private static int maxTokens(JsonNode json) {
    long older = integer(json, "max_tokens", DEFAULT_MAX_TOKENS, 1, Integer.MAX_VALUE);
    return (int) integer(json, "max_completion_tokens", older, 1, Integer.MAX_VALUE);
  }

  private static int alternatives(JsonNode json) {
    boolean wanted = bool(json, "logprobs", "logprobs");
    int count = (int) integer(json, "top_logprobs", 0, 0, MOST_ALTERNATIVES);
    if (count > 0 && !wanted) {
      throw ApiException.invalid("top_logprobs", "'top_logprobs' needs 'logprobs' to be true.");
    }
    return wanted ? count : -1;
  }

  private static boolean jsonFormat(JsonNode format) {
    if (isAbsent(format)) {
      return false;
    }
    return switch (format.path("type").asText()) {
      case "text" -> false;
      case "json_object" -> true;
      default ->
          throw ApiException.invalid(
              "response_format",
              "'response_format' can be text or json_object, not "
                  + shown(format.path("type"))
                  + ".");
    };
  }

  private static Optional<String> conversation(JsonNode json) {
    if (isAbsent(json)) {
      return Optional.empty();
    }
    String id = json.isObject() ? json.path("id").asText() : json.asText();
    if (!id.matches("[A-Za-z0-9._-]{1,128}")) {
      throw ApiException.invalid(
          "conversation",
          "'conversation' must be an id of up to 128 letters, digits, '.', '_' and '-', not "
              + shown(json)
              + ".");
    }
    return Optional.of(id);
  }

  private static boolean truncates(JsonNode json, boolean otherwise) {
    if (isAbsent(json)) {
      return otherwise;
    }
    return switch (json.asText()) {
      case "auto" -> true;
      case "disabled" -> false;
      default ->
          throw ApiException.invalid(
              "truncation", "'truncation' is auto or disabled, not " + shown(json) + ".");
    };
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
      messages.add(message(message, field));
    }
    return messages;
  }

  private static ChatMessage message(JsonNode message, String field) {
    return switch (message.path("role").asText()) {
      case "system", "developer" ->
          new ChatMessage(ChatMessage.Role.SYSTEM, content(message.path("content"), field));
      case "user" ->
          new ChatMessage(ChatMessage.Role.USER, content(message.path("content"), field));
      case "tool" ->
          new ChatMessage(
              ChatMessage.Role.USER, Tools.result(content(message.path("content"), field)));
      case "assistant" -> {
        String calls = Tools.calls(message.path("tool_calls"), field + ".tool_calls");
        boolean silent = isAbsent(message.path("content")) && !calls.isEmpty();
        yield new ChatMessage(
            ChatMessage.Role.ASSISTANT,
            (silent ? "" : content(message.path("content"), field)) + calls);
      }
      default ->
          throw ApiException.invalid(
              field + ".role",
              "'"
                  + field
                  + ".role' must be system, user, assistant or tool, not "
                  + shown(message.path("role"))
                  + ".");
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
}
