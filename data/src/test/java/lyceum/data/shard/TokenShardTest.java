package lyceum.data.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import lyceum.core.LyceumException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
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
}
