package lyceum.serving;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lyceum.data.tokenizer.ChatMessage;
import lyceum.data.tokenizer.ChatMessage.Role;

/**
 * The functions that a model may call, in the text form that many open models are trained on: they
 * are listed in the system message, a call is {@code <tool_call>{"name": …, "arguments":
 * {…}}</tool_call>} in the answer, and its result comes back between {@code <tool_response>} tags.
 *
 * @param functions as the request describes them
 * @param choice what the request says of calling
 * @param forced names of which one must be called; empty where none must
 * @param builtIn whether the server works the calculator's calls out itself
 */
record Tools(List<JsonNode> functions, Choice choice, List<String> forced, boolean builtIn) {
  /** What a request says of calling. */
  enum Choice {
    NONE,
    AUTO,
    REQUIRED
  }

  static final Tools NO_TOOLS = new Tools(List.of(), Choice.NONE, List.of(), false);

  /** Name of the tool that the server itself has. */
  static final String CALCULATOR = "calculator";

  /** Calls in a row that the server works out for one answer. */
  static final int MOST_ROUNDS = 8;

  static final byte[] CALL_END = "}</tool_call>".getBytes(StandardCharsets.US_ASCII);

  private static final Pattern CALL =
      Pattern.compile("<tool_call>(.*?)</tool_call>", Pattern.DOTALL);

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");

  private static final JsonNode CALCULATOR_FUNCTION =
      JsonFields.object(
          """
          {"name": "calculator",
           "description": "Works out an arithmetic expression of numbers, + - * / and brackets.",
           "parameters": {"type": "object",
                          "properties": {"expression": {"type": "string"}},
                          "required": ["expression"]}}
          """
              .getBytes(StandardCharsets.UTF_8));

  /** A call found in an answer. */
  record Call(String name, JsonNode arguments) {
    /** As the API shows it. */
    ObjectNode json(String id) {
      ObjectNode json = JsonNodeFactory.instance.objectNode();
      json.put("id", id);
      json.put("type", "function");
      json.putObject("function").put("name", name).put("arguments", arguments.toString());
      return json;
    }
  }

  /** An answer in two parts. */
  record Parsed(String content, List<Call> calls) {}

  static Tools parse(JsonNode json) {
    if (!json.path("functions").isEmpty()) {
      throw ApiException.invalid("functions", "'functions' is of old; send them as 'tools'.");
    }
    JsonNode tools = json.path("tools");
    if (JsonFields.isAbsent(tools) || tools.isEmpty()) {
      return NO_TOOLS;
    }
    if (!tools.isArray()) {
      throw ApiException.invalid("tools", "'tools' must be a list.");
    }
    List<JsonNode> functions = new ArrayList<>();
    boolean builtIn = false;
    for (int i = 0; i < tools.size(); i++) {
      String field = "tools[" + i + "]";
      JsonNode tool = tools.get(i);
      switch (tool.path("type").asText()) {
        case CALCULATOR -> {
          builtIn = true;
          functions.add(CALCULATOR_FUNCTION);
        }
        case "function" -> {
          JsonNode function = tool.path("function");
          if (!NAME.matcher(function.path("name").asText()).matches()) {
            throw ApiException.invalid(
                field + ".function.name",
                "'" + field + ".function.name' must be 1 to 64 letters, digits, '_' and '-'.");
          }
          functions.add(function);
        }
        default ->
            throw ApiException.invalid(
                field + ".type",
                "'"
                    + field
                    + ".type' must be function, or calculator for the built-in one, not "
                    + JsonFields.shown(tool.path("type"))
                    + ".");
      }
    }
    List<String> names = functions.stream().map(f -> f.path("name").asText()).toList();
    JsonNode choice = json.path("tool_choice");
    if (choice.isObject()) {
      String name = choice.path("function").path("name").asText();
      if (!names.contains(name)) {
        throw ApiException.invalid("tool_choice", "There is no tool '" + name + "' in 'tools'.");
      }
      return new Tools(functions, Choice.REQUIRED, List.of(name), builtIn);
    }
    return switch (choice.asText("auto")) {
      case "none" -> NO_TOOLS;
      case "auto", "null" -> new Tools(functions, Choice.AUTO, List.of(), builtIn);
      case "required" -> new Tools(functions, Choice.REQUIRED, names, builtIn);
      default ->
          throw ApiException.invalid(
              "tool_choice",
              "'tool_choice' is none, auto, required or a function, not "
                  + JsonFields.shown(choice)
                  + ".");
    };
  }

