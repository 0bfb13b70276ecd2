package lyceum.connectors.storage;

import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeException;
import dev.failsafe.RetryPolicy;
import io.minio.GetObjectArgs;
import io.minio.GetPresignedObjectUrlArgs;
import io.minio.Http;
import io.minio.ListObjectsArgs;
import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import io.minio.RemoveObjectArgs;
import io.minio.Result;
import io.minio.StatObjectArgs;
import io.minio.StatObjectResponse;
import io.minio.UploadObjectArgs;
import io.minio.errors.ErrorResponseException;
import io.minio.errors.MinioException;
import io.minio.errors.ServerException;
import io.minio.messages.Item;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import lyceum.core.Sha256;
import okhttp3.Dispatcher;
import okhttp3.OkHttpClient;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The objects of one bucket, with time-outs, retries of EXTERNAL failures, and errors by category.
 *
 * <p>All methods throw {@link LyceumException}: EXTERNAL when the server cannot be reached or
 * fails, RESOURCE when it or the local disk is full, USER when it refuses the credentials or the
 * bucket is not there.
 */
public final class S3Bucket {
  private static final Logger LOG = LoggerFactory.getLogger(S3Bucket.class);
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  /** Between two packets, not over a whole transfer. */
  private static final Duration SILENCE_TIMEOUT = Duration.ofSeconds(60);

  private static final int BUFFER_BYTES = 1 << 16;

  /** Name of the user metadata that carries an object's digest. */
  static final String SHA256_METADATA = "sha256";

  /**
   * What a server says of an object.
   *
   * @param sha256 as written by {@link #put} or {@link #upload}; empty for objects that others
   *     wrote
   */
  public record Stat(long bytes, String sha256) {}

  /**
   * One for all, because making one reads the machine's certificates; its threads do not keep the
   * process alive.
   */
  private static final OkHttpClient HTTP = httpClient();

  private final StorageSettings settings;
  private final MinioClient client;
  private final RetryPolicy<Object> retries;

  public S3Bucket(StorageSettings settings) {
    this(settings, 4, Duration.ofMillis(250));
  }

  /** As {@link #S3Bucket(StorageSettings)}, with so many retries, the first after this delay. */
  S3Bucket(StorageSettings settings, int maxRetries, Duration firstDelay) {
    this.settings = settings;
    if (settings.accessKey().isBlank() || settings.secretKey().isBlank()) {
      throw LyceumException.user(
          "There are no credentials for the storage at "
              + settings.endpoint()
              + ". Fix: set storage.accessKey and storage.secretKey (LYCEUM_STORAGE_ACCESS_KEY,"
              + " LYCEUM_STORAGE_SECRET_KEY), or run ./lyceum up, which makes them.");
    }
    this.client =
        MinioClient.builder()
            .endpoint(settings.endpoint().toString())
            .credentials(settings.accessKey(), settings.secretKey())
            .region(settings.region())
            .httpClient(HTTP)
            .build();
    this.retries =
        RetryPolicy.builder()
            .handleIf(
                e ->
                    e instanceof LyceumException failure
                        && failure.category() == ErrorCategory.EXTERNAL)
            .withMaxRetries(maxRetries)
            .withBackoff(firstDelay, firstDelay.multipliedBy(16))
            .withJitter(0.2)
            .onRetry(
                event ->
                    LOG.warn(
                        "storage, attempt {}: {}",
                        event.getAttemptCount() + 1,
                        message(event.getLastException())))
            .build();
  }

  private static OkHttpClient httpClient() {
    Dispatcher dispatcher = new Dispatcher(Executors.newVirtualThreadPerTaskExecutor());
    dispatcher.setMaxRequestsPerHost(32);
    return new OkHttpClient.Builder()
        .dispatcher(dispatcher)
        .connectTimeout(CONNECT_TIMEOUT)
        .readTimeout(SILENCE_TIMEOUT)
        .writeTimeout(SILENCE_TIMEOUT)
        .build();
  }

  /** Empty when the object is not there. */
  public Optional<Stat> stat(String key) {
    return attempt(() -> statOnce(key));
  }

  private Optional<Stat> statOnce(String key) {
    try {
      StatObjectResponse stat =
          client.statObject(StatObjectArgs.builder().bucket(settings.bucket()).object(key).build());
      String sha256 = stat.userMetadata().getFirst(SHA256_METADATA);
      return Optional.of(new Stat(stat.size(), sha256 == null ? "" : sha256));
    } catch (MinioException e) {
      if (isMissing(e)) {
        return Optional.empty();
      }
      throw failure("look at", key, e);
    }
  }

  /** Writes the object whole; a reader sees the old or the new bytes, never a mixture. */
  public void put(String key, byte[] bytes, String sha256) {
    attempt(
        () -> {
          try {
            client.putObject(
                PutObjectArgs.builder()
                    .bucket(settings.bucket())
                    .object(key)
                    .userMetadata(Map.of(SHA256_METADATA, sha256))
                    .data(bytes, bytes.length)
                    .build());
            return true;
          } catch (MinioException e) {
            throw failure("write", key, e);
          }
        });
  }

