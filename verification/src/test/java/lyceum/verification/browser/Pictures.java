package lyceum.verification.browser;

import com.microsoft.playwright.Page;
import java.net.URI;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import lyceum.verification.browser.Chromium.Look;
import lyceum.verification.browser.Chromium.Visit;

/**
 * Pictures of pages for the documentation, light, dark and on a phone, taken on the way where
 * {@code -Dlyceum.pictures=FOLDER} asks for them.
 */
final class Pictures {
  private static final Optional<Path> FOLDER =
      Optional.ofNullable(System.getProperty("lyceum.pictures")).map(Path::of);

  private final Chromium chromium;
  private final URI address;
  private final Visit from;

  /**
   * @param from whose login the pictures are taken with
   */
  Pictures(Chromium chromium, URI address, Visit from) {
    this.chromium = chromium;
    this.address = address;
    this.from = from;
  }

  void take(String name, String path) {
    take(name, path, page -> {});
  }

  /**
   * @param prepare what is done on the page first
   */
  void take(String name, String path, Consumer<Page> prepare) {
    if (FOLDER.isEmpty()) {
      return;
    }
    for (Look look : Look.values()) {
      try (Visit visit = chromium.visit(address, look, from.context().storageState())) {
        visit.go(path);
        prepare.accept(visit.page());
        visit.settle();
        visit
            .page()
            .screenshot(
                new Page.ScreenshotOptions()
                    .setPath(
                        FOLDER
                            .get()
                            .resolve(name + "-" + look.name().toLowerCase(Locale.ROOT) + ".png")));
      }
    }
  }
}
