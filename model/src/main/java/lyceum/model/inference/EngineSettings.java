package lyceum.model.inference;

import lyceum.core.LyceumException;

/**
 * How an engine schedules.
 *
 * @param running sequences that are worked on at a time
 * @param rows most tokens of a forward pass: what is left beside the sequences that decode goes to
 *     prompts, a chunk at a time
 * @param prefixCache whether keys and values of whole blocks of tokens are kept for later prompts
 *     that begin with them
 * @param drafted tokens that the draft model proposes at a time, where there is one
 * @param draftSequences up to so many decoding sequences the draft model is asked; with more, the
 *     processors have enough to do
 */
public record EngineSettings(
    int running, int rows, boolean prefixCache, int drafted, int draftSequences) {
  public EngineSettings {
    if (running <= 0 || rows < running) {
      throw LyceumException.user(
          "An engine runs at least one sequence and has a row for each: not "
              + running
              + " sequences and "
              + rows
              + " rows.");
    }
    if (drafted <= 0 || draftSequences < 0) {
      throw LyceumException.user(
          "The draft model proposes at least one token, not " + drafted + ".");
    }
  }

  /** Up to 32 sequences, 256 rows, prefixes kept, four tokens drafted for up to four sequences. */
  public static final EngineSettings DEFAULT = new EngineSettings(32, 256, true, 4, 4);
}