  /** Streams the file into the object; it appears whole or not at all. */
  public void upload(String key, Path file, String sha256) {
    attempt(
        () -> {
          try {
            client.uploadObject(
                UploadObjectArgs.builder()
                    .bucket(settings.bucket())
                    .object(key)
                    .userMetadata(Map.of(SHA256_METADATA, sha256))
                    .filename(file.toString())
                    .build());
            return true;
          } catch (MinioException e) {
            throw failure("write", key, e);
          }
        });
  }

  /** Empty when the object is not there. */
  public Optional<byte[]> get(String key) {
    return attempt(
        () -> {
          try (InputStream in =
              client.getObject(
                  GetObjectArgs.builder().bucket(settings.bucket()).object(key).build())) {
            return Optional.of(in.readAllBytes());
          } catch (MinioException e) {
            if (isMissing(e)) {
              return Optional.<byte[]>empty();
            }
            throw failure("read", key, e);
          } catch (IOException e) {
            throw broken(key, e);
          }
        });
  }

  /** The first bytes of an object, at most so many; empty when it is not there. */
  public Optional<byte[]> head(String key, int most) {
    return attempt(
        () -> {
          try (InputStream in =
              client.getObject(
                  GetObjectArgs.builder()
                      .bucket(settings.bucket())
                      .object(key)
                      .offset(0L)
                      .length((long) most)
                      .build())) {
            return Optional.of(in.readAllBytes());
          } catch (MinioException e) {
            if (isMissing(e)) {
              return Optional.<byte[]>empty();
            }
            throw failure("read", key, e);
          } catch (IOException e) {
            throw broken(key, e);
          }
        });
  }

  /** An address from which the object can be read without keys, as long as this. */
  public URI link(String key, Duration life) {
    return attempt(
        () -> {
          try {
            return URI.create(
                client.getPresignedObjectUrl(
                    GetPresignedObjectUrlArgs.builder()
                        .method(Http.Method.GET)
                        .bucket(settings.bucket())
                        .object(key)
                        .expiry((int) life.toSeconds())
                        .build()));
          } catch (MinioException e) {
            throw failure("make a link to", key, e);
          }
        });
  }

  /** SHA-256 of the bytes as read back; empty when the object is not there. */
  public Optional<String> digest(String key) {
    return attempt(
        () -> {
          try (InputStream in =
              client.getObject(
                  GetObjectArgs.builder().bucket(settings.bucket()).object(key).build())) {
            return Optional.of(Sha256.of(in));
          } catch (MinioException e) {
            if (isMissing(e)) {
              return Optional.<String>empty();
            }
            throw failure("read", key, e);
          } catch (IOException e) {
            throw broken(key, e);
          }
        });
  }

  /**
   * Reads the object into {@code part}, going on after the bytes that it already holds; what
   * arrived before a failure stays there. The bytes are not verified here.
   *
   * @return false when the object is not there
   */
  public boolean download(String key, Path part) {
    return attempt(
        () -> {
          Optional<Stat> stat = statOnce(key);
          if (stat.isEmpty()) {
            return false;
          }
          long have = size(part);
          if (have > stat.get().bytes()) {
            have = 0;
            delete(part);
          }
          if (have == stat.get().bytes() && have > 0) {
            return true;
          }
          GetObjectArgs.Builder request =
              GetObjectArgs.builder().bucket(settings.bucket()).object(key);
          if (have > 0) {
            request.offset(have);
          }
          try (InputStream in = client.getObject(request.build());
              OutputStream out = append(part)) {
            copy(in, out, key, part);
          } catch (MinioException e) {
            throw failure("read", key, e);
          } catch (IOException e) {
            throw broken(key, e);
          }
          if (size(part) < stat.get().bytes()) {
            throw LyceumException.external(
                address(key)
                    + " ended after "
                    + size(part)
                    + " of "
                    + stat.get().bytes()
                    + " bytes.");
          }
          return true;
        });
  }

  /** Keys of all objects that start with {@code prefix}, in ascending order. */
  public List<String> list(String prefix) {
    return attempt(
        () -> {
          List<String> keys = new ArrayList<>();
          try {
            for (Result<Item> result :
                client.listObjects(
                    ListObjectsArgs.builder()
                        .bucket(settings.bucket())
                        .prefix(prefix)
                        .recursive(true)
                        .build())) {
              keys.add(result.get().objectName());
            }
          } catch (MinioException e) {
            throw failure("list", prefix, e);
          }
          keys.sort(null);
          return keys;
        });
  }

  /** Removes the object; removing one that is not there is a no-op. */
  public void delete(String key) {
    attempt(
        () -> {
          try {
            client.removeObject(
                RemoveObjectArgs.builder().bucket(settings.bucket()).object(key).build());
            return true;
          } catch (MinioException e) {
            throw failure("remove", key, e);
          }
        });
  }

  /** {@code s3://bucket/key}. */
  String address(String key) {
    return "s3://" + settings.bucket() + "/" + key;
  }

