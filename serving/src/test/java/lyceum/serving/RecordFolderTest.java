package lyceum.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import lyceum.core.LyceumException;
import lyceum.core.Sha256;
import lyceum.serving.ExchangeLog.Kind;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordFolderTest {
  private static final RecordFolder.Limits LIMITS =
      new RecordFolder.Limits(Duration.ofMinutes(1), 100_000);

  @TempDir Path folder;
  private FolderStore store;
  private Instant now = Instant.parse("2026-11-22T23:58:30Z");

  @BeforeEach
  void makeStore() throws IOException {
    store = new FolderStore(Files.createDirectories(folder.resolve("store")));
  }

  private RecordFolder open() {
    return RecordFolder.open(folder.resolve("log"), Optional.of(store), () -> now, LIMITS);
  }

  private static ObjectNode entry(String id) {
    return JsonNodeFactory.instance.objectNode().put("id", id);
  }

  private List<String> stored(String kind) {
    List<String> lines = new ArrayList<>();
    for (String name : store.listDocuments("feedback/")) {
      byte[] bytes = store.getDocument(name).orElseThrow();
      assertThat(name)
          .matches(
              "feedback/\\d{4}-\\d\\d-\\d\\d/(exchanges|feedback)-" + Sha256.of(bytes) + ".jsonl");
      if (name.contains("/" + kind + "-")) {
        new String(bytes, StandardCharsets.UTF_8).lines().forEach(lines::add);
      }
    }
    return lines;
  }

  @Test
  void tick_closesWhatIsOldOrOfYesterdayAndShipsIt() {
    try (RecordFolder records = open()) {
      records.append(Kind.EXCHANGES, entry("a"));
      records.tick();
      assertThat(stored("exchanges")).isEmpty();
      now = now.plusSeconds(60);
      records.append(Kind.FEEDBACK, entry("f"));
      records.tick();
      assertThat(stored("exchanges")).containsExactly("{\"id\":\"a\"}");
      assertThat(stored("feedback")).isEmpty();
      // The day ends half a minute later.
      now = now.plusSeconds(31);
      records.append(Kind.FEEDBACK, entry("g"));
      records.tick();
      assertThat(store.listDocuments("feedback/2026-11-22/feedback-")).hasSize(1);
      assertThat(store.listDocuments("feedback/2026-11-23/")).isEmpty();
    }
    assertThat(store.listDocuments("feedback/2026-11-23/feedback-")).hasSize(1);
    assertThat(stored("feedback")).containsExactly("{\"id\":\"f\"}", "{\"id\":\"g\"}");
    assertThat(folder.resolve("log/open")).isEmptyDirectory();
  }

  @Test
  void storeAway_recordsWaitAndAreShippedLater() throws Exception {
    // Nothing can be written where a file is in the way.
    Path wall = Files.createFile(folder.resolve("store/feedback"));
    try (RecordFolder records = open()) {
      records.append(Kind.EXCHANGES, entry("a"));
      now = now.plusSeconds(60);
      records.tick();
      records.append(Kind.EXCHANGES, entry("b"));
    }
    Files.delete(wall);
    try (RecordFolder records = open()) {
      records.tick();
      assertThat(stored("exchanges")).containsExactlyInAnyOrder("{\"id\":\"a\"}", "{\"id\":\"b\"}");
    }
  }

  @Test
  void largeFile_isClosedAtOnce() {
    try (RecordFolder records = open()) {
      records.append(Kind.EXCHANGES, entry("x".repeat(120_000)));
      records.append(Kind.EXCHANGES, entry("y"));
      records.tick();
      assertThat(stored("exchanges")).hasSize(1);
    }
  }

  @Test
  void lineWithoutEnd_isLeftOutAndTheOthersShipped() throws Exception {
    Path open = Files.createDirectories(folder.resolve("log/open"));
    Files.writeString(open.resolve("exchanges-2026-11-20.jsonl"), "{\"id\":\"a\"}\n{\"id\":\"b");
    Files.writeString(open.resolve("feedback-2026-11-20.jsonl"), "{\"id\":");
    try (RecordFolder records = open()) {
      records.tick();
    }
    assertThat(stored("exchanges")).containsExactly("{\"id\":\"a\"}");
    assertThat(stored("feedback")).isEmpty();
    assertThat(store.listDocuments("feedback/2026-11-20/")).hasSize(1);
  }

  @Test
  void secondProcess_isRefused() {
    try (RecordFolder records = open()) {
      assertThatThrownBy(this::open)
          .isInstanceOf(LyceumException.class)
          .hasMessageContaining("Another server");
    }
  }

  /** Appends until it is killed, and says what it has appended. */
  static final class Child {
    private Child() {}

    public static void main(String[] args) throws IOException {
      RecordFolder records =
          RecordFolder.open(
              Path.of(args[0]),
              Optional.of(new FolderStore(Path.of(args[1]))),
              Instant::now,
              new RecordFolder.Limits(Duration.ZERO, 2_000));
      for (int i = 0; ; i++) {
        String id = args[2] + "-" + i;
        records.append(Kind.EXCHANGES, entry(id));
        System.out.write((id + "\n").getBytes(StandardCharsets.UTF_8));
        System.out.flush();
        if (i % 7 == 0) {
          records.tick();
        }
      }
    }
  }

  @Test
  void killedAnyTimes_everyAcknowledgedRecordIsStoredOnce() throws Exception {
    List<String> acknowledged = new ArrayList<>();
    Random random = new Random(8);
    for (int life = 0; life < 4; life++) {
      Process child =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx64m",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Child.class.getName(),
                  folder.resolve("log").toString(),
                  store.root().toString(),
                  "life" + life)
              .redirectError(folder.resolve("stderr").toFile())
              .start();
      try (BufferedReader out =
          new BufferedReader(
              new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
        int until = 50 + random.nextInt(300);
        for (int i = 0; i < until; i++) {
          String id = out.readLine();
          assertThat(id).as(Files.readString(folder.resolve("stderr"))).isNotNull();
          acknowledged.add(id);
        }
        // The handle's way leaves the pipe open, the process's does not.
        child.toHandle().destroyForcibly();
        // What it said before it died counts, too; a last line may be cut.
        acknowledged.addAll(rest(out));
      }
      child.waitFor();
    }
    try (RecordFolder records = open()) {
      records.tick();
    }
    List<String> ids =
        stored("exchanges").stream().map(line -> line.substring(7, line.length() - 2)).toList();
    assertThat(ids).doesNotHaveDuplicates().containsAll(acknowledged);
    // One more at most in each life: appended, and killed before it was said.
    assertThat(ids.size() - acknowledged.size()).isBetween(0, 4);
    try (Stream<Path> left = Files.walk(folder.resolve("log"))) {
      assertThat(left.filter(Files::isRegularFile).map(file -> file.getFileName().toString()))
          .containsExactly("lock");
    }
  }

  private static List<String> rest(BufferedReader out) throws IOException {
    StringBuilder rest = new StringBuilder();
    for (int c = out.read(); c >= 0; c = out.read()) {
      rest.append((char) c);
    }
    String whole = rest.substring(0, rest.lastIndexOf("\n") + 1);
    return whole.lines().toList();
  }
}
