package lyceum.connectors.notification;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import lyceum.core.LyceumException;

/**
 * Whom to tell, and how.
 *
 * @param webhook where to post to
 * @param mail by which server, from whom, to whom
 */
public record NotificationSettings(Optional<Webhook> webhook, Optional<Mail> mail) {
  /** Nobody. */
  public static final NotificationSettings NONE =
      new NotificationSettings(Optional.empty(), Optional.empty());

  /**
   * A receiver of signed requests.
   *
   * @param secret shared with it
   * @param isPrivate whether it may be at a private address or speak plain HTTP
   */
  public record Webhook(URI url, String secret, boolean isPrivate) {
    public Webhook {
      if (secret.isBlank()) {
        throw LyceumException.user(
            "notify.webhook.url is set without notify.webhook.secret. The receiver needs it to tell our requests from others.");
      }
      if (!isPrivate && !"https".equals(url.getScheme())) {
        throw LyceumException.user(
            "notify.webhook.url "
                + url
                + " is not https. Where the receiver is on a private network, set notify.webhook.private=true.");
      }
    }
  }

  /** How the connection to the mail server is protected. */
  public enum Security {
    /** Begins in the clear and must turn to TLS. */
    STARTTLS,
    /** TLS from the start. */
    TLS,
    /** In the clear, for a relay on the same machine. */
    NONE
  }

  /**
   * A mail server, and who writes to whom.
   *
   * @param username empty for a server that asks for none
   */
  public record Mail(
      String host,
      int port,
      Security security,
      String username,
      String password,
      String from,
      List<String> to) {
    public Mail {
      to = List.copyOf(to);
      if (to.isEmpty() || from.isBlank()) {
        throw LyceumException.user(
            "notify.mail.host is set without notify.mail.from and notify.mail.to.");
      }
    }
  }
}
