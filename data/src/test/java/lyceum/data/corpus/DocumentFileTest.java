package lyceum.data.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import lyceum.core.LyceumException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DocumentFileTest {
  private static final List<Document> DOCUMENTS =
      List.of(
          new Document("a.txt", "first", "one\ntwo \"quoted\" \\ \u2028 \uD83D\uDE00"),
          new Document("b.jsonl:7", "second", ""));
  @TempDir Path folder;

  @Test
  void write_readsBackAndSameDocumentsSameBytes() throws IOException {
    Path a = folder.resolve("a.jsonl.gz");
    Path b = folder.resolve("b.jsonl.gz");
    DocumentFile.write(a, DOCUMENTS);
    DocumentFile.write(b, DOCUMENTS);
    assertThat(read(a)).isEqualTo(DOCUMENTS);
    assertThat(Files.readAllBytes(a)).isEqualTo(Files.readAllBytes(b));
    assertThat(Arrays.copyOfRange(Files.readAllBytes(a), 4, 8))
        .as("time in the gzip header")
        .containsOnly(0);
  }

  @Test
  void forEach_brokenLine_namesFileAndLine() throws IOException {
    Path file = folder.resolve("broken.gz");
    gzip(file, "{\"id\":\"1\",\"source\":\"s\",\"text\":\"x\"}\n{\"id\":\"2\",\"source\":\"s\"}\n");
    assertThatThrownBy(() -> read(file))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("broken.gz line 2")
        .hasMessageContaining("text");
  }

  @Test
  void forEach_cutShortAnywhere_isRefused() throws IOException {
    Path file = folder.resolve("cut.gz");
    DocumentFile.write(file, DOCUMENTS);
    byte[] bytes = Files.readAllBytes(file);
    for (int length = 0; length < bytes.length; length++) {
      Files.write(file, Arrays.copyOf(bytes, length));
      assertThatThrownBy(() -> read(file))
          .isInstanceOf(LyceumException.class)
          .hasMessageContaining("cut.gz");
    }
  }

  @Test
  void isValidation_takesAboutTheFractionByTextAlone() {
    long taken =
        IntStream.range(0, 10_000).filter(i -> Split.isValidation("text " + i, 0.1)).count();
    assertThat(taken).isBetween(900L, 1100L);
    assertThat(IntStream.range(0, 1000).filter(i -> Split.isValidation("t" + i, 0.1)))
        .as("what a small fraction takes, a larger takes too")
        .allMatch(i -> Split.isValidation("t" + i, 0.2));
  }

  private static List<Document> read(Path file) {
    List<Document> documents = new ArrayList<>();
    DocumentFile.forEach(file, documents::add);
    return documents;
  }

  private static void gzip(Path file, String text) throws IOException {
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
  }
}
