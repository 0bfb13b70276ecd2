package lyceum.airflow;

import java.nio.file.Path;
import java.util.Locale;
import lyceum.core.Sha256;

/** A recipe's text for lives that do nothing. */
final class FakeRecipe {
  private FakeRecipe() {}

  /**
   * @param seconds that the life takes before its candidate is there
   */
  static String of(String description, String line, Path text, int seconds) {
    return String.format(
        Locale.ROOT,
        """
        name: fake
        description: %s
        modelLine: %s
        seed: %d
        corpus:
          sources:
            - name: drop
              uri: %s
              sha256: %s
              format: TEXT
              licence: CC0-1.0
        deployment:
          smokePrompts: [Hello!]
        """,
        description,
        line,
        seconds,
        text.toUri(),
        Sha256.of("not the file's"));
  }
}
