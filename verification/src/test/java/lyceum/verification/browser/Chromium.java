package lyceum.verification.browser;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import java.io.File;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The system's own Chromium, driven by Playwright; nothing is downloaded. */
final class Chromium implements AutoCloseable {
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome-stable", "google-chrome");

  // The machine may be busy; a wait that ends early tells nothing.
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final Playwright playwright;
  private final Browser browser;

  private Chromium(Playwright playwright, Browser browser) {
    this.playwright = playwright;
    this.browser = browser;
  }

  /** How a page is looked at. */
  enum Look {
    LIGHT(1280, 860, ColorScheme.LIGHT),
    DARK(1280, 860, ColorScheme.DARK),
    PHONE(390, 844, ColorScheme.LIGHT);

    private final int width;
    private final int height;
    private final ColorScheme colours;

    Look(int width, int height, ColorScheme colours) {
      this.width = width;
      this.height = height;
      this.colours = colours;
    }
  }

  /** Opens the browser; where there is none, the test is skipped and says what to install. */
  static Chromium open() {
    Optional<Path> executable = executable();
    assumeTrue(
        executable.isPresent(),
        "No Chromium on the path; on Debian and Ubuntu: apt-get install chromium. The browser's tests are skipped.");
    Playwright playwright =
        Playwright.create(
            new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    Browser browser =
        playwright
            .chromium()
            .launch(
                new BrowserType.LaunchOptions()
                    .setExecutablePath(executable.orElseThrow())
                    .setTimeout(PATIENCE.toMillis()));
    return new Chromium(playwright, browser);
  }

  private static Optional<Path> executable() {
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
    return NAMES.stream()
        .flatMap(name -> Stream.of(path.split(File.pathSeparator)).map(p -> Path.of(p, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** A fresh profile with one page. */
  Visit visit(URI address, Look look) {
    return visit(address, look, "{}");
  }

  /**
   * A profile with one page.
   *
   * @param state cookies and storage of another visit, so that nobody logs in again
   */
  Visit visit(URI address, Look look, String state) {
    BrowserContext context =
        browser.newContext(
            new Browser.NewContextOptions()
                .setStorageState(state)
                .setBaseURL(address.toString())
                .setViewportSize(look.width, look.height)
                .setColorScheme(look.colours)
                .setReducedMotion(ReducedMotion.REDUCE)
                .setLocale("en-GB")
                .setTimezoneId("UTC"));
    context.setDefaultTimeout(PATIENCE.toMillis());
    return new Visit(context, context.newPage());
  }

  @Override
  public void close() {
    browser.close();
    playwright.close();
  }

  /**
   * A page, and what went wrong on it: exceptions, and what the browser refused or complained of.
   */
  static final class Visit implements AutoCloseable {
    private final BrowserContext context;
    private final Page page;
    private final List<String> complaints = new ArrayList<>();

    private Visit(BrowserContext context, Page page) {
      this.context = context;
      this.page = page;
      page.onPageError(complaints::add);
      page.onConsoleMessage(
          message -> {
            if (message.type().equals("error") && !message.text().contains("401")) {
              complaints.add(message.text() + " " + message.location());
            }
          });
    }

    Page page() {
      return page;
    }

    BrowserContext context() {
      return context;
    }

    /** Goes to a path and waits until the page stands. */
    void go(String path) {
      page.navigate(path);
      settle();
    }

    /** Waits until nothing is being loaded. */
    void settle() {
      page.locator("main h1").waitFor();
      page.waitForFunction("() => document.querySelectorAll('.skeleton').length === 0");
    }

    List<String> complaints() {
      return List.copyOf(complaints);
    }

    @Override
    public void close() {
      context.close();
    }
  }
}
