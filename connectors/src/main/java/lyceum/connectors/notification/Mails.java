package lyceum.connectors.notification;

import jakarta.mail.Authenticator;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.PasswordAuthentication;
import jakarta.mail.SendFailedException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.AddressException;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.util.Date;
import java.util.Properties;
import java.util.stream.Collectors;
import lyceum.core.LyceumException;
import lyceum.core.Notification;
import lyceum.core.Sha256;
import org.jspecify.annotations.Nullable;

/** Sends news as plain-text mail; the same news has the same Message-ID. */
final class Mails {
  private static final String PATIENCE_MILLIS = "15000";

  private final NotificationSettings.Mail settings;
  private final Session session;

  Mails(NotificationSettings.Mail settings) {
    this.settings = settings;
    Properties properties = new Properties();
    properties.put("mail.smtp.host", settings.host());
    properties.put("mail.smtp.port", Integer.toString(settings.port()));
    properties.put("mail.smtp.connectiontimeout", PATIENCE_MILLIS);
    properties.put("mail.smtp.timeout", PATIENCE_MILLIS);
    properties.put("mail.smtp.writetimeout", PATIENCE_MILLIS);
    properties.put("mail.smtp.ssl.checkserveridentity", "true");
    switch (settings.security()) {
      case STARTTLS -> {
        properties.put("mail.smtp.starttls.enable", "true");
        properties.put("mail.smtp.starttls.required", "true");
      }
      case TLS -> properties.put("mail.smtp.ssl.enable", "true");
      case NONE -> {}
    }
    Authenticator login = null;
    if (!settings.username().isEmpty()) {
      properties.put("mail.smtp.auth", "true");
      login =
          new Authenticator() {
            @Override
            protected PasswordAuthentication getPasswordAuthentication() {
              return new PasswordAuthentication(settings.username(), settings.password());
            }
          };
    }
    this.session = session(properties, login);
  }

  private static Session session(Properties properties, @Nullable Authenticator login) {
    return login == null ? Session.getInstance(properties) : Session.getInstance(properties, login);
  }

  void deliver(Notification news) {
    try {
      Transport.send(message(news));
    } catch (SendFailedException e) {
      boolean known = e.getInvalidAddresses() != null && e.getInvalidAddresses().length > 0;
      String message =
          "The mail server " + settings.host() + " does not take the mail: " + e.getMessage();
      throw known ? LyceumException.user(message, e) : LyceumException.external(message, e);
    } catch (AddressException e) {
      throw LyceumException.user(
          "notify.mail.from or notify.mail.to has an address that is none: " + e.getMessage(), e);
    } catch (MessagingException e) {
      throw LyceumException.external(
          "The mail cannot be sent by "
              + settings.host()
              + ":"
              + settings.port()
              + ": "
              + e.getMessage(),
          e);
    }
  }

  private MimeMessage message(Notification news) throws MessagingException {
    String id = "<" + Sha256.of(news.id()).substring(0, 32) + "@lyceum>";
    MimeMessage message =
        new MimeMessage(session) {
          @Override
          protected void updateMessageID() throws MessagingException {
            setHeader("Message-ID", id);
          }
        };
    message.setFrom(new InternetAddress(settings.from(), true));
    for (String to : settings.to()) {
      message.addRecipient(Message.RecipientType.TO, new InternetAddress(to, true));
    }
    // A line break in a subject would begin a header of its own.
    message.setSubject("[lyceum] " + news.subject().replaceAll("\\s+", " "), "UTF-8");
    String about =
        news.about().entrySet().stream()
            .map(entry -> entry.getKey() + ": " + entry.getValue())
            .collect(Collectors.joining("\n"));
    message.setText(news.text() + "\n\n" + about + "\n", "UTF-8");
    message.setSentDate(new Date(news.atMillis()));
    message.setHeader("Auto-Submitted", "auto-generated");
    message.setHeader("X-Lyceum-Event", news.event().noun());
    return message;
  }
}
