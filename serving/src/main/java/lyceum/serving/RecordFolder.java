package lyceum.serving;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import lyceum.core.ArtifactStore;
import lyceum.core.LyceumException;
import lyceum.core.Sha256;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps records as JSON lines in a folder, and ships them to object storage where there is one.
 *
 * <p>Records go to the end of {@code open/KIND-DAY.jsonl}. When that file is old or large enough,
 * or its day (UTC) is over, it becomes {@code closed/DAY/KIND-SHA256.jsonl} and is not changed any
 * more. Closed files are put into storage under {@code feedback/} with the same name, then deleted.
 * A process that is killed leaves its open file, which the next one closes, without a last line
 * that has no end. Killed after putting and before deleting, the next puts the same bytes under the
 * same name. So every record whose {@link #append} has returned is stored once, however often and
 * wherever the process is killed; a machine that loses its power may lose what it had not written
 * to disk yet.
 */
public final class RecordFolder implements ExchangeLog, AutoCloseable {
  /** Prefix of the documents' names in storage. */
  static final String PREFIX = "feedback/";

  private static final Logger LOG = LoggerFactory.getLogger(RecordFolder.class);
  private static final Duration TICK = Duration.ofSeconds(10);

  /**
   * When a file is closed.
   *
   * @param age of its first record
   * @param bytes of all its records
   */
  record Limits(Duration age, long bytes) {
    /** Often, so that little is lost with a machine. */
    static final Limits SHIPPED = new Limits(Duration.ofMinutes(1), 8 << 20);

    /** Nobody waits for them: a file a day. */
    static final Limits KEPT = new Limits(Duration.ofDays(1), 64 << 20);
  }

  private static final class Segment implements AutoCloseable {
    final Path file;
    final LocalDate day;
    final Instant began;
    final FileChannel channel;

    Segment(Path file, LocalDate day, Instant began) throws IOException {
      this.file = file;
      this.day = day;
      this.began = began;
      this.channel =
          FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  private final Path folder;
  private final Optional<ArtifactStore> store;
  private final InstantSource clock;
  private final Limits limits;
  private final FileChannel lockFile;
  private final ScheduledExecutorService ticks =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("records").factory());
  private final Map<Kind, Segment> open = new EnumMap<>(Kind.class);

  private RecordFolder(
      Path folder, Optional<ArtifactStore> store, InstantSource clock, Limits limits)
      throws IOException {
    this.folder = folder;
    this.store = store;
    this.clock = clock;
    this.limits = limits;
    Files.createDirectories(folder.resolve("open"));
    Files.createDirectories(folder.resolve("closed"));
    this.lockFile = locked(folder.resolve("lock"));
    closeLeftOver();
  }

  /**
   * Opens the folder and closes what a killed process left in it.
   *
   * @param store where records are shipped to; without one they stay in the folder
   * @throws LyceumException RESOURCE when the folder cannot be used, USER when another process uses
   *     it
   */
  public static RecordFolder open(Path folder, Optional<ArtifactStore> store) {
    RecordFolder records =
        open(
            folder,
            store,
            InstantSource.system(),
            store.isPresent() ? Limits.SHIPPED : Limits.KEPT);
    records.ticks.scheduleWithFixedDelay(
        records::tick, TICK.toMillis(), TICK.toMillis(), TimeUnit.MILLISECONDS);
    return records;
  }

  /** The same without a thread: what is due is done by {@link #tick}. */
  static RecordFolder open(
      Path folder, Optional<ArtifactStore> store, InstantSource clock, Limits limits) {
    try {
      return new RecordFolder(folder, store, clock, limits);
    } catch (IOException e) {
      throw LyceumException.resource("Cannot use the folder " + folder + ": " + e + ".", e);
    }
  }

  private static FileChannel locked(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    @Nullable FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null;
    }
    if (lock == null) {
      channel.close();
      throw LyceumException.user(
          "Another server keeps its records in "
              + file.getParent()
              + ". Give each a folder of its own with --log.");
    }
    return channel;
  }

  @Override
  public synchronized void append(Kind kind, ObjectNode entry) {
    LocalDate day = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    try {
      Segment segment = open.get(kind);
      if (segment != null && !segment.day.equals(day)) {
        close(kind, segment);
        segment = null;
      }
      if (segment == null) {
        Path file = folder.resolve("open").resolve(noun(kind) + "-" + day + ".jsonl");
        segment = new Segment(file, day, clock.instant());
        open.put(kind, segment);
      }
      ByteBuffer line = ByteBuffer.wrap((entry + "\n").getBytes(StandardCharsets.UTF_8));
      while (line.hasRemaining()) {
        segment.channel.write(line);
      }
      if (segment.channel.size() >= limits.bytes) {
        close(kind, segment);
      }
    } catch (IOException e) {
      throw LyceumException.resource("Cannot write to " + folder + ": " + e + ".", e);
    }
  }

  private static String noun(Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  private void close(Kind kind, Segment segment) throws IOException {
    open.remove(kind);
    segment.channel.force(true);
    segment.close();
    moveToClosed(segment.file, noun(kind), segment.day.toString());
  }

  private void moveToClosed(Path file, String kind, String day) throws IOException {
    Path target = folder.resolve("closed").resolve(day);
    Files.createDirectories(target);
    Files.move(
        file,
        target.resolve(kind + "-" + Sha256.of(file) + ".jsonl"),
        StandardCopyOption.ATOMIC_MOVE);
  }

  private void closeLeftOver() throws IOException {
    for (Path file : list(folder.resolve("open"))) {
      byte[] bytes = Files.readAllBytes(file);
      int end = bytes.length;
      while (end > 0 && bytes[end - 1] != '\n') {
        end--;
      }
      if (end == 0) {
        Files.delete(file);
        continue;
      }
      if (end < bytes.length) {
        LOG.warn("{} ends within a record, which was never acknowledged; it is left out", file);
        Path whole = Files.createTempFile(folder, "whole", ".jsonl");
        Files.write(whole, Arrays.copyOf(bytes, end));
        Files.move(
            whole, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      }
      String name = file.getFileName().toString();
      int dash = name.indexOf('-');
      moveToClosed(
          file,
          name.substring(0, dash),
          name.substring(dash + 1, name.length() - ".jsonl".length()));
    }
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  /** Closes files that are due, and ships closed ones; what fails is tried again next time. */
  void tick() {
    try {
      closeDue();
      ship();
    } catch (IOException | LyceumException e) {
      LOG.warn("Records wait in {} to be shipped: {}", folder, e.getMessage());
    }
  }

  private synchronized void closeDue() throws IOException {
    Instant now = clock.instant();
    for (Kind kind : Kind.values()) {
      Segment segment = open.get(kind);
      if (segment != null
          && (Duration.between(segment.began, now).compareTo(limits.age) >= 0
              || !segment.day.equals(LocalDate.ofInstant(now, ZoneOffset.UTC)))) {
        close(kind, segment);
      }
    }
  }

  private void ship() throws IOException {
    if (store.isEmpty()) {
      return;
    }
    for (Path day : list(folder.resolve("closed"))) {
      for (Path file : list(day)) {
        String name = PREFIX + day.getFileName() + "/" + file.getFileName();
        store.get().putDocument(name, Files.readAllBytes(file));
        Files.delete(file);
      }
    }
  }

  /** Closes all files and ships them once; what cannot be shipped now the next process ships. */
  @Override
  public void close() {
    ticks.shutdown();
    try {
      // Shipping the same file twice at a time would delete it twice.
      if (!ticks.awaitTermination(TICK.toSeconds(), TimeUnit.SECONDS)) {
        LOG.warn("Storage does not answer; records wait in {}", folder);
        return;
      }
      closeAll();
      ship();
    } catch (IOException | LyceumException e) {
      LOG.warn("Records wait in {} to be shipped: {}", folder, e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      unlock();
    }
  }

  private synchronized void closeAll() throws IOException {
    for (Kind kind : Kind.values()) {
      Segment segment = open.get(kind);
      if (segment != null) {
        close(kind, segment);
      }
    }
  }

  private void unlock() {
    try {
      lockFile.close();
    } catch (IOException e) {
      LOG.warn("{} stays locked: {}", folder, e.getMessage());
    }
  }
}
