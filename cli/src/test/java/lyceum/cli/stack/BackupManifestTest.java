package lyceum.cli.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import lyceum.core.LyceumException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackupManifestTest {
  @TempDir private Path folder;
  private Path object = Path.of("");

  @BeforeEach
  void backup() throws IOException {
    object = folder.resolve("objects/artifacts/documents/a");
    Files.createDirectories(folder.resolve("objects/artifacts/documents"));
    Files.writeString(object, "bytes");
  }

  @Test
  void written_isReadBackWhole() {
    BackupManifest manifest = manifest(BackupManifest.FORMAT, entry());
    manifest.write(folder);
    assertThat(BackupManifest.verified(folder)).isEqualTo(manifest);
    assertThat(manifest.bytes()).isEqualTo(5);
  }

  @Test
  void folderWithoutManifest_isNoBackup() {
    assertRefused("holds no backup.json");
  }

  @Test
  void changedByte_isFound() throws IOException {
    manifest(BackupManifest.FORMAT, entry()).write(folder);
    Files.writeString(object, "bytez");
    assertRefused("objects/artifacts/documents/a has other bytes");
  }

  @Test
  void missingFile_isFound() throws IOException {
    manifest(BackupManifest.FORMAT, entry()).write(folder);
    Files.delete(object);
    assertRefused("objects/artifacts/documents/a is missing");
  }

  @Test
  void otherFormat_isRefused() {
    manifest(BackupManifest.FORMAT + 1, entry()).write(folder);
    assertRefused("format 2");
  }

  @Test
  void pathThatLeadsOutside_isRefused() {
    manifest(BackupManifest.FORMAT, new BackupManifest.Entry("../elsewhere", 1, "0")).write(folder);
    assertRefused("lies outside of the backup");
  }

  private void assertRefused(String message) {
    assertThatThrownBy(() -> BackupManifest.verified(folder))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining(message);
  }

  private BackupManifest.Entry entry() {
    return BackupManifest.Entry.of(folder, object);
  }

  private static BackupManifest manifest(int format, BackupManifest.Entry entry) {
    return new BackupManifest(
        format, Instant.parse("2026-11-28T12:00:00Z"), "0.1.0", "1", "2", "3", List.of(entry));
  }
}
