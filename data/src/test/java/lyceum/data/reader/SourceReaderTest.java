package lyceum.data.reader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import lyceum.core.LyceumException;
import lyceum.core.recipe.SourceSettings;
import lyceum.core.recipe.SourceSettings.Format;
import lyceum.data.corpus.Document;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourceReaderTest {
  // Fixed, so that the damage done to an archive is the same each time.
  private static final LocalDateTime WHEN = LocalDateTime.of(2026, 1, 1, 0, 0);
  private static final Map<String, String> FILES = new LinkedHashMap<>();

  static {
    FILES.put("a/One.java", "class One {}");
    FILES.put("a/b/Two.java", "class Two { /* ü */ }");
    FILES.put(
        "a/data.jsonl",
        "{\"q\":\"Why?\",\"n\":{\"t\":[\"x\",\"y\"]}}\r\n\n{\"q\":\"How?\",\"n\":{\"t\":[\"z\"]}}");
    FILES.put("readme.txt", "read me");
  }

  @TempDir Path folder;

  @Test
  void forEach_zip_textEntriesByGlob() throws IOException {
    assertThat(read(zip(FILES), text("**.java", 10)))
        .containsExactly(
            new Document("a/One.java", "s", "class One {}"),
            new Document("a/b/Two.java", "s", "class Two { /* ü */ }"));
  }

  @Test
  void forEach_tarGz_sameAsZip() throws IOException {
    assertThat(read(tarGz(FILES), text("**.java", 10)))
        .isEqualTo(read(zip(FILES), text("**.java", 10)));
  }

  @Test
  void forEach_jsonLines_fillTheTemplate() throws IOException {
    assertThat(read(zip(FILES), json("a/data.jsonl", "{q} {n.t} {{{n.t.0}}}")).getFirst())
        .isEqualTo(new Document("a/data.jsonl:1", "s", "Why? x\ny {x}"));
    assertThat(read(zip(FILES), json("**.jsonl", "{q}")))
        .extracting(Document::id)
        .containsExactly("a/data.jsonl:1", "a/data.jsonl:3");
  }

  @Test
  void forEach_jsonLines_fieldOfEachElement() throws IOException {
    Path file =
        write(
            "turns.jsonl",
            "{\"turns\":[{\"text\":\"a\"},{\"text\":null},{\"text\":3}]}"
                .getBytes(StandardCharsets.UTF_8));
    assertThat(read(file, json("**", "{turns.text}")).getFirst().text()).isEqualTo("a\n\n3");
  }

  @Test
  void forEach_plainAndGzipFile() throws IOException {
    byte[] bytes = "{\"q\":1}\n{\"q\":2}\n".getBytes(StandardCharsets.UTF_8);
    Path packed = folder.resolve("x.jsonl.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
      out.write(bytes);
    }
    assertThat(read(write("x.jsonl", bytes), json("**", "{q}")))
        .isEqualTo(read(packed, json("**", "{q}")))
        .hasSize(2);
  }

  @Test
  void forEach_stopsAtTheLimit() throws IOException {
    assertThat(read(zip(FILES), text("**", 2))).hasSize(2);
  }

  @Test
  void forEach_brokenLine_namesFileAndLine() throws IOException {
    Path file = write("bad.jsonl", "{\"q\":1}\n{\"q\":\n".getBytes(StandardCharsets.UTF_8));
    refused(file, json("**", "{q}"), "bad.jsonl line 2");
  }

  @Test
  void forEach_missingField_namesTheFieldsThereAre() throws IOException {
    refused(
        zip(FILES), json("a/data.jsonl", "{passage}"), "no field 'passage'", "[q, n]", "line 1");
  }

  @Test
  void forEach_fileThatIsNotUtf8_isLeftOut() throws IOException {
    Path both = folder.resolve("both.zip");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(both))) {
      zip.putNextEntry(new ZipEntry("latin1.txt"));
      zip.write("caf\u00e9".getBytes(StandardCharsets.ISO_8859_1));
      zip.putNextEntry(new ZipEntry("utf8.txt"));
      zip.write("caf\u00e9".getBytes(StandardCharsets.UTF_8));
    }
    assertThat(read(both, text("**", 10))).extracting(Document::id).containsExactly("utf8.txt");
    refused(both, text("latin1.*", 10), "not UTF-8");
  }

  @Test
  void forEach_nothingMatches() throws IOException {
    refused(zip(FILES), text("**.md", 10), "no file", "**.md");
    refused(zip(FILES), text("[", 10), "not a glob");
  }

  @Test
  void forEach_entryThatClimbsOut_isRefused() throws IOException {
    refused(zip(Map.of("../../etc/passwd", "x")), text("**", 10), "points outside");
    refused(zip(Map.of("/etc/passwd", "x")), text("**", 10), "points outside");
  }

  @Test
  void forEach_bomb_isRefused() throws IOException {
    Path file = folder.resolve("bomb.gz");
    byte[] line = (" ".repeat((1 << 16) - 1) + "\n").getBytes(StandardCharsets.UTF_8);
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      for (int i = 0; i < 5000; i++) {
        out.write(line);
      }
    }
    refused(file, json("**", "{q}"), "unpacks to more than");
  }

  @Test
  void forEach_damagedArchive_isRefused() throws IOException {
    for (Path archive : List.of(zip(FILES), tarGz(FILES))) {
      byte[] bytes = Files.readAllBytes(archive);
      Random random = new Random(3);
      for (int i = 0; i < 300; i++) {
        byte[] damaged = Arrays.copyOf(bytes, 4 + random.nextInt(bytes.length - 3));
        damaged[3 + random.nextInt(damaged.length - 3)] ^= (byte) (1 + random.nextInt(255));
        Path file = write("damaged", damaged);
        try {
          SourceReader.forEach(file, text("**", 10), document -> {});
        } catch (LyceumException e) {
          assertThat(e).hasMessageContaining("Source 's'");
        }
      }
    }
  }

  @Test
  void forEach_entryWithoutAName_isNoDocument() throws IOException {
    refused(zip(Map.of("", "x")), text("**", 10), "no file");
  }

  private static List<Document> read(Path content, SourceSettings source) {
    List<Document> documents = new ArrayList<>();
    assertThat(SourceReader.forEach(content, source, documents::add)).isEqualTo(documents.size());
    return documents;
  }

  private static void refused(Path content, SourceSettings source, String... parts) {
    assertThatThrownBy(() -> read(content, source))
        .isInstanceOf(LyceumException.class)
        .hasMessageContainingAll(parts);
  }

  private static SourceSettings text(String entries, int limit) {
    return new SourceSettings(
        "s", URI.create("file:x"), "0".repeat(64), entries, Format.TEXT, "", "CC0-1.0", limit);
  }

  private static SourceSettings json(String entries, String template) {
    return new SourceSettings(
        "s", URI.create("file:x"), "0".repeat(64), entries, Format.JSONL, template, "CC0-1.0", 100);
  }

  private Path write(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }

  private Path zip(Map<String, String> files) throws IOException {
    Path archive = folder.resolve("a.whl");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(archive))) {
      for (Map.Entry<String, String> file : files.entrySet()) {
        ZipEntry entry = new ZipEntry(file.getKey());
        entry.setTimeLocal(WHEN);
        zip.putNextEntry(entry);
        zip.write(file.getValue().getBytes(StandardCharsets.UTF_8));
      }
    }
    return archive;
  }

  private Path tarGz(Map<String, String> files) throws IOException {
    Path archive = folder.resolve("a.tgz");
    try (TarArchiveOutputStream tar =
        new TarArchiveOutputStream(new GZIPOutputStream(Files.newOutputStream(archive)))) {
      for (Map.Entry<String, String> file : files.entrySet()) {
        byte[] bytes = file.getValue().getBytes(StandardCharsets.UTF_8);
        TarArchiveEntry entry = new TarArchiveEntry(file.getKey());
        entry.setSize(bytes.length);
        entry.setModTime(0);
        tar.putArchiveEntry(entry);
        tar.write(bytes);
        tar.closeArchiveEntry();
      }
    }
    return archive;
  }
}
