package lyceum.bench.learn;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import lyceum.core.LyceumException;
import lyceum.data.corpus.Document;
import lyceum.data.corpus.Split;
import lyceum.data.dedup.ExactDeduplicator;

/**
 * The text files below a folder, each a document: plain ones, XML without its tags, the {@code
 * passage} of each line of JSON, and Java sources in jars. The folder below the given one is the
 * source. Equal documents are taken once. Held out is what the digest of a text says, as in the
 * corpus stage, and of a long one only its beginning is measured.
 *
 * @param train documents to learn from, in the order of their paths
 * @param heldOut the others, shuffled
 */
record TextFolder(List<Document> train, List<Document> heldOut) {
  private static final Set<String> PLAIN = Set.of("txt", "md", "rst", "py", "java");
  private static final double HELD_OUT = 0.02;
  private static final int HELD_OUT_CHARACTERS = 20_000;
  private static final JsonMapper JSON = new JsonMapper();

  static TextFolder read(Path folder) {
    List<Document> documents = new ArrayList<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        Path below = folder.relativize(file);
        if (!file.getFileName().toString().equals("SOURCE.txt")) {
          read(file, below.getName(0).toString(), below.toString(), documents);
        }
      }
    } catch (IOException e) {
      throw LyceumException.user("Cannot read the text in " + folder + ": " + e, e);
    }
    ExactDeduplicator deduplicator = new ExactDeduplicator();
    List<Document> train = new ArrayList<>();
    List<Document> heldOut = new ArrayList<>();
    for (Document document : documents) {
      if (!document.text().isBlank() && deduplicator.isFirst(document.text())) {
        if (Split.isValidation(document.text(), HELD_OUT)) {
          heldOut.add(beginning(document));
        } else {
          train.add(document);
        }
      }
    }
    if (train.isEmpty() || heldOut.isEmpty()) {
      throw LyceumException.user(
          folder
              + " has "
              + train.size()
              + " documents to learn from and "
              + heldOut.size()
              + " to measure on; both must be more than 0.");
    }
    SplittableRandom random = new SplittableRandom(1);
    for (int i = heldOut.size() - 1; i > 0; i--) {
      heldOut.set(i, heldOut.set(random.nextInt(i + 1), heldOut.get(i)));
    }
    return new TextFolder(List.copyOf(train), List.copyOf(heldOut));
  }

  /** The first of the held-out documents, as many as have so many characters together. */
  List<Document> heldOut(int characters) {
    List<Document> some = new ArrayList<>();
    int had = 0;
    for (Document document : heldOut) {
      if (had < characters) {
        some.add(document);
        had += document.text().length();
      }
    }
    return some;
  }

  private static Document beginning(Document document) {
    String text = document.text();
    int end = Math.min(text.length(), HELD_OUT_CHARACTERS);
    return new Document(
        document.id(),
        document.source(),
        text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end));
  }

  private static void read(Path file, String source, String id, List<Document> into)
      throws IOException {
    String ending = id.substring(id.lastIndexOf('.') + 1);
    if (PLAIN.contains(ending)) {
      into.add(new Document(id, source, text(Files.readAllBytes(file))));
    } else if (ending.equals("xml")) {
      String body = text(Files.readAllBytes(file)).replaceAll("<[^>]*>", "");
      into.add(
          new Document(
              id,
              source,
              body.replace("&lt;", "<")
                  .replace("&gt;", ">")
                  .replace("&quot;", "\"")
                  .replace("&apos;", "'")
                  .replace("&amp;", "&")));
    } else if (ending.equals("jsonl")) {
      int line = 0;
      for (String json : text(Files.readAllBytes(file)).split("\n", -1)) {
        line++;
        JsonNode passage = json.isBlank() ? null : JSON.readTree(json).path("passage");
        if (passage != null && passage.isTextual()) {
          into.add(new Document(id + ":" + line, source, passage.asText()));
        }
      }
    } else if (ending.equals("jar")) {
      try (ZipFile jar = new ZipFile(file.toFile())) {
        for (ZipEntry entry : jar.stream().filter(e -> e.getName().endsWith(".java")).toList()) {
          into.add(
              new Document(
                  id + "!" + entry.getName(),
                  source,
                  text(jar.getInputStream(entry).readAllBytes())));
        }
      }
    }
  }

  /** What is no UTF-8 is read as far as it is. */
  private static String text(byte[] bytes) throws IOException {
    return StandardCharsets.UTF_8
        .newDecoder()
        .onMalformedInput(CodingErrorAction.REPLACE)
        .decode(ByteBuffer.wrap(bytes))
        .toString();
  }
}
