package lyceum.verification.browser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.Rule;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import lyceum.verification.browser.Chromium.Look;
import lyceum.verification.browser.Chromium.Visit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every page of the console in Chromium, over answers of the API that are written down. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PagesIT {
  private static final String RUN = "/runs/tiny-20261128-1405";
  private static final List<String> PLACES =
      List.of(
          "/",
          "/start",
          "/runs",
          RUN,
          RUN + "?tab=timeline",
          RUN + "?tab=checkpoints",
          RUN + "?tab=artifacts",
          RUN + "?tab=report",
          RUN + "?tab=settings",
          RUN + "?tab=logs",
          "/runs/smoke-20261128-0900",
          "/compare?ids=tiny-20261128-1405,tiny-20261128-1300",
          "/rankings/tiny-20261128-1300",
          "/approvals",
          "/datasets",
          "/datasets/0bd5feef0e78b4de4a04086af2ac578f2fa24a6217a999639a1dc33b41cd1041",
          "/models",
          "/models/lyceum-tiny",
          "/models/lyceum-tiny/versions/3",
          "/models/lyceum-tiny/versions/3/lineage",
          "/deployments",
          "/playground",
          "/schedules",
          "/admin",
          "/admin?tab=users",
          "/admin?tab=audit");

  private Chromium chromium;
  private Answers answers;

  @BeforeAll
  void open() {
    chromium = Chromium.open();
  }

  @AfterAll
  void close() {
    if (chromium != null) {
      chromium.close();
    }
  }

  @BeforeEach
  void serve() {
    answers = new Answers();
  }

  @AfterEach
  void stop() {
    answers.close();
  }

  @ParameterizedTest
  @EnumSource(Look.class)
  void everyPage_isAccessible_fitsTheWindow_andShowsTextAsText(Look look) {
    try (Visit visit = chromium.visit(answers.address(), look)) {
      logIn(visit);
      for (String place : PLACES) {
        visit.go(place);
        assertThat(
                (int)
                    visit
                        .page()
                        .evaluate(
                            "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"))
            .as("sideways scroll on %s", place)
            .isNotPositive();
        assertThat(visit.page().locator("img[src=x]").count())
            .as("markup of others on %s", place)
            .isZero();
        // What is on a phone is the same, in the colours of LIGHT.
        if (look != Look.PHONE) {
          assertThat(new AxeBuilder(visit.page()).analyze().getViolations())
              .as("accessibility of %s", place)
              .extracting(PagesIT::describe)
              .isEmpty();
        }
      }
      assertThat(visit.complaints()).isEmpty();
    }
  }

  @Test
  void login_wrongPassword_isToldWhole_andTheRightOneLeadsIn() {
    try (Visit visit = chromium.visit(answers.address(), Look.LIGHT)) {
      visit.go("/runs");
      visit.page().getByLabel("User").fill("ada");
      visit.page().getByLabel("Password").fill("wrong");
      visit.page().getByText("Log in", exactly()).click();
      PlaywrightAssertions.assertThat(visit.page().getByRole(AriaRole.ALERT))
          .containsText("Name and password do not fit.");
      visit.page().getByLabel("Password").fill("right");
      visit.page().getByText("Log in", exactly()).click();
      visit.page().locator("main h1").getByText("Runs").waitFor();
    }
  }

  @Test
  void session_over_asksForLogin() {
    try (Visit visit = chromium.visit(answers.address(), Look.LIGHT)) {
      logIn(visit);
      answers.forgetSessions();
      // The page may have noticed by itself already; then the keys do nothing.
      visit.page().keyboard().press("g");
      visit.page().keyboard().press("m");
      visit.page().getByLabel("Password").waitFor();
    }
  }

  @Test
  void keys_leadToPages_openTheSheet_andRank() {
    try (Visit visit = chromium.visit(answers.address(), Look.LIGHT)) {
      logIn(visit);
      Page page = visit.page();
      page.keyboard().press("g");
      page.keyboard().press("m");
      page.locator("main h1").getByText("Models").waitFor();
      page.keyboard().press("?");
      page.locator("dialog").getByText("This sheet").waitFor();
      page.keyboard().press("Escape");
      PlaywrightAssertions.assertThat(page.locator("dialog")).hasCount(0);
      page.keyboard().press("t");
      PlaywrightAssertions.assertThat(page.locator("html")).hasAttribute("data-theme", "light");

      visit.go("/rankings/tiny-20261128-1300");
      page.getByText("What is the capital of France?").waitFor();
      page.keyboard().press("ArrowRight");
      await()
          .atMost(Duration.ofMinutes(1))
          .untilAsserted(
              () ->
                  assertThat(answers.changes())
                      .contains(
                          "/rankings/tiny-20261128-1300 {\"pairId\":\"p0\",\"preference\":\"RIGHT\"}"));
    }
  }

  @Test
  void schedule_ofACuration_isMadeOfWhatItNeeds() {
    try (Visit visit = chromium.visit(answers.address(), Look.LIGHT)) {
      logIn(visit);
      visit.go("/schedules");
      Page page = visit.page();
      page.getByText("New schedule", exactly()).first().click();
      Locator dialog = page.locator("dialog");
      dialog.getByLabel("Name").fill("curate-hourly");
      dialog.getByLabel("Starts").selectOption("CURATION");
      dialog.getByLabel("Model line").selectOption("lyceum-tiny");
      dialog.getByLabel("When").selectOption("every");
      dialog.getByRole(AriaRole.SPINBUTTON).fill("3600");
      dialog.getByText("Make it").click();
      PlaywrightAssertions.assertThat(dialog).hasCount(0);
      assertThat(answers.changes())
          .contains(
              "/schedules {\"name\":\"curate-hourly\",\"kind\":\"CURATION\",\"overlap\":\"SKIP\",\"note\":\"\",\"modelLine\":\"lyceum-tiny\",\"every\":3600}");
    }
  }

  @Test
  void canary_isAskedForWithItsShareAndReason() {
    try (Visit visit = chromium.visit(answers.address(), Look.LIGHT)) {
      logIn(visit);
      visit.go("/deployments");
      Page page = visit.page();
      page.getByText("Version 4 is a canary").waitFor();
      page.getByText("Canary…", exactly()).click();
      Locator dialog = page.locator("dialog");
      dialog.getByLabel("Version").selectOption("4");
      dialog.getByLabel("Minutes").fill("30");
      dialog.getByLabel("Reason").fill("Looks well.");
      dialog.getByText("Start the canary").click();
      PlaywrightAssertions.assertThat(dialog).hasCount(0);
      assertThat(answers.changes())
          .contains(
              "/deployments/lyceum-tiny:canary {\"version\":\"4\",\"percent\":10,\"minutes\":30,\"reason\":\"Looks well.\",\"override\":false}");
    }
  }

  /** Whoever started the run sees why the button is dead, and beside it one that is not. */
  @Test
  void approval_thatNeedsAnotherPerson_saysSo() {
    try (Visit visit = chromium.visit(answers.address(), Look.LIGHT)) {
      logIn(visit);
      visit.go("/approvals");
      Page page = visit.page();
      Locator own =
          page.locator("article")
              .filter(new Locator.FilterOptions().setHasText("tiny-20261128-1100"));
      PlaywrightAssertions.assertThat(own).containsText("somebody else approves");
      Locator approve = own.locator("button.primary");
      PlaywrightAssertions.assertThat(approve).isDisabled();
      PlaywrightAssertions.assertThat(own.locator("button.danger")).isEnabled();
      PlaywrightAssertions.assertThat(
              page.locator("article")
                  .filter(new Locator.FilterOptions().setHasText("tiny-20261128-1200"))
                  .locator("button.primary"))
          .isEnabled();
    }
  }

  @Test
  void filters_standInTheAddress() {
    try (Visit visit = chromium.visit(answers.address(), Look.LIGHT)) {
      logIn(visit);
      visit.go("/runs?state=FAILED&q=smoke");
      PlaywrightAssertions.assertThat(visit.page().getByLabel("State")).hasValue("FAILED");
      visit.page().getByLabel("State").selectOption("RUNNING");
      assertThat(visit.page().url()).endsWith("/runs?state=RUNNING&q=smoke");
      visit.page().reload();
      PlaywrightAssertions.assertThat(visit.page().getByLabel("State")).hasValue("RUNNING");
    }
  }

  /** An hour of events in a minute, and a walk through the pages, leave nothing behind. */
  @Test
  void runPage_leftOpen_andPagesVisitedAgain_growNothing() {
    try (Visit visit = chromium.visit(answers.address(), Look.LIGHT)) {
      logIn(visit);
      visit.go(RUN);
      CDPSession tools = visit.context().newCDPSession(visit.page());
      tools.send("Performance.enable");
      Map<String, Double> before = afterPoints(tools, 8_000);
      Map<String, Double> after = afterPoints(tools, 40_000);
      assertNotGrown(before, after);

      roundTrip(visit);
      Map<String, Double> visited = counts(tools);
      for (int i = 0; i < 5; i++) {
        roundTrip(visit);
      }
      assertNotGrown(visited, counts(tools));
      await()
          .atMost(Duration.ofMinutes(1))
          .untilAsserted(() -> assertThat(answers.eventStreams()).isEqualTo(1));
      assertThat(visit.complaints()).isEmpty();
    }
  }

  private static void roundTrip(Visit visit) {
    for (String place : List.of("Models", "Compare", "Playground", "Runs")) {
      visit
          .page()
          .locator("nav")
          .getByText(place, new Locator.GetByTextOptions().setExact(true))
          .click();
      visit.page().waitForURL("**/" + place.toLowerCase(Locale.ROOT));
      visit.settle();
    }
    visit.page().locator("td a[href='" + RUN + "']").click();
    visit.page().locator(".chart canvas").first().waitFor();
  }

  private Map<String, Double> afterPoints(CDPSession tools, long more) {
    long goal = answers.pointsSent() + more;
    answers.sendPoints(more);
    await()
        .atMost(Duration.ofMinutes(2))
        .untilAsserted(() -> assertThat(answers.pointsSent()).isGreaterThanOrEqualTo(goal));
    return counts(tools);
  }

  private static Map<String, Double> counts(CDPSession tools) {
    tools.send("HeapProfiler.collectGarbage");
    Map<String, Double> counts = new HashMap<>();
    JsonObject metrics = tools.send("Performance.getMetrics");
    for (JsonElement metric : metrics.getAsJsonArray("metrics")) {
      counts.put(
          metric.getAsJsonObject().get("name").getAsString(),
          metric.getAsJsonObject().get("value").getAsDouble());
    }
    return counts;
  }

  private static void assertNotGrown(Map<String, Double> before, Map<String, Double> after) {
    assertThat(after.get("Nodes")).as("nodes").isLessThan(before.get("Nodes") * 1.1 + 50);
    assertThat(after.get("JSEventListeners"))
        .as("listeners")
        .isLessThan(before.get("JSEventListeners") * 1.1 + 10);
    assertThat(after.get("JSHeapUsedSize"))
        .as("heap")
        .isLessThan(before.get("JSHeapUsedSize") * 1.25 + 2_000_000);
  }

  private void logIn(Visit visit) {
    visit.go("/");
    visit.page().getByLabel("User").fill("ada");
    visit.page().getByLabel("Password").fill("right");
    visit.page().getByText("Log in", exactly()).click();
    visit.page().locator("main h1").getByText("Home").waitFor();
  }

  private static Page.GetByTextOptions exactly() {
    return new Page.GetByTextOptions().setExact(true);
  }

  private static String describe(Rule rule) {
    return rule.getId() + " " + rule.getNodes().stream().map(node -> node.getHtml()).toList();
  }
}
