package lyceum.connectors.storage;

import java.net.URI;
import lyceum.core.LyceumException;

/**
 * Where an S3 bucket is and how to get in.
 *
 * @param endpoint address of the server, for example {@code http://127.0.0.1:9000}
 * @param accessKey name of the key
 * @param secretKey kept out of {@link #toString()}
 * @param bucket holds everything that Lyceum stores; must be there
 * @param region for the signature; MinIO's default is {@code us-east-1}
 */
public record StorageSettings(
    URI endpoint, String accessKey, String secretKey, String bucket, String region) {
  public StorageSettings {
    String scheme = endpoint.getScheme();
    if (endpoint.getHost() == null || !("http".equals(scheme) || "https".equals(scheme))) {
      throw LyceumException.user(
          "The storage endpoint '"
              + endpoint
              + "' is not an address. Write it as http://HOST:PORT or https://HOST.");
    }
    if (!bucket.matches("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")) {
      throw LyceumException.user(
          "The storage bucket '"
              + bucket
              + "' is not a bucket name: 3 to 63 lower-case letters, digits, dots and hyphens.");
    }
    if (region.isBlank()) {
      throw LyceumException.user("The storage region is empty. MinIO's default is us-east-1.");
    }
  }

  @Override
  public String toString() {
    return "StorageSettings[endpoint="
        + endpoint
        + ", accessKey="
        + accessKey
        + ", secretKey=***, bucket="
        + bucket
        + ", region="
        + region
        + "]";
  }
}
