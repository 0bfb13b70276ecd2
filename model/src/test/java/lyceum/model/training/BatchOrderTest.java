package lyceum.model.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import lyceum.core.recipe.SkillSettings.Skill;
import lyceum.data.shard.TokenShard;
import lyceum.data.skill.ChatExample;
import lyceum.data.tokenizer.ChatTemplate;
import lyceum.data.tokenizer.EncodedChat;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BatchOrderTest {
  @Property(tries = 100)
  void shuffledOrder_ofAnyEpoch_takesEveryItemOnce(
      @ForAll @IntRange(min = 1, max = 200) int size,
      @ForAll long seed,
      @ForAll @IntRange(max = 50) int epoch) {
    int[] items = new ShuffledOrder(size, seed).epoch(epoch).clone();
    Arrays.sort(items);
    assertThat(items).containsExactly(IntStream.range(0, size).toArray());
  }

  @Test
  void shuffledOrder_ofTwoEpochs_differs() {
    ShuffledOrder order = new ShuffledOrder(50, 1);
    assertThat(order.epoch(0).clone()).isNotEqualTo(order.epoch(1).clone());
  }

  @Property(tries = 200)
  void packing_ofAnySequences_takesEachOnceAndOverfillsNoRow(
      @ForAll @Size(min = 1, max = 200) List<@IntRange(min = 1, max = 40) Integer> sizes) {
    List<List<Integer>> rows = Packing.rows(sizes.stream().mapToInt(size -> size).toArray(), 40);
    Set<Integer> seen = new HashSet<>();
    for (List<Integer> row : rows) {
      assertThat(row).isNotEmpty();
      assertThat(row.stream().mapToInt(sizes::get).sum()).isLessThanOrEqualTo(40);
      row.forEach(sequence -> assertThat(seen.add(sequence)).isTrue());
    }
    assertThat(seen).hasSize(sizes.size());
  }

  @Test
  void chatRows_ofAnEpoch_askForTheAssistantsTokensOfEveryChat() {
    List<ChatExample> chats = LearnerFixture.chats(Skill.IDENTITY, 20, 1).train();
    ChatRows rows = new ChatRows(chats, LearnerFixture.TOKENIZER, 192, 5);
    int expected = 0;
    int tokens = 0;
    for (ChatExample chat : chats) {
      EncodedChat encoded = ChatTemplate.encode(LearnerFixture.TOKENIZER, chat.messages());
      tokens += encoded.ids().length;
      for (boolean inLoss : encoded.inLoss()) {
        expected += inLoss ? 1 : 0;
      }
    }
    // Rows are filled closely, so an epoch has between as many rows as tokens fill and twice that.
    int asked = 0;
    int row = 0;
    while (asked < expected) {
      TokenInputs.Builder inputs = new TokenInputs.Builder(1, 192);
      rows.append(inputs, row++, 1, 0);
      asked += inputs.count();
    }
    assertThat(asked).isEqualTo(expected);
    assertThat(row).isBetween(tokens / 192, 2 * tokens / 192 + 1);
  }

  @Test
  void chatRows_readInAnyOrder_areTheSame() {
    List<ChatExample> chats = LearnerFixture.chats(10);
    ChatRows forward = new ChatRows(chats, LearnerFixture.TOKENIZER, 128, 5);
    int[][] expected = new int[40][];
    for (int r = 0; r < 40; r++) {
      expected[r] = targets(forward, r);
    }
    ChatRows backward = new ChatRows(chats, LearnerFixture.TOKENIZER, 128, 5);
    for (int r = 39; r >= 0; r--) {
      assertThat(targets(backward, r)).as("row %d", r).isEqualTo(expected[r]);
    }
  }

  private static int[] targets(ChatRows rows, int row) {
    TokenInputs.Builder inputs = new TokenInputs.Builder(1, 128);
    rows.append(inputs, row, 1, 0);
    return IntStream.range(0, inputs.count()).map(inputs::target).toArray();
  }

  @Test
  void textWindows_ofAnEpoch_predictTokensOnceAndNoControlTokens(@TempDir Path folder) {
    try (TokenShard shard = LearnerFixture.shard(folder.resolve("text"), 60, 3)) {
      int length = 32;
      TextWindows windows = new TextWindows(shard, LearnerFixture.TOKENIZER, length, 9);
      int perEpoch = (int) (shard.size() / length - 1);
      int predicted = 0;
      for (int row = 0; row < perEpoch; row++) {
        TokenInputs.Builder inputs = new TokenInputs.Builder(1, length);
        windows.append(inputs, row, 1, 0);
        predicted += inputs.count();
        for (int i = 0; i < inputs.count(); i++) {
          assertThat(LearnerFixture.TOKENIZER.isSpecial(inputs.target(i))).isFalse();
        }
      }
      assertThat((long) predicted)
          .isBetween((long) perEpoch * length - 60, (long) perEpoch * length);
    }
  }
}
