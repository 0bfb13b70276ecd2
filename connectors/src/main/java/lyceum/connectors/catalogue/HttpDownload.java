package lyceum.connectors.catalogue;

import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeException;
import dev.failsafe.RetryPolicy;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import lyceum.connectors.network.PrivateAddressException;
import lyceum.connectors.network.PublicDns;
import lyceum.connectors.storage.LocalDisk;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import okhttp3.Dns;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One file over HTTP into a partial file, going on by {@code Range} (RFC 9110, section 14) where an
 * attempt broke off. As long as attempts bring bytes it goes on; after some in a row that bring
 * none it gives up.
 */
final class HttpDownload {
  private static final Logger LOG = LoggerFactory.getLogger(HttpDownload.class);
  private static final Duration CONNECTING = Duration.ofSeconds(15);

  /** Between two packets, not over the whole transfer. */
  private static final Duration SILENCE = Duration.ofSeconds(60);

  private static final int MAX_REDIRECTS = 5;
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int RANGE_NOT_SATISFIABLE = 416;

  /** As the JVM's own client finds them. */
  private static final ProxySelector PROXIES =
      Optional.ofNullable(ProxySelector.getDefault()).orElseGet(() -> ProxySelector.of(null));

  private final RetryPolicy<Object> retries;
  private final PublicDns names;
  private final OkHttpClient direct;
  private final OkHttpClient proxied;

  /**
   * @param names looks up hosts; those that it does not trust are reached on public addresses alone
   */
  HttpDownload(int maxRetries, Duration firstDelay, PublicDns names) {
    this.names = names;
    this.direct =
        new OkHttpClient.Builder()
            .followRedirects(false)
            .followSslRedirects(false)
            .connectTimeout(CONNECTING)
            .readTimeout(SILENCE)
            .proxy(Proxy.NO_PROXY)
            .dns(names)
            .build();
    this.proxied = direct.newBuilder().proxy(null).proxySelector(PROXIES).dns(Dns.SYSTEM).build();
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

  private void attempt(URI address, Optional<String> token, Path part) {
    long have = size(part);
    try (Response response = open(address, token, have)) {
      int status = response.code();
      if (status == RANGE_NOT_SATISFIABLE && have > 0) {
        // Nothing after what is there: the digest decides whether it is whole.
        return;
      }
      if (status != HttpURLConnection.HTTP_OK && status != HttpURLConnection.HTTP_PARTIAL) {
        throw refusal(address, status);
      }
      boolean resumed =
          status == HttpURLConnection.HTTP_PARTIAL
              && startsAt(response.header("Content-Range"), have);
      if (status == HttpURLConnection.HTTP_PARTIAL && !resumed) {
        throw LyceumException.external(
            address
                + " answered with the range "
                + response.header("Content-Range")
                + " instead of "
                + have
                + "-.");
      }
      long announced = response.body().contentLength();
      long expected = announced < 0 ? -1 : announced + (resumed ? have : 0);
      try (InputStream in = response.body().byteStream();
          OutputStream out = write(part, resumed)) {
        copy(in, out, part);
      }
      if (expected >= 0 && size(part) < expected) {
        throw LyceumException.external(
            address + " broke off after " + size(part) + " of " + expected + " bytes.");
      }
    } catch (PrivateAddressException e) {
      throw LyceumException.user(
          "Cannot fetch "
              + address
              + ": "
              + e.getMessage()
              + ". Where it is meant to be on a private network, an administrator names the host in"
              + " catalogue.privateHosts (LYCEUM_CATALOGUE_PRIVATE_HOSTS).",
          e);
    } catch (UnknownHostException e) {
      throw LyceumException.external(
          "Cannot fetch " + address + ": a host is not known: " + e.getMessage() + ".", e);
    } catch (IOException e) {
      throw LyceumException.external("Cannot fetch " + address + ": " + reason(e) + ".", e);
    }
  }

  /** OkHttp says whom it could not connect to, and its cause why. */
  private static String reason(IOException e) {
    String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    Throwable cause = e.getCause();
    return cause == null || cause.getMessage() == null
        ? message
        : message + " (" + cause.getMessage() + ")";
  }

  private Response open(URI address, Optional<String> token, long from) throws IOException {
    URI target = address;
    for (int redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      Request.Builder request =
          new Request.Builder()
              .url(target.toString())
              .header("Accept-Encoding", "identity")
              .header("User-Agent", "lyceum");
      if (from > 0) {
        request.header("Range", "bytes=" + from + "-");
      }
      if (token.isPresent() && address.getAuthority().equals(target.getAuthority())) {
        request.header("Authorization", "Bearer " + token.get());
      }
      Request built = request.build();
      Response response = client(built.url()).newCall(built).execute();
      String location = response.header("Location");
      if (response.code() / 100 != 3 || location == null) {
        return response;
      }
      response.close();
      target = target.resolve(location);
      requireSafe(target);
    }
    throw LyceumException.user(
        address + " redirects more than " + MAX_REDIRECTS + " times. Fix: give the final address.");
  }

  /**
   * Behind a proxy it is the proxy that looks the name up and decides what can be reached; a name
   * that this machine knows as a private one is refused all the same.
   */
  private OkHttpClient client(HttpUrl target) throws UnknownHostException {
    boolean proxy =
        PROXIES.select(target.uri()).stream().anyMatch(one -> one.type() != Proxy.Type.DIRECT);
    if (!proxy) {
      names.check(target);
      return direct;
    }
    try {
      var unused = names.lookup(target.host());
    } catch (PrivateAddressException e) {
      throw e;
    } catch (UnknownHostException onlyTheProxyKnows) {
      LOG.debug("{} is known to the proxy alone", target.host());
    }
    return proxied;
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
   * with it, where an administrator has named it as the hub.
   */
  private void requireSafe(URI address) {
    String host = address.getHost();
    if (host == null) {
      throw LyceumException.user(address + " has no host. Fix: the source's uri.");
    }
    if ("https".equals(address.getScheme())) {
      return;
    }
    try {
      if ("http".equals(address.getScheme())
          && names.trusts(host)
          && names.lookup(host).stream().allMatch(InetAddress::isLoopbackAddress)) {
        return;
      }
    } catch (UnknownHostException e) {
      throw LyceumException.external(
          "Cannot fetch " + address + ": the host " + host + " is not known.", e);
    }
    throw LyceumException.user(
        address + " is not https. Fix: use https; http is for a hub on this machine alone.");
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
