package lyceum.cli.stack;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Who listens on a port.
 *
 * @param pid 0 when the system does not tell
 * @param program empty when the system does not tell
 */
public record PortHolder(long pid, String program) {
  /** Whether a server could listen on the port of this machine now. */
  public static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Who holds the port, as far as the system tells this user. */
  public static PortHolder of(int port) {
    return fromProc(port)
        .or(() -> fromLsof(port))
        .map(
            pid ->
                new PortHolder(
                    pid, ProcessHandle.of(pid).flatMap(p -> p.info().command()).orElse("")))
        .orElse(new PortHolder(0, ""));
  }

  @Override
  public String toString() {
    if (pid == 0) {
      return "a process of another user";
    }
    return "process " + pid + (program.isEmpty() ? "" : " (" + program + ")");
  }

  private static Optional<Long> fromProc(int port) {
    for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
      try {
        for (String line : Files.readAllLines(Path.of(table))) {
          Optional<Long> pid = listeningInode(line, port).flatMap(PortHolder::ownerOf);
          if (pid.isPresent()) {
            return pid;
          }
        }
      } catch (IOException e) {
        return Optional.empty();
      }
    }
    return Optional.empty();
  }

  /**
   * The inode of the socket when the line of {@code /proc/net/tcp} is of one that listens on the
   * port.
   */
  static Optional<String> listeningInode(String line, int port) {
    String[] fields = line.strip().split("\\s+");
    boolean listens =
        fields.length > 9
            && fields[3].equals("0A")
            && fields[1].endsWith(String.format(java.util.Locale.ROOT, ":%04X", port));
    return listens ? Optional.of(fields[9]) : Optional.empty();
  }

  private static Optional<Long> ownerOf(String inode) {
    String wanted = "socket:[" + inode + "]";
    return ProcessHandle.allProcesses()
        .map(ProcessHandle::pid)
        .filter(pid -> hasOpen(Path.of("/proc", Long.toString(pid), "fd"), wanted))
        .findFirst();
  }

  private static boolean hasOpen(Path folder, String wanted) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.anyMatch(
          file -> {
            try {
              return Files.readSymbolicLink(file).toString().equals(wanted);
            } catch (IOException e) {
              return false;
            }
          });
    } catch (IOException | java.io.UncheckedIOException e) {
      return false;
    }
  }

  private static Optional<Long> fromLsof(int port) {
    return Programs.onPath("lsof")
        .flatMap(
            lsof ->
                Programs.output(
                    Duration.ofSeconds(5),
                    List.of(lsof.toString(), "-nP", "-t", "-iTCP:" + port, "-sTCP:LISTEN")))
        .flatMap(text -> text.lines().findFirst())
        .filter(line -> line.matches("[0-9]+"))
        .map(Long::parseLong);
  }
}