  private <T> T attempt(Supplier<T> operation) {
    try {
      return Failsafe.with(retries).get(() -> unwrapped(operation));
    } catch (FailsafeException e) {
      Thread.currentThread().interrupt();
      throw LyceumException.external(
          "Interrupted while waiting for the storage at " + settings.endpoint() + ".", e);
    }
  }

  /** The client wraps what its threads throw, some of it in unchecked exceptions. */
  private <T> T unwrapped(Supplier<T> operation) {
    try {
      return operation.get();
    } catch (IllegalStateException | CompletionException e) {
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        if (cause instanceof IOException broken) {
          throw unreachable(
              "Cannot use the bucket " + settings.bucket() + " at " + settings.endpoint() + ": ",
              broken);
        }
      }
      throw e;
    }
  }

  private static boolean isMissing(MinioException e) {
    return e instanceof ErrorResponseException response
        && response.errorResponse().code().equals("NoSuchKey");
  }

  private LyceumException failure(String verb, String key, MinioException e) {
    String what = "Cannot " + verb + " " + address(key) + " at " + settings.endpoint() + ": ";
    if (e instanceof ErrorResponseException response) {
      return refused(what, response, e);
    }
    if (e instanceof ServerException server && server.statusCode() == 507) {
      return full(what, e);
    }
    if (e.getCause() instanceof GeneralSecurityException) {
      return LyceumException.internal(what + message(e), e);
    }
    return unreachable(what, e.getCause() == null ? e : e.getCause());
  }

  private static LyceumException unreachable(String what, Throwable cause) {
    return LyceumException.external(
        what
            + message(cause)
            + ". Is the storage running there? Fix: ./lyceum status, or set storage.endpoint"
            + " (LYCEUM_STORAGE_ENDPOINT).",
        cause);
  }

  private LyceumException refused(String what, ErrorResponseException response, MinioException e) {
    String code = response.errorResponse().code();
    int status = response.response().code();
    String said = code + " (" + response.errorResponse().message() + ")";
    return switch (code) {
      case "XMinioStorageFull",
          "XMinioStorageQuotaExceeded",
          "QuotaExceeded",
          "XMinioAdminBucketQuotaExceeded" ->
          full(what, e);
      case "InvalidAccessKeyId",
          "SignatureDoesNotMatch",
          "AccessDenied",
          "InvalidTokenId",
          "AuthorizationHeaderMalformed" ->
          LyceumException.user(
              what
                  + "wrong credentials: the server refuses the access key '"
                  + settings.accessKey()
                  + "' with "
                  + said
                  + ". Fix: set storage.accessKey and storage.secretKey (LYCEUM_STORAGE_ACCESS_KEY,"
                  + " LYCEUM_STORAGE_SECRET_KEY) to a key that may use the bucket '"
                  + settings.bucket()
                  + "'.",
              e);
      case "NoSuchBucket" ->
          LyceumException.user(
              what
                  + "there is no bucket '"
                  + settings.bucket()
                  + "'. Fix: create it (./lyceum up does), or set storage.bucket (LYCEUM_STORAGE_BUCKET).",
              e);
      case "RequestTimeTooSkewed" ->
          LyceumException.user(
              what
                  + "the clocks of this machine and the server differ too much. Fix: set the clock.",
              e);
      default -> {
        if (status == 507) {
          yield full(what, e);
        }
        if (status == 401 || status == 403) {
          yield LyceumException.user(
              what
                  + "wrong credentials: "
                  + said
                  + ". Fix: check storage.accessKey and storage.secretKey.",
              e);
        }
        if (status == 408 || status == 429 || status >= 500) {
          yield LyceumException.external(what + said + ", status " + status + ".", e);
        }
        yield LyceumException.user(what + said + ", status " + status + ".", e);
      }
    };
  }

  private static LyceumException full(String what, Throwable cause) {
    return LyceumException.resource(
        what
            + "the storage is full. Fix: free space on its disk, or raise its quota; what was written before is whole.",
        cause);
  }

  private LyceumException broken(String key, IOException e) {
    return LyceumException.external(
        "The connection broke while reading " + address(key) + ": " + message(e) + ".", e);
  }

  private static String message(Throwable e) {
    String text = e.getMessage();
    return text == null ? e.getClass().getSimpleName() : text;
  }

  private static long size(Path part) {
    try {
      return Files.exists(part) ? Files.size(part) : 0;
    } catch (IOException e) {
      throw LocalDisk.failure("look at", part, e);
    }
  }

  private static void delete(Path part) {
    try {
      Files.deleteIfExists(part);
    } catch (IOException e) {
      throw LocalDisk.failure("remove", part, e);
    }
  }

  private static OutputStream append(Path part) {
    try {
      return Files.newOutputStream(part, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw LocalDisk.failure("write", part, e);
    }
  }

  private void copy(InputStream in, OutputStream out, String key, Path part) {
    byte[] buffer = new byte[BUFFER_BYTES];
    while (true) {
      int n;
      try {
        n = in.read(buffer);
      } catch (IOException e) {
        throw broken(key, e);
      }
      if (n < 0) {
        return;
      }
      try {
        out.write(buffer, 0, n);
      } catch (IOException e) {
        throw LocalDisk.failure("write", part, e);
      }
    }
  }
}
