package lyceum.cli.stack;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import lyceum.contracts.Payloads;
import lyceum.core.LyceumException;
import lyceum.core.Sha256;

/**
 * What a backup holds; written last, so that a folder without it is not a backup.
 *
 * @param format of this record; a backup of another format is refused
 * @param lyceum version that made it
 * @param temporal version of the server whose database is in it
 * @param mlflow the same
 * @param minio the same
 * @param files every file but this one, by its path below the folder
 */
record BackupManifest(
    int format,
    Instant madeAt,
    String lyceum,
    String temporal,
    String mlflow,
    String minio,
    List<Entry> files) {
  static final int FORMAT = 1;
  static final String NAME = "backup.json";

  /** One file: its path with slashes, its size, its SHA-256. */
  record Entry(String path, long bytes, String sha256) {
    static Entry of(Path folder, Path file) {
      try {
        return new Entry(
            folder.relativize(file).toString().replace('\\', '/'),
            Files.size(file),
            Sha256.of(file));
      } catch (IOException e) {
        throw LyceumException.resource("Cannot read " + file + ": " + e.getMessage(), e);
      }
    }
  }

  long bytes() {
    return files.stream().mapToLong(Entry::bytes).sum();
  }

  void write(Path folder) {
    try {
      Path fresh = folder.resolve(NAME + ".new");
      Files.writeString(fresh, Payloads.toJson(this));
      Files.move(fresh, folder.resolve(NAME));
    } catch (IOException e) {
      throw LyceumException.resource(
          "Cannot write " + folder.resolve(NAME) + ": " + e.getMessage(), e);
    }
  }

  /**
   * Reads the folder's manifest and compares every file with it.
   *
   * @throws LyceumException USER when it is no backup, of another format, or not as it was made,
   *     naming the files
   */
  static BackupManifest verified(Path folder) {
    Path file = folder.resolve(NAME);
    if (!Files.isRegularFile(file)) {
      throw LyceumException.user(
          folder
              + " holds no "
              + NAME
              + ": it is no backup, or one that was broken off. Name a folder that lyceum backup"
              + " made.");
    }
    BackupManifest manifest;
    try {
      manifest =
          Payloads.fromJson(Files.readString(file, StandardCharsets.UTF_8), BackupManifest.class);
    } catch (IOException e) {
      throw LyceumException.resource("Cannot read " + file + ": " + e.getMessage(), e);
    }
    if (manifest.format() != FORMAT) {
      throw LyceumException.user(
          folder
              + " is a backup of format "
              + manifest.format()
              + "; this version reads format "
              + FORMAT
              + ". It was made by Lyceum "
              + manifest.lyceum()
              + ".");
    }
    List<String> wrong = new ArrayList<>();
    for (Entry entry : manifest.files()) {
      Path there = folder.resolve(entry.path()).normalize();
      if (!there.startsWith(folder.normalize())) {
        throw LyceumException.user(
            file + " names '" + entry.path() + "', which lies outside of the backup.");
      }
      if (!Files.isRegularFile(there)) {
        wrong.add(entry.path() + " is missing");
      } else if (!Entry.of(folder, there).equals(entry)) {
        wrong.add(entry.path() + " has other bytes");
      }
    }
    if (!wrong.isEmpty()) {
      throw LyceumException.user(
          "The backup in "
              + folder
              + " is damaged ("
              + wrong.size()
              + " of "
              + manifest.files().size()
              + " files): "
              + String.join("; ", wrong.subList(0, Math.min(5, wrong.size())))
              + ". Nothing was restored. Take another copy of it.");
    }
    return manifest;
  }
}
