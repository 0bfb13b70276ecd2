package lyceum.core;

import java.util.List;

/** Brings news to people by the ways that the installation's settings name. */
public interface Notifier {
  /** Names of the ways, for example {@code webhook} and {@code mail}; empty for none. */
  List<String> targets();

  /**
   * Delivers by one way. May be called again for the same news; receivers tell it by its id.
   *
   * @throws LyceumException EXTERNAL when another attempt may succeed, USER when none will
   */
  void deliver(String target, Notification notification);
}
