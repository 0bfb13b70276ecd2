package lyceum.application.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import lyceum.core.LyceumException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PageTokenTest {
  private static final ByteString TOKEN = ByteString.copyFromUtf8("{\"CloseTime\":7}");

  @Test
  void opened_isWhatWasSealed() {
    assertThat(PageToken.open("a", PageToken.seal("a", TOKEN))).isEqualTo(TOKEN);
    assertThat(PageToken.seal("a", ByteString.EMPTY)).isEmpty();
    assertThat(PageToken.open("a", "")).isEqualTo(ByteString.EMPTY);
  }

  @Test
  void ofAnotherQuery_isRefused() {
    String sealed = PageToken.seal("a", TOKEN);
    assertThatThrownBy(() -> PageToken.open("b", sealed))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining(sealed)
        .hasMessageContaining("filters");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "[Filtered]", "bnVsbA", "AAAAAAAAAAA", "AAAAAAAAAAAA", "\u0000"})
  void notHandedOut_isRefused(String token) {
    assertThatThrownBy(() -> PageToken.open("a", token)).isInstanceOf(LyceumException.class);
  }
}
