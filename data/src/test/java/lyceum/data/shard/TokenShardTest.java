package lyceum.data.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import lyceum.core.LyceumException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenShardTest {
  @TempDir Path folder;

  @Test
  void write_readsBackAcrossBuffers() {
    List<int[]> documents =
        IntStream.range(0, 700)
            .mapToObj(i -> new Random(i).ints(1000, 0, 70_000).toArray())
            .toList();
    int[] all = documents.stream().flatMapToInt(Arrays::stream).toArray();
    try (TokenShard shard = TokenShard.write(folder.resolve("a.tokens"), documents.iterator())) {
      int[] read = new int[all.length];
      shard.read(0, read);
      assertThat(read).isEqualTo(all);
      int[] middle = new int[5];
      shard.read(262_100, middle);
      assertThat(middle).isEqualTo(Arrays.copyOfRange(all, 262_100, 262_105));
      assertThat(shard.token(all.length - 1)).isEqualTo(all[all.length - 1]);
      assertThat(shard.size()).isEqualTo(all.length);
      assertThat(shard.documents()).isEqualTo(700);
      assertThat(shard.largestId()).isEqualTo(Arrays.stream(all).max().orElseThrow());
    }
  }

  @Test
  void write_sameDocumentsSameBytes() throws IOException {
    List<int[]> documents = List.of(new int[] {0, 5, 6}, new int[] {0});
    TokenShard.write(folder.resolve("a"), documents.iterator()).close();
    TokenShard.write(folder.resolve("b"), documents.iterator()).close();
    assertThat(Files.readAllBytes(folder.resolve("a")))
        .isEqualTo(Files.readAllBytes(folder.resolve("b")))
        .hasSize(32 + 16);
  }

  @Test
  void write_noDocuments() {
    try (TokenShard shard = TokenShard.write(folder.resolve("none"), List.<int[]>of().iterator())) {
      assertThat(shard.size()).isZero();
      assertThatThrownBy(() -> shard.token(0)).isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void write_failsHalfWay_leavesNothing() throws IOException {
    Iterator<int[]> documents = List.of(new int[] {1}, new int[] {-1}).iterator();
    assertThatThrownBy(() -> TokenShard.write(folder.resolve("half"), documents))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("-1");
    try (var files = Files.list(folder)) {
      assertThat(files).isEmpty();
    }
  }

  @Test
  void read_pastTheEnd() {
    try (TokenShard shard =
        TokenShard.write(folder.resolve("s"), List.of(new int[] {0, 1, 2}).iterator())) {
      assertThatThrownBy(() -> shard.read(1, new int[3]))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> shard.read(Long.MAX_VALUE, new int[3]))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void open_missing() {
    assertThatThrownBy(() -> TokenShard.open(folder.resolve("missing")))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("missing");
  }

  /** Any change to magic, version or token count, and any other length, is noticed. */
  @Property(tries = 300)
  void open_damaged_isRefused(
      @ForAll @IntRange(max = 31) int at,
      @ForAll @IntRange(min = 1, max = 255) int change,
      @ForAll @IntRange(max = 47) int length)
      throws IOException {
    Path file = Files.createTempFile("shard", ".tokens");
    try {
      TokenShard.write(file, List.of(new int[] {0, 1, 2, 3}).iterator()).close();
      byte[] bytes = Files.readAllBytes(file);
      Files.write(file, Arrays.copyOf(bytes, length));
      assertThatThrownBy(() -> TokenShard.open(file))
          .isInstanceOf(LyceumException.class)
          .hasMessageContaining(file.toString());
      bytes[at] ^= (byte) change;
      Files.write(file, bytes);
      if (at < 12 || at >= 24) {
        assertThatThrownBy(() -> TokenShard.open(file)).isInstanceOf(LyceumException.class);
      }
    } finally {
      Files.delete(file);
    }
  }

  /** The tokens of a source are those of its documents, wherever they lie. */
  @Property(tries = 100)
  void source_ofAnyDocuments_readsAsItsDocumentsOneAfterTheOther(
      @ForAll @Size(min = 1, max = 30) List<@IntRange(max = 3) Integer> sources,
      @ForAll @IntRange(max = 9) int place,
      @ForAll long seed)
      throws IOException {
    Path file = Files.createTempFile("shard", ".tokens");
    Random random = new Random(seed);
    Map<String, List<Integer>> expected = new LinkedHashMap<>();
    try (TokenShard.Writer writer = new TokenShard.Writer(file)) {
      for (int source : sources) {
        int[] ids = random.ints(1 + random.nextInt(6), 0, 1000).toArray();
        writer.append("säge-" + source, ids);
        expected
            .computeIfAbsent("säge-" + source, name -> new ArrayList<>())
            .addAll(Arrays.stream(ids).boxed().toList());
      }
      writer.finish().close();
    }
    try (TokenShard shard = TokenShard.open(file)) {
      assertThat(shard.sources()).containsExactlyElementsOf(expected.keySet());
      assertThat(shard.size()).isEqualTo(expected.values().stream().mapToInt(List::size).sum());
      expected.forEach(
          (name, ids) -> {
            Tokens tokens = shard.source(name);
            assertThat(tokens.size()).isEqualTo(ids.size());
            int from = Math.min(place, ids.size());
            int[] read = new int[ids.size() - from];
            tokens.read(from, read);
            assertThat(read)
                .isEqualTo(ids.subList(from, ids.size()).stream().mapToInt(id -> id).toArray());
            assertThatThrownBy(() -> tokens.read(from, new int[read.length + 1]))
                .isInstanceOf(IndexOutOfBoundsException.class);
          });
      assertThat(shard.source("nobody").size()).isZero();
    } finally {
      Files.delete(file);
    }
  }

  /**
   * Damage to the table of sources is refused, or changes no more than a name or where runs meet.
   */
  @Property(tries = 300)
  void open_withADamagedTable_failsInWordsOrAddsUp(
      @ForAll @IntRange(min = 48, max = 103) int at,
      @ForAll @IntRange(min = 1, max = 255) int change,
      @ForAll @IntRange(min = 48, max = 103) int length)
      throws IOException {
    Path file = Files.createTempFile("shard", ".tokens");
    try {
      try (TokenShard.Writer writer = new TokenShard.Writer(file)) {
        writer.append("one", new int[] {0, 1});
        writer.append("two", new int[] {0});
        writer.append("one", new int[] {2});
        writer.finish().close();
      }
      byte[] bytes = Files.readAllBytes(file);
      assertThat(bytes).hasSize(106);
      Files.write(file, Arrays.copyOf(bytes, length));
      assertThatThrownBy(() -> TokenShard.open(file))
          .isInstanceOf(LyceumException.class)
          .hasMessageContaining(file.toString());
      bytes[at] ^= (byte) change;
      Files.write(file, bytes);
      try (TokenShard shard = TokenShard.open(file)) {
        assertThat(shard.sources().stream().mapToLong(name -> shard.source(name).size()).sum())
            .isEqualTo(shard.size());
      } catch (LyceumException refused) {
        assertThat(refused).hasMessageContaining("cut short or damaged");
      }
    } finally {
      Files.delete(file);
    }
  }

  @Test
  void append_withAndWithoutSource_isRefused() {
    try (TokenShard.Writer writer = new TokenShard.Writer(folder.resolve("mixed"))) {
      writer.append(new int[] {0});
      assertThatThrownBy(() -> writer.append("one", new int[] {0}))
          .hasMessageContaining("have no source");
    }
    try (TokenShard.Writer writer = new TokenShard.Writer(folder.resolve("mixed"))) {
      writer.append("one", new int[] {0});
      assertThatThrownBy(() -> writer.append(new int[] {0})).hasMessageContaining("have a source");
    }
  }
}
