package lyceum.verification.browser;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import lyceum.verification.browser.Chromium.Look;
import lyceum.verification.browser.Chromium.Visit;

/**
 * What people come for, step by step: log in, start a run, watch it, rank answers, compare it with
 * the run before, approve, chat with the new champion, roll back. Needs an earlier run of the smoke
 * recipe whose model is served.
 */
final class ConsoleWalk {
  private static final Duration RUNNING = Duration.ofMinutes(12);
  private static final Duration MOVING = Duration.ofMinutes(2);
  private static final String LINE = "lyceum-smoke";

  // The reward model must be right on held-out pairs beyond chance; it learns this rule from forty.
  private static final int PAIRS = 40;
  private static final int REWARD_STEPS = 200;

  private final URI console;
  private final String token;
  private final Visit visit;
  private final Page page;
  private final Pictures pictures;

  ConsoleWalk(Chromium chromium, URI console, String token) {
    this.console = console;
    this.token = token;
    visit = chromium.visit(console, Look.LIGHT);
    page = visit.page();
    pictures = new Pictures(chromium, console, visit);
  }

  void go() {
    try (visit) {
      logIn();
      String run = start();
      watch(run);
      rank(run);
      compare(run);
      approve(run);
      chat();
      canary(rollBack());
      schedule();
      fourEyes();
      look(run);
      assertThat(visit.complaints()).isEmpty();
    }
  }

  private void logIn() {
    pictures.take("login", "/login#");
    page.navigate("/login#token=" + token);
    page.locator(".tiles").waitFor();
    assertThat(URI.create(page.url())).isEqualTo(console.resolve("/"));
  }

  private String start() {
    visit.go("/start?recipe=smoke");
    set("alignment.rater", "Rater", "PEOPLE");
    set("alignment.peoplePairs", "People pairs", Integer.toString(PAIRS));
    set("alignment.reward.steps", "Steps", Integer.toString(REWARD_STEPS));
    set("deployment.approval", "Approval", "PERSON");
    Locator plan = page.locator("section[aria-label=Plan] li");
    PlaywrightAssertions.assertThat(plan.first()).containsText("reuse");
    PlaywrightAssertions.assertThat(plan.last()).containsText("approval person");
    pictures.take("start", "/start?recipe=smoke", ConsoleWalk::openStage);
    page.getByRole(AriaRole.BUTTON, exactly("Start")).click();
    page.waitForURL("**/runs/*");
    page.locator(".rail").waitFor();
    return page.url().substring(page.url().lastIndexOf('/') + 1);
  }

  private static void openStage(Page page) {
    page.locator("summary").getByText("Pretraining").click();
    page.locator("section[aria-label=Plan] li").first().waitFor();
  }

  private void set(String path, String label, String value) {
    page.getByLabel("Find a setting").fill(path);
    Locator field = page.getByLabel(label, new Page.GetByLabelOptions().setExact(true));
    if (field.evaluate("element => element.tagName").equals("SELECT")) {
      field.selectOption(value);
    } else if (field.evaluate("element => element.type").equals("checkbox")) {
      field.setChecked(Boolean.parseBoolean(value));
    } else {
      field.fill(value);
      field.blur();
    }
    page.locator("section[aria-label='Changed here']").getByText(path).waitFor();
  }

  /** The page follows by itself: nothing is loaded again between the start and the waiting. */
  private void watch(String run) {
    page.locator(".live.open").waitFor();
    page.locator(".stage.reused").first().waitFor();
    waitLong(page.locator(".stage.running").getByText("alignment"));
    pictures.take("run-live", "/runs/" + run);
    waitLong(page.getByText("People’s rankings are waited for."));
    pictures.take("home", "/");
  }

  /** The longer answer is better: a rule that can be learned. */
  private void rank(String run) {
    page.locator(".notice a").click();
    Locator bench = page.locator(".bench");
    bench.waitFor();
    pictures.take("ranking", "/rankings/" + run);
    for (int pair = 0; pair < PAIRS; pair++) {
      String before = bench.innerText();
      int left = length(page.locator(".answer .text").first());
      int right = length(page.locator(".answer .text").last());
      page.keyboard()
          .press(left == right ? "ArrowDown" : left > right ? "ArrowLeft" : "ArrowRight");
      page.waitForFunction(
          "before => document.querySelector('.bench')?.innerText !== before", before);
    }
    page.getByText("Nothing left to rank for you in this run.").waitFor();
  }

  private static int length(Locator answer) {
    String text = answer.innerText();
    return text.equals("(empty answer)") ? 0 : text.length();
  }

