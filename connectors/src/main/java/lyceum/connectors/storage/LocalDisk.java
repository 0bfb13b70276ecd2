package lyceum.connectors.storage;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import lyceum.core.LyceumException;

/** Failures of the local file system by category. */
public final class LocalDisk {
  private LocalDisk() {}

  /**
   * USER where a path is missing or may not be used, RESOURCE for the rest: no space, quota, a
   * failing disk.
   *
   * @param verb for example {@code write}
   */
  public static LyceumException failure(String verb, Path path, IOException e) {
    String what = "Cannot " + verb + " " + path + ": ";
    return switch (e) {
      case NoSuchFileException missing ->
          LyceumException.user(what + "there is no " + missing.getFile() + ".", e);
      case AccessDeniedException denied ->
          LyceumException.user(
              what + "permission denied on " + denied.getFile() + ". Fix: its owner or mode.", e);
      case NotDirectoryException plain ->
          LyceumException.user(what + plain.getFile() + " is a file, not a folder.", e);
      case FileSystemException named when named.getReason() != null ->
          LyceumException.resource(what + named.getReason() + ". Fix: free space on that disk.", e);
      default ->
          LyceumException.resource(what + e.getMessage() + ". Fix: free space on that disk.", e);
    };
  }
}
