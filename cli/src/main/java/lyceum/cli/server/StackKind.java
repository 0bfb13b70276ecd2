package lyceum.cli.server;

/** How the servers are run. */
public enum StackKind {
  /** As processes of this machine. */
  LOCAL,
  /** As containers of a Docker engine. */
  COMPOSE
}
