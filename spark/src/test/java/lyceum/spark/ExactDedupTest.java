package lyceum.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.GZIPOutputStream;
import lyceum.core.LyceumException;
import lyceum.data.corpus.Document;
import lyceum.data.corpus.DocumentFile;
import lyceum.data.dedup.ExactDeduplicator;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExactDedupTest {
  private static SparkSession spark;
  @TempDir private Path folder;

  @BeforeAll
  static void open() {
    spark =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", false)
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.sql.shuffle.partitions", 4)
            .getOrCreate();
  }

  @AfterAll
  static void close() throws IOException {
    spark.close();
  }

  @Test
  void run_plantedDuplicates_leavesTheBytesOfTheJavaOperator() throws IOException {
    List<Document> documents = documents(4_000, 700, new SplittableRandom(7));
    Path first = folder.resolve("first part.gz");
    Path second = folder.resolve("second.gz");
    DocumentFile.write(first, documents.subList(0, 1_500));
    DocumentFile.write(second, documents.subList(1_500, documents.size()));
    ExactDeduplicator operator = new ExactDeduplicator();
    Path expected = folder.resolve("expected.gz");
    DocumentFile.write(
        expected,
        documents.stream().filter(document -> operator.isFirst(document.text())).toList());

    Path output = folder.resolve("output.gz");
    ExactDedup.Counts counts = new ExactDedup(spark).run(List.of(first, second), output);

    assertThat(counts).isEqualTo(new ExactDedup.Counts(4_000, 3_300));
    assertThat(output).hasSameBinaryContentAs(expected);
  }

  @Test
  void run_lineWithoutText_isRefusedWithFileAndLine() throws IOException {
    Path broken = folder.resolve("broken.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(broken))) {
      out.write(
          "{\"id\":\"1\",\"source\":\"s\",\"text\":\"t\"}\n{\"id\":\"2\",\"source\":\"s\"}\n"
              .getBytes(StandardCharsets.UTF_8));
    }
    assertThatThrownBy(
            () -> new ExactDedup(spark).run(List.of(broken), folder.resolve("output.gz")))
        .rootCause()
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("broken.gz line 2")
        .hasMessageContaining("no text");
  }

  @Test
  void run_missingFile_isRefused() {
    assertThatThrownBy(
            () ->
                new ExactDedup(spark)
                    .run(List.of(folder.resolve("none.gz")), folder.resolve("output.gz")))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("none.gz");
  }

  /**
   * Distinct texts of any script, then copies of some of them at random places after their firsts.
   */
  private static List<Document> documents(int count, int copies, SplittableRandom random) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < count - copies; i++) {
      texts.add("Text " + i + " ünïcode 文字 🎓 \"quoted\"\n\ttabbed " + random.nextLong());
    }
    for (int i = 0; i < copies; i++) {
      int original = random.nextInt(texts.size());
      texts.add(random.nextInt(original + 1, texts.size() + 1), texts.get(original));
    }
    List<Document> documents = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      documents.add(new Document("d" + i, "planted", texts.get(i)));
    }
    return documents;
  }
}
