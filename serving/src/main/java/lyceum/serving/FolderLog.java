package lyceum.serving;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Locale;
import lyceum.core.LyceumException;

/**
 * Keeps records as JSON lines in a folder, a file a kind and day (UTC): {@code
 * exchanges-2026-11-22.jsonl}.
 */
public final class FolderLog implements ExchangeLog {
  private final Path folder;
  private final InstantSource clock;

  /**
   * @throws LyceumException RESOURCE when the folder cannot be made
   */
  public FolderLog(Path folder, InstantSource clock) {
    this.folder = folder;
    this.clock = clock;
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw LyceumException.resource("Cannot make the folder " + folder + ": " + e + ".", e);
    }
  }

  @Override
  public synchronized void append(Kind kind, ObjectNode entry) {
    LocalDate day = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    Path file = folder.resolve(kind.name().toLowerCase(Locale.ROOT) + "-" + day + ".jsonl");
    try {
      Files.write(
          file,
          (entry + "\n").getBytes(StandardCharsets.UTF_8),
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw LyceumException.resource("Cannot write to " + file + ": " + e + ".", e);
    }
  }
}
