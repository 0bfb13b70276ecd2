package lyceum.connectors.notification;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.Proxy;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import lyceum.connectors.network.PublicDns;
import lyceum.core.LyceumException;
import lyceum.core.Notification;
import lyceum.core.WebhookSignature;
import okhttp3.Dns;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/**
 * Posts news as JSON, signed; follows no redirect, and connects to the addresses it has checked.
 */
final class Webhooks {
  private static final MediaType JSON = MediaType.get("application/json");
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final NotificationSettings.Webhook settings;
  private final InstantSource clock;
  private final Optional<PublicDns> checked;
  private final OkHttpClient http;

  Webhooks(NotificationSettings.Webhook settings, InstantSource clock) {
    this(settings, clock, Dns.SYSTEM);
  }

  /**
   * @param system what looks hosts up
   */
  Webhooks(NotificationSettings.Webhook settings, InstantSource clock, Dns system) {
    this.settings = settings;
    this.clock = clock;
    this.checked =
        settings.isPrivate() ? Optional.empty() : Optional.of(new PublicDns(Set.of(), system));
    this.http =
        new OkHttpClient.Builder()
            // A redirect, or a proxy that looks names up itself, would undo the check of addresses.
            .followRedirects(false)
            .followSslRedirects(false)
            .proxy(Proxy.NO_PROXY)
            .callTimeout(PATIENCE)
            .dns(checked.<Dns>map(dns -> dns).orElse(system))
            .build();
  }

  void deliver(Notification news) {
    byte[] body = body(news);
    Request request =
        new Request.Builder()
            .url(settings.url().toString())
            .header("User-Agent", "Lyceum")
            .header("X-Lyceum-Event", news.event().noun())
            .header(WebhookSignature.DELIVERY, news.id())
            .header(
                WebhookSignature.HEADER,
                WebhookSignature.of(settings.secret(), clock.instant(), body))
            .post(RequestBody.create(body, JSON))
            .build();
    try {
      if (checked.isPresent()) {
        checked.get().check(request.url());
      }
      try (Response response = http.newCall(request).execute()) {
        int status = response.code();
        if (status / 100 == 2) {
          return;
        }
        String message =
            "The webhook at " + settings.url().getHost() + " answers with status " + status + ".";
        throw status == 408 || status == 429 || status >= 500
            ? LyceumException.external(message)
            : LyceumException.user(message + " It is not tried again.");
      }
    } catch (UnknownHostException e) {
      throw LyceumException.external(
          "The webhook cannot be reached: "
              + e.getMessage()
              + ". Where it is meant to be on a private network, set notify.webhook.private=true.",
          e);
    } catch (IOException e) {
      throw LyceumException.external(
          "The webhook at " + settings.url().getHost() + " cannot be reached: " + e, e);
    }
  }

  private static byte[] body(Notification news) {
    ObjectNode json = MAPPER.createObjectNode();
    json.put("id", news.id());
    json.put("event", news.event().noun());
    json.put("time", Instant.ofEpochMilli(news.atMillis()).toString());
    json.put("subject", news.subject());
    json.put("text", news.text());
    ObjectNode about = json.putObject("about");
    news.about().forEach(about::put);
    return json.toString().getBytes(StandardCharsets.UTF_8);
  }
}
