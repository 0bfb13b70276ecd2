package lyceum.bench.tokenizer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import lyceum.core.LyceumException;
import lyceum.core.Sha256;
import lyceum.core.recipe.SourceSettings;
import lyceum.data.reader.SourceReader;

/** The documents that all contestants work on. */
final class Texts {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Texts() {}

  /**
   * Documents of files, archives and folders. A UTF-8 file is a document; where its name ends in
   * {@code .jsonl}, the strings of each line's object are one. Other files are left out.
   *
   * @param most bytes of UTF-8 after which no more are taken; a document goes in whole or not at
   *     all
   * @throws LyceumException of category USER when there is no text
   */
  static List<String> read(List<Path> from, long most) {
    List<String> texts = new ArrayList<>();
    long[] bytes = {0};
    for (Path file : files(from)) {
      SourceReader.forEach(
          file,
          source(file),
          document -> {
            boolean lines = document.id().endsWith(".jsonl") || file.toString().endsWith(".jsonl");
            for (String text : lines ? records(document.text()) : List.of(document.text())) {
              long size = text.getBytes(StandardCharsets.UTF_8).length;
              if (size > 0 && bytes[0] + size <= most) {
                bytes[0] += size;
                texts.add(text);
              }
            }
          });
    }
    if (texts.isEmpty()) {
      throw LyceumException.user("There is no UTF-8 text in " + from + ". Name others: --corpus.");
    }
    return texts;
  }

  private static List<Path> files(List<Path> from) {
    List<Path> files = new ArrayList<>();
    for (Path path : from) {
      try (Stream<Path> found = Files.walk(path)) {
        found.filter(Files::isRegularFile).sorted().forEach(files::add);
      } catch (IOException e) {
        throw LyceumException.user("Cannot read the corpus " + path + ": " + e, e);
      }
    }
    return files;
  }

  private static SourceSettings source(Path file) {
    return new SourceSettings(
        "corpus",
        URI.create("file:///corpus"),
        Sha256.of(file.toString()),
        "**",
        SourceSettings.Format.TEXT,
        "",
        "NONE",
        Integer.MAX_VALUE);
  }

  private static List<String> records(String lines) {
    return lines.lines().map(Texts::strings).toList();
  }

  private static String strings(String line) {
    try {
      return StreamSupport.stream(JSON.readTree(line).spliterator(), false)
          .filter(JsonNode::isTextual)
          .map(JsonNode::textValue)
          .collect(Collectors.joining("\n"));
    } catch (JsonProcessingException e) {
      return line;
    }
  }

  /** A JSON string a line, which every contestant can read. */
  static void write(Path file, List<String> texts) {
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      for (String text : texts) {
        out.write(JSON.writeValueAsString(text));
        out.write('\n');
      }
    } catch (IOException e) {
      throw LyceumException.resource("Cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  /** What {@link #write} wrote. */
  static List<String> readBack(Path file) throws IOException {
    try (BufferedReader in = Files.newBufferedReader(file)) {
      List<String> texts = new ArrayList<>();
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        texts.add(JSON.readValue(line, String.class));
      }
      return texts;
    }
  }
}