  private void compare(String run) {
    visit.go("/runs/" + run);
    waitLong(page.getByText("A decision is waited for."));
    visit.go("/runs/" + run + "?tab=settings");
    page.getByText("Compare with").click();
    page.waitForURL("**/compare?ids=*");
    visit.settle();
    page.locator("code").getByText("alignment.reward.steps").waitFor();
    page.locator(".chart canvas").first().waitFor();
    assertThat(page.locator("section[aria-label=Evaluation] tbody tr").count()).isPositive();
    pictures.take(
        "compare", page.url().substring(page.url().indexOf("/compare")), ConsoleWalk::drawn);
  }

  private static void drawn(Page page) {
    page.locator(".chart canvas").first().waitFor();
  }

  private void approve(String run) {
    pictures.take("approvals", "/approvals");
    visit.go("/approvals");
    page.getByRole(AriaRole.BUTTON, exactly("Approve")).click();
    confirm("Better answers to Hello.");
    visit.go("/runs/" + run);
    waitLong(page.locator(".lead .state.succeeded"));
  }

  private void confirm(String reason) {
    page.locator("dialog textarea").fill(reason);
    page.locator("dialog button[type=submit]").click();
    PlaywrightAssertions.assertThat(page.locator("dialog"))
        .hasCount(0, new LocatorAssertions.HasCountOptions().setTimeout(MOVING.toMillis()));
  }

  private void chat() {
    visit.go("/playground?models=" + LINE);
    page.getByLabel("What I say from now on").check();
    hello(page);
    assertThat(page.locator(".turn:not(.user) .text").innerText()).isNotBlank();
    page.getByLabel("Bad answer").first().click();
    page.getByText("it is kept for the next run").first().waitFor();
    page.getByText("Better answer…").first().click();
    page.locator("textarea[aria-label='Better answer']").fill("Hello! What can I do for you?");
    page.getByText("Send the better answer").click();
    PlaywrightAssertions.assertThat(page.locator("textarea[aria-label='Better answer']"))
        .hasCount(0);
    pictures.take("playground", "/playground?models=" + LINE, ConsoleWalk::hello);
  }

  private static void hello(Page page) {
    page.getByLabel("Message").fill("Hello!");
    page.keyboard().press("Enter");
    page.getByLabel("Bad answer").first().waitFor();
  }

  /** Returns the version that is served no more. */
  private String rollBack() {
    visit.go("/models/" + LINE);
    Locator lead = page.locator("main .lead");
    String served = lead.innerText();
    assertThat(served).matches("Version \\d+ is served\\.");
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Roll back")).click();
    confirm("The walk ends where it began.");
    waitLong(page.locator(".history").getByText("The walk ends where it began."));
    PlaywrightAssertions.assertThat(lead)
        .not()
        .hasText(served, new LocatorAssertions.HasTextOptions().setTimeout(MOVING.toMillis()));
    return served.replaceAll("\\D", "");
  }

  /** The version that went back takes a share of the requests, and goes back again. */
  private void canary(String version) {
    visit.go("/deployments");
    page.locator(".state.healthy").waitFor();
    page.getByText("Canary…").click();
    page.locator("dialog select").selectOption(version);
    page.getByLabel("Even if its gates").check();
    confirm("The walk tries it again.");
    waitLong(page.getByText("Canary: version " + version + " answers 10 %"));
    waitLong(page.getByText("Version " + version + " is a canary"));
    pictures.take("deployments", "/deployments");
    page.getByText("Roll back…").click();
    confirm("The walk has seen enough.");
    PlaywrightAssertions.assertThat(page.getByText("Canary: version"))
        .hasCount(0, new LocatorAssertions.HasCountOptions().setTimeout(MOVING.toMillis()));
    visit.go("/models/" + LINE);
    page.getByLabel("with decisions").check();
    waitLong(page.locator(".history").getByText("The walk has seen enough.").first());
  }

