package lyceum.cli.screen;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import lyceum.application.text.Amounts;
import org.junit.jupiter.api.Test;

class TableTest {
  @Test
  void lines_alignColumns_withoutTrailingBlanks() {
    Table table = new Table("RUN", "STATE").row("tiny-1", "done").row("t", "");
    assertThat(table.lines()).containsExactly("RUN     STATE", "tiny-1  done", "t");
  }

  @Test
  void readable_choosesTheUnitThatSaysMost() {
    assertThat(Amounts.text(Duration.ofMillis(400))).isEqualTo("0.4s");
    assertThat(Amounts.text(Duration.ofSeconds(59))).isEqualTo("59s");
    assertThat(Amounts.text(Duration.ofSeconds(185))).isEqualTo("3m05s");
    assertThat(Amounts.text(Duration.ofMinutes(127))).isEqualTo("2h07m");
    assertThat(Amounts.text(Duration.ofHours(76))).isEqualTo("3d4h");
    assertThat(Amounts.text(Duration.ofSeconds(-5))).isEqualTo("0.0s");
    assertThat(Amounts.bytes(1023)).isEqualTo("1023 B");
    assertThat(Amounts.bytes(1536)).isEqualTo("1.5 KiB");
    assertThat(Amounts.count(999)).isEqualTo("999");
    assertThat(Amounts.count(999_960)).isEqualTo("1.0M");
    assertThat(Amounts.count(12_345)).isEqualTo("12.3k");
  }

  @Test
  void safe_keepsLinesAndLetters_andDropsWhatSteersATerminal() {
    assertThat(Screen.safe("a\nb\tc\u001b[2Jé")).isEqualTo("a\nb\tc\uFFFD[2Jé");
  }
}
