package lyceum.model.seeded;

/** Breaks a rule on purpose. */
final class OpensASocket {
  java.net.Socket socket;
}
