package lyceum.workflows.seeded;

/** Breaks a rule on purpose. */
public final class ReadsAFile {
  java.nio.file.Path path;
}