  private void schedule() {
    visit.go("/schedules");
    page.getByRole(AriaRole.BUTTON, exactly("New schedule")).click();
    Locator dialog = page.locator("dialog");
    dialog.getByLabel("Name").fill("curate");
    dialog.getByLabel("Starts").selectOption("CURATION");
    dialog.getByLabel("Model line").selectOption(LINE);
    page.locator("dialog button[type=submit]").click();
    Locator row = page.locator("tr").filter(new Locator.FilterOptions().setHasText("curate"));
    row.locator(".state.active").waitFor();
    row.getByText("Pause").click();
    row.locator(".state.paused").waitFor();
    row.getByText("Go on").click();
    row.locator(".state.active").waitFor();
    row.getByText("Run now").click();
    page.getByText("curate: trigger done.").waitFor();
    row.getByText("Change…").click();
    dialog.getByLabel("Cron").fill("30 4 * * *");
    dialog.getByLabel("Note").fill("Before anybody is up.");
    page.locator("dialog button[type=submit]").click();
    PlaywrightAssertions.assertThat(row).containsText("Before anybody is up.");
    PlaywrightAssertions.assertThat(row).containsText("30 4 * * *");
    row.getByText("Backfill…").click();
    dialog.getByLabel("From").fill("2026-01-05T00:00");
    dialog.getByLabel("To (").fill("2026-01-05T01:00");
    page.locator("dialog button[type=submit]").click();
    page.getByText("curate: backfill done.").waitFor();
    webhook();
    pictures.take("schedules", "/schedules");
    for (String name : List.of("curate", "hooked")) {
      Locator own = page.locator("tr").filter(new Locator.FilterOptions().setHasText(name));
      own.getByText("Delete…").click();
      page.locator("dialog button[type=submit]").click();
      PlaywrightAssertions.assertThat(own).hasCount(0);
    }
  }

  /** Who may start a schedule from outside is shown where, and with which secret. */
  private void webhook() {
    page.getByRole(AriaRole.BUTTON, exactly("New schedule")).click();
    Locator dialog = page.locator("dialog");
    dialog.getByLabel("Name").fill("hooked");
    dialog.getByLabel("Starts").selectOption("CURATION");
    dialog.getByLabel("Model line").selectOption(LINE);
    dialog.getByLabel("When").selectOption("on");
    page.locator("dialog button[type=submit]").click();
    Locator row = page.locator("tr").filter(new Locator.FilterOptions().setHasText("hooked"));
    row.getByText("Webhook…").click();
    PlaywrightAssertions.assertThat(dialog).containsText("stands in the audit log");
    dialog.getByText("Show the secret").click();
    PlaywrightAssertions.assertThat(dialog.locator("code").first()).containsText("/hooked");
    dialog.getByText("Close").click();
    PlaywrightAssertions.assertThat(dialog).hasCount(0);
  }

  /** A run whose recipe asks for four eyes: the one who started it may say no, but not yes. */
  private void fourEyes() {
    visit.go("/start?recipe=smoke");
    set("deployment.approval", "Approval", "PERSON");
    set("deployment.fourEyes", "Four eyes", "true");
    page.getByRole(AriaRole.BUTTON, exactly("Start")).click();
    page.waitForURL("**/runs/*");
    waitLong(page.getByText("A decision is waited for."));
    visit.go("/approvals");
    PlaywrightAssertions.assertThat(page.locator("article"))
        .containsText("its recipe asks that somebody else approves");
    PlaywrightAssertions.assertThat(page.getByRole(AriaRole.BUTTON, exactly("Approve")))
        .isDisabled();
    pictures.take("approvals-four-eyes", "/approvals");
    page.getByRole(AriaRole.BUTTON, exactly("Reject")).click();
    confirm("Nobody else is here.");
    PlaywrightAssertions.assertThat(page.locator("article"))
        .hasCount(0, new LocatorAssertions.HasCountOptions().setTimeout(MOVING.toMillis()));
  }

  /** The pages that the walk did not come by. */
  private void look(String run) {
    visit.go("/models/" + LINE);
    String version = page.locator("main .lead").innerText().replaceAll("\\D", "");
    visit.go("/datasets");
    String dataset = page.locator("td a[href^='/datasets/']").first().getAttribute("href");
    pictures.take("runs", "/runs");
    pictures.take("run", "/runs/" + run, ConsoleWalk::drawn);
    for (String tab : new String[] {"timeline", "checkpoints", "artifacts", "report", "settings"}) {
      pictures.take("run-" + tab, "/runs/" + run + "?tab=" + tab);
    }
    pictures.take("run-logs", "/runs/" + run + "?tab=logs");
    pictures.take("datasets", dataset);
    pictures.take("models", "/models/" + LINE);
    pictures.take("version", "/models/" + LINE + "/versions/" + version);
    pictures.take("lineage", "/models/" + LINE + "/versions/" + version + "/lineage");
    pictures.take("admin", "/admin?tab=audit");
  }

  private static void waitLong(Locator locator) {
    locator.first().waitFor(new Locator.WaitForOptions().setTimeout(RUNNING.toMillis()));
  }

  private static Page.GetByRoleOptions exactly(String name) {
    return new Page.GetByRoleOptions().setName(name).setExact(true);
  }
}
