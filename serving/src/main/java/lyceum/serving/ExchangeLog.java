package lyceum.serving;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** Where served exchanges and what people say of them are kept for the next run. */
public interface ExchangeLog {
  /** What a record is of; each kind is kept apart. */
  enum Kind {
    /** A request and its answer. */
    EXCHANGES,
    /** A thumb or an edit. */
    FEEDBACK
  }

  /** Keeps nothing. */
  ExchangeLog NONE = (kind, entry) -> {};

  /** Keeps a record; returns when it is kept. */
  void append(Kind kind, ObjectNode entry);
}
