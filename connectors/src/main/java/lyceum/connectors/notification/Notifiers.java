package lyceum.connectors.notification;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lyceum.core.LyceumException;
import lyceum.core.Notification;
import lyceum.core.Notifier;

/** Tells people by every way that the settings name. */
public final class Notifiers implements Notifier {
  private static final String WEBHOOK = "webhook";
  private static final String MAIL = "mail";

  private final Optional<Webhooks> webhook;
  private final Optional<Mails> mail;

  public Notifiers(NotificationSettings settings) {
    this(settings, InstantSource.system());
  }

  Notifiers(NotificationSettings settings, InstantSource clock) {
    this.webhook = settings.webhook().map(way -> new Webhooks(way, clock));
    this.mail = settings.mail().map(Mails::new);
  }

  @Override
  public List<String> targets() {
    List<String> targets = new ArrayList<>();
    webhook.ifPresent(way -> targets.add(WEBHOOK));
    mail.ifPresent(way -> targets.add(MAIL));
    return targets;
  }

  @Override
  public void deliver(String target, Notification notification) {
    switch (target) {
      case WEBHOOK -> webhook.orElseThrow(() -> gone(target)).deliver(notification);
      case MAIL -> mail.orElseThrow(() -> gone(target)).deliver(notification);
      default -> throw gone(target);
    }
  }

  private static LyceumException gone(String target) {
    return LyceumException.user("The settings name no " + target + " to tell any more.");
  }
}
