package lyceum.connectors.catalogue;

import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeException;
import dev.failsafe.RetryPolicy;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.URI;
import java.net.URL;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import lyceum.connectors.storage.LocalDisk;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One file over HTTP into a partial file, going on by {@code Range} (RFC 9110, section 14) where an
 * attempt broke off. As long as attempts bring bytes it goes on; after some in a row that bring
 * none it gives up.
 */
final class HttpDownload {
  private static final Logger LOG = LoggerFactory.getLogger(HttpDownload.class);
  private static final int CONNECT_TIMEOUT_MILLIS = 15_000;

  /** Between two packets, not over the whole transfer. */
  private static final int SILENCE_TIMEOUT_MILLIS = 60_000;

  private static final int MAX_REDIRECTS = 5;
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int RANGE_NOT_SATISFIABLE = 416;

  private final RetryPolicy<Object> retries;

  HttpDownload(int maxRetries, Duration firstDelay) {
    this.retries =
        RetryPolicy.builder()
            .handleIf(
                e ->
                    e instanceof LyceumException failure
                        && failure.category() == ErrorCategory.EXTERNAL)
            .withMaxRetries(maxRetries)
            .withBackoff(firstDelay, firstDelay.multipliedBy(32))
            .withJitter(0.2)
            .build();
  }

  /**
   * Completes {@code part}.
   *
   * @param token sent as bearer to the address's own host, never to where it redirects
   */
  void run(URI address, Optional<String> token, Path part) {
    requireSafe(address);
    while (true) {
      long before = size(part);
      try {
        Failsafe.with(retries).run(() -> attempt(address, token, part));
        return;
      } catch (FailsafeException e) {
        Thread.currentThread().interrupt();
        throw LyceumException.external("Interrupted while fetching " + address + ".", e);
      } catch (LyceumException e) {
        if (e.category() != ErrorCategory.EXTERNAL || size(part) <= before) {
          throw e;
        }
        LOG.warn("{} Going on after {} bytes.", e.getMessage(), size(part));
      }
    }
  }

  private static void attempt(URI address, Optional<String> token, Path part) {
    long have = size(part);
    try {
      HttpURLConnection connection = open(address, token, have);
      int status = connection.getResponseCode();
      if (status == RANGE_NOT_SATISFIABLE && have > 0) {
        // Nothing after what is there: the digest decides whether it is whole.
        return;
      }
      if (status != HttpURLConnection.HTTP_OK && status != HttpURLConnection.HTTP_PARTIAL) {
        throw refusal(address, status);
      }
      boolean resumed =
          status == HttpURLConnection.HTTP_PARTIAL
              && startsAt(connection.getHeaderField("Content-Range"), have);
      if (status == HttpURLConnection.HTTP_PARTIAL && !resumed) {
        throw LyceumException.external(
            address
                + " answered with the range "
                + connection.getHeaderField("Content-Range")
                + " instead of "
                + have
                + "-.");
      }
      long announced = connection.getContentLengthLong();
      long expected = announced < 0 ? -1 : announced + (resumed ? have : 0);
      try (InputStream in = connection.getInputStream();
          OutputStream out = write(part, resumed)) {
        copy(in, out, part);
      }
      if (expected >= 0 && size(part) < expected) {
        throw LyceumException.external(
            address + " broke off after " + size(part) + " of " + expected + " bytes.");
      }
    } catch (UnknownHostException e) {
      throw LyceumException.external(
          "Cannot fetch " + address + ": the host " + address.getHost() + " is not known.", e);
    } catch (IOException e) {
      String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      throw LyceumException.external("Cannot fetch " + address + ": " + message + ".", e);
    }
  }

  private static HttpURLConnection open(URI address, Optional<String> token, long from)
      throws IOException {
    URI target = address;
    for (int redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      URL url = target.toURL();
      HttpURLConnection connection = (HttpURLConnection) url.openConnection();
      connection.setConnectTimeout(CONNECT_TIMEOUT_MILLIS);
      connection.setReadTimeout(SILENCE_TIMEOUT_MILLIS);
      connection.setInstanceFollowRedirects(false);
      connection.setRequestProperty("Accept-Encoding", "identity");
      connection.setRequestProperty("User-Agent", "lyceum");
      if (from > 0) {
        connection.setRequestProperty("Range", "bytes=" + from + "-");
      }
      if (token.isPresent() && address.getAuthority().equals(target.getAuthority())) {
        connection.setRequestProperty("Authorization", "Bearer " + token.get());
      }
      int status = connection.getResponseCode();
      String location = connection.getHeaderField("Location");
      if (status / 100 != 3 || location == null) {
        return connection;
      }
      connection.disconnect();
      target = target.resolve(location);
      requireSafe(target);
    }
    throw LyceumException.user(
        address + " redirects more than " + MAX_REDIRECTS + " times. Fix: give the final address.");
  }

  private static LyceumException refusal(URI address, int status) {
    if (status == HttpURLConnection.HTTP_NOT_FOUND || status == HttpURLConnection.HTTP_GONE) {
      return LyceumException.user(
          address + " is not there (status " + status + "). Fix: the source's uri.");
    }
    if (status == HttpURLConnection.HTTP_UNAUTHORIZED
        || status == HttpURLConnection.HTTP_FORBIDDEN) {
      return LyceumException.user(
          address
              + " refuses access (status "
              + status
              + "). Fix: ask its owner for access; for an hf: source set HF_TOKEN.");
    }
    if (status == 408 || status == 429 || status >= 500) {
      return LyceumException.external(address + " answered with status " + status + ".");
    }
    return LyceumException.user(
        address + " answered with status " + status + ". Fix: the source's uri.");
  }

  /**
   * Plain HTTP lets anyone on the way read and change what passes; only this machine is trusted
   * with it.
   */
  private static void requireSafe(URI address) {
    if ("https".equals(address.getScheme())) {
      return;
    }
    try {
      if ("http".equals(address.getScheme())
          && address.getHost() != null
          && InetAddress.getByName(address.getHost()).isLoopbackAddress()) {
        return;
      }
    } catch (UnknownHostException e) {
      throw LyceumException.external(
          "Cannot fetch " + address + ": the host " + address.getHost() + " is not known.", e);
    }
    throw LyceumException.user(
        address + " is not https. Fix: use https; http is for this machine alone.");
  }

  private static boolean startsAt(@org.jspecify.annotations.Nullable String range, long from) {
    return range != null && range.startsWith("bytes " + from + "-");
  }

  private static void copy(InputStream in, OutputStream out, Path part) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      if (Thread.currentThread().isInterrupted()) {
        throw new IOException("interrupted");
      }
      try {
        out.write(buffer, 0, n);
      } catch (IOException e) {
        throw LocalDisk.failure("write", part, e);
      }
    }
  }

  private static OutputStream write(Path part, boolean append) {
    try {
      return Files.newOutputStream(
          part,
          StandardOpenOption.CREATE,
          StandardOpenOption.WRITE,
          append ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING);
    } catch (IOException e) {
      throw LocalDisk.failure("write", part, e);
    }
  }

  private static long size(Path part) {
    try {
      return Files.exists(part) ? Files.size(part) : 0;
    } catch (IOException e) {
      throw LocalDisk.failure("look at", part, e);
    }
  }
}