  /** The messages with the tools in the system message. */
  List<ChatMessage> introduced(List<ChatMessage> messages) {
    if (functions.isEmpty()) {
      return messages;
    }
    StringBuilder text = new StringBuilder();
    text.append("You may call these functions:\n<tools>\n");
    functions.forEach(function -> text.append(function).append('\n'));
    text.append(
        "</tools>\nA call is <tool_call>{\"name\": NAME, \"arguments\": OBJECT}</tool_call>.");
    List<ChatMessage> introduced = new ArrayList<>(messages);
    if (introduced.getFirst().role() == Role.SYSTEM) {
      ChatMessage first = introduced.removeFirst();
      introduced.addFirst(new ChatMessage(Role.SYSTEM, first.content() + "\n\n" + text));
    } else {
      introduced.addFirst(new ChatMessage(Role.SYSTEM, text.toString()));
    }
    return introduced;
  }

  /** What a forced call may begin with, one a function. */
  List<byte[]> openings() {
    return forced.stream()
        .map(
            name ->
                ("<tool_call>{\"name\": \"" + name + "\", \"arguments\": ")
                    .getBytes(StandardCharsets.US_ASCII))
        .toList();
  }

  /** Parts an answer from the calls in it; what only looks like a call stays text. */
  Parsed parsed(String answer) {
    List<Call> calls = new ArrayList<>();
    StringBuilder content = new StringBuilder();
    Matcher matcher = CALL.matcher(answer);
    int from = 0;
    while (matcher.find()) {
      Optional<Call> call = call(matcher.group(1));
      if (call.isPresent()) {
        content.append(answer, from, matcher.start());
        from = matcher.end();
        calls.add(call.get());
      }
    }
    content.append(answer, from, answer.length());
    return new Parsed(calls.isEmpty() ? answer : content.toString().strip(), calls);
  }

  private Optional<Call> call(String text) {
    return JsonFields.parsed(text)
        .filter(json -> json.path("arguments").isObject())
        .filter(
            json ->
                functions.stream()
                    .anyMatch(f -> f.path("name").asText().equals(json.path("name").asText())))
        .map(json -> new Call(json.path("name").asText(), json.path("arguments")));
  }

  /** The calculator's answer to a call, as text for the model. */
  static String calculated(Call call) {
    String expression = call.arguments.path("expression").asText();
    return Calculator.calculate(expression).orElse("This is not an arithmetic expression.");
  }

  /** A tool's result as a user's turn. */
  static String result(String content) {
    return "<tool_response>" + content + "</tool_response>";
  }

  /** Calls of an assistant's earlier message as its text. */
  static String calls(JsonNode calls, String field) {
    if (JsonFields.isAbsent(calls)) {
      return "";
    }
    if (!calls.isArray()) {
      throw ApiException.invalid(field, "'" + field + "' must be a list.");
    }
    StringBuilder text = new StringBuilder();
    for (JsonNode call : calls) {
      JsonNode function = call.path("function");
      Optional<JsonNode> arguments =
          JsonFields.parsed(function.path("arguments").asText()).filter(JsonNode::isObject);
      if (!NAME.matcher(function.path("name").asText()).matches() || arguments.isEmpty()) {
        throw ApiException.invalid(
            field,
            "'" + field + "' must name a function with arguments that are a JSON object in text.");
      }
      text.append("<tool_call>{\"name\": \"")
          .append(function.path("name").asText())
          .append("\", \"arguments\": ")
          .append(arguments.get())
          .append("}</tool_call>");
    }
    return text.toString();
  }

  /** As the API shows them. */
  static ArrayNode json(List<Call> calls, String requestId) {
    ArrayNode json = JsonNodeFactory.instance.arrayNode();
    for (int i = 0; i < calls.size(); i++) {
      json.add(calls.get(i).json("call_" + requestId.substring(requestId.length() - 12) + "_" + i));
    }
    return json;
  }
}
