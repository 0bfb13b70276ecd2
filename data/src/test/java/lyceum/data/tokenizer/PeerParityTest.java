package lyceum.data.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lyceum.core.recipe.TokenizerSettings;
import lyceum.data.tokenizer.ChatMessage.Role;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Our files in other hands. Runs where the environment variable LYCEUM_PEERS names a Python with
 * tokenizers and transformers.
 */
class PeerParityTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  @TempDir static Path directory;
  private static BpeTokenizer tokenizer;
  private static List<String> texts;
  private static List<List<ChatMessage>> chats;
  private static JsonNode answers;

  @BeforeAll
  static void askPeer() throws Exception {
    String python = System.getenv("LYCEUM_PEERS");
    assumeTrue(
        python != null, "LYCEUM_PEERS does not name a Python with tokenizers and transformers");
    texts = new ArrayList<>(sources());
    tokenizer = BpeTrainer.train(texts, new TokenizerSettings(3000, 4_000_000));
    texts.addAll(nastyTexts());
    chats =
        List.of(
            List.of(new ChatMessage(Role.USER, "Hello! Who are you?")),
            List.of(
                new ChatMessage(Role.SYSTEM, "Be kind."),
                new ChatMessage(Role.USER, "  two\n\nlines \t"),
                new ChatMessage(
                    Role.ASSISTANT, "\"I'll\" — 12+30=42\u00a0\uD83D\uDC69\u200D\uD83D\uDD2C "),
                new ChatMessage(Role.USER, "")));
    Files.writeString(directory.resolve("tokenizer.json"), tokenizer.toJson());
    Files.writeString(
        directory.resolve("tokenizer_config.json"), ChatTemplate.tokenizerConfigJson());
    answers = ask(python);
  }

  @Test
  void encode_givesTheIdsOfTheReference() {
    for (int i = 0; i < texts.size(); i++) {
      assertThat(tokenizer.encode(texts.get(i)))
          .as("text %d: %.80s", i, texts.get(i))
          .isEqualTo(ids("ids", i));
    }
  }

  @Test
  void decode_givesTheTextOfTheReference() {
    for (int i = 0; i < texts.size(); i++) {
      assertThat(tokenizer.decode(ids("ids", i))).isEqualTo(answers.get("decoded").get(i).asText());
    }
  }

  @Test
  void chatTemplate_jinjaGivesOurIds() {
    for (int i = 0; i < chats.size(); i++) {
      assertThat(ChatTemplate.encode(tokenizer, chats.get(i)).ids()).isEqualTo(ids("chatIds", i));
      assertThat(ChatTemplate.prompt(tokenizer, chats.get(i))).isEqualTo(ids("prompts", i));
    }
    assertThat(answers.get("chatTexts").get(0).asText())
        .isEqualTo("<|bos|><|user|>Hello! Who are you?<|end|>");
  }

  private static int[] ids(String field, int i) {
    return JSON.convertValue(answers.get(field).get(i), int[].class);
  }

  /** The Java sources of this repository: code, prose and tables, some hundred kilobytes. */
  static List<String> sources() throws Exception {
    try (Stream<Path> files = Files.walk(Path.of(".."))) {
      List<String> sources = new ArrayList<>();
      for (Path file :
          files.filter(f -> f.toString().matches(".*/src/.*\\.(java|txt|py)")).sorted().toList()) {
        sources.add(Files.readString(file));
      }
      return sources;
    }
  }

  static List<String> nastyTexts() {
    List<String> nasty =
        new ArrayList<>(
            List.of(
                "",
                " ",
                "   \n\n \t x\r\n\r\n  y   ",
                "don't DON'T they'Ll we'VE I'\u017f '\u017ft 'LL'll",
                "3.14159, 1,000,000 \u0661\u0662\u0663 \u00bd \u216b x\u00b2",
                "a\u00a0b\u2003c\u3000d\u2028e\u0085f\u200bg\u180eh\u000bi\u001cj\u001fk",
                "e\u0301\u0302\u0303 \u1100\u1161\u11a8 \u0e01\u0e33 \u0915\u094d\u0937",
                "\uD83D\uDC68\u200D\uD83D\uDC69\u200D\uD83D\uDC67 \uD83C\uDFF3\uFE0F\u200D\uD83C\uDF08 \uD835\uDD4F\uD835\uDFD8",
                "<|bos|>x<|end|> <|user|><|pad|> <|end|",
                "\u0000\u0001\u007f\u0080\u009f\ufeff\ufffd\uffff",
                "a".repeat(5000) + " ".repeat(3000) + "!".repeat(3000) + "\n".repeat(1000),
                "\u4f60\u597d\uff0c\u4e16\u754c\u3002\u3053\u3093\u306b\u3061\u306f \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627"));
    // Characters of all planes among all kinds of neighbours. What one Unicode version leaves
    // unassigned, the next calls a letter.
    Random random = new Random(7);
    for (int i = 0; i < 2000; i++) {
      nasty.add(
          random
              .ints(0, 0x110000)
              .map(
                  c ->
                      random.nextInt(3) == 0
                          ? " \n\r\t'a1Z.\u00a0\u00e9".codePointAt(random.nextInt(11))
                          : c >> random.nextInt(14))
              .filter(c -> Character.isDefined(c) && Character.getType(c) != Character.SURROGATE)
              .limit(40)
              .mapToObj(Character::toString)
              .collect(Collectors.joining()));
    }
    return nasty;
  }

  private static JsonNode ask(String python) throws Exception {
    ObjectNode question = JSON.createObjectNode().put("directory", directory.toString());
    question.set("texts", JSON.valueToTree(texts));
    ArrayNode askedChats = question.putArray("chats");
    for (List<ChatMessage> chat : chats) {
      ArrayNode messages = askedChats.addArray();
      chat.forEach(
          message ->
              messages
                  .addObject()
                  .put("role", message.role().noun())
                  .put("content", message.content()));
    }
    return ask(python, "peer.py", question, directory);
  }

  /** What a script beside this class answers. */
  static JsonNode ask(String python, String name, JsonNode question, Path directory)
      throws Exception {
    Path asked = directory.resolve("question.json");
    Path answered = directory.resolve("answer.json");
    Files.writeString(asked, question.toString());
    String script;
    try (InputStream in = Objects.requireNonNull(PeerParityTest.class.getResourceAsStream(name))) {
      script = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    Path log = directory.resolve("log.txt");
    Process peer =
        new ProcessBuilder(python, "-c", script)
            .redirectInput(asked.toFile())
            .redirectOutput(answered.toFile())
            .redirectError(log.toFile())
            .start();
    assertThat(peer.waitFor(3, TimeUnit.MINUTES))
        .as("the peer answers within three minutes")
        .isTrue();
    assertThat(peer.exitValue()).as(() -> read(log)).isZero();
    return JSON.readTree(answered.toFile());
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (java.io.IOException e) {
      return e.toString();
    }
  }
}
