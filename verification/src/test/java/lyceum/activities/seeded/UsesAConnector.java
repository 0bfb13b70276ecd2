package lyceum.activities.seeded;

/** Breaks a rule on purpose. */
public final class UsesAConnector {
  io.minio.MinioClient client;
}
