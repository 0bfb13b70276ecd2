package lyceum.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AdmissionTest {
  private static void assertFull(Admission admission, String client) {
    ApiException e = catchThrowableOfType(ApiException.class, () -> admission.enter(client));
    assertThat(e.status()).isEqualTo(429);
    assertThat(e.retryAfter()).hasValue(1);
  }

  @Test
  void several_oneClientLeavesPlacesForThoseWhoHaveFew() {
    Admission admission = new Admission(2, 12, true);
    List<Admission.Place> many = new ArrayList<>();
    for (int i = 0; i < 11; i++) {
      many.add(admission.enter("many"));
    }
    assertFull(admission, "many");
    Admission.Place few = admission.enter("few");
    // The answer to the first may have been read already, its place not yet given back.
    Admission.Place next = admission.enter("few");
    // A third one would be at the expense of others that have none.
    assertFull(admission, "few");
    Admission.Place other = admission.enter("other");
    assertFull(admission, "third");
    assertThat(admission.present()).isEqualTo(14);
    few.close();
    few.close();
    assertThat(admission.present()).isEqualTo(13);
    admission.enter("few").close();
    next.close();
    many.forEach(Admission.Place::close);
    other.close();
    assertThat(admission.present()).isZero();
  }

  @Test
  void one_mayHaveAllPlaces() {
    Admission admission = new Admission(1, 3, false);
    for (int i = 0; i < 4; i++) {
      admission.enter("anyone");
    }
    assertFull(admission, "anyone");
  }
}
