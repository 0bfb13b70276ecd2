package lyceum.verification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A Postgres of its own on a free port, with a superuser {@code postgres}. */
public final class PostgresServer implements AutoCloseable {
  public static final String PASSWORD = "lyceum-test-password";

  private static final Duration ASKING = Duration.ofMinutes(2);

  private final Path folder;
  private final Path programs;
  private final int port = ServerProcess.freePort();
  private ServerProcess process;

  private PostgresServer(Path folder, Path programs) {
    this.folder = folder;
    this.programs = programs;
  }

  /** Makes one in the folder and starts it; skips the test where Postgres is not installed. */
  public static PostgresServer start(Path folder) throws IOException {
    PostgresServer server = new PostgresServer(folder, programs());
    Path data = Files.createDirectory(folder.resolve("postgres"));
    Path password = Files.writeString(folder.resolve("password"), PASSWORD);
    if (isRoot()) {
      // Postgres refuses to run as root.
      succeed(List.of("chown", "postgres", data.toString(), password.toString()), Map.of());
      succeed(List.of("chmod", "711", folder.toString()), Map.of());
    }
    succeed(
        asPostgres(
            server.programs.resolve("initdb").toString(),
            "-D",
            data.toString(),
            "--auth=scram-sha-256",
            "--username=postgres",
            "--pwfile=" + password,
            "-E",
            "UTF8",
            "--locale=C.UTF-8"),
        Map.of());
    server.start();
    return server;
  }

  public int port() {
    return port;
  }

  /** What tells Postgres' programs and Terraform's provider where it is. */
  Map<String, String> environment(String user) {
    return Map.of(
        "PGHOST",
        "127.0.0.1",
        "PGPORT",
        Integer.toString(port),
        "PGUSER",
        user,
        "PGPASSWORD",
        PASSWORD,
        "PGSSLMODE",
        "disable");
  }

  /** The outcome of a statement. */
  public Installation.Outcome sql(String user, String database, String statement) {
    return Installation.execute(
        ASKING,
        List.of(programs.resolve("psql").toString(), "-At", "-d", database, "-c", statement),
        environment(user));
  }

  public void start() {
    process =
        ServerProcess.start(
            "postgres",
            folder,
            Map.of(),
            () ->
                Installation.execute(
                            ASKING,
                            List.of(
                                programs.resolve("pg_isready").toString(),
                                "-q",
                                "-h",
                                "127.0.0.1",
                                "-p",
                                Integer.toString(port)),
                            Map.of())
                        .exitCode()
                    == 0,
            asPostgres(
                programs.resolve("postgres").toString(),
                "-D",
                folder.resolve("postgres").toString(),
                "-p",
                Integer.toString(port),
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "unix_socket_directories="));
  }

  /** Ends all of it as a power cut would. */
  public void kill() throws IOException {
    process.kill();
    // It stays in the list of processes where nobody asks how it ended, and Postgres then takes its
    // lock for that of one which lives.
    Files.deleteIfExists(folder.resolve("postgres/postmaster.pid"));
  }

  @Override
  public void close() {
    process.close();
  }

  private static Path programs() throws IOException {
    Path versions = Path.of("/usr/lib/postgresql");
    if (!Files.isDirectory(versions)) {
      return abort("skipped: Postgres is not installed (Debian: apt install postgresql)");
    }
    try (Stream<Path> found = Files.list(versions)) {
      return found.sorted().toList().getLast().resolve("bin");
    }
  }

  private static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  private static List<String> asPostgres(String... command) {
    List<String> full =
        new ArrayList<>(isRoot() ? List.of("runuser", "-u", "postgres", "--") : List.of());
    full.addAll(List.of(command));
    return full;
  }

  private static void succeed(List<String> command, Map<String, String> environment) {
    Installation.Outcome outcome = Installation.execute(ASKING, command, environment);
    assertThat(outcome.exitCode())
        .as("output:\n%s\nerrors:\n%s", outcome.out(), outcome.err())
        .isZero();
  }
}
