package lyceum.model.inference;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Is told how a task goes, on the engine's own thread, which waits for it: be quick. */
public interface TokenSink {
  /** Why no more tokens come. */
  enum End {
    /** The model ended its answer. */
    FINISHED,
    /** As many tokens as were asked for, or as the context holds. */
    LENGTH,
    /** The sink wanted no more, or the task was cancelled. */
    STOPPED,
    /** The engine failed or was closed. */
    FAILED
  }

  /**
   * The task left the queue.
   *
   * @param cachedTokens tokens of the prompt whose keys and values were there already
   */
  default void onStart(int cachedTokens) {}

  /** The prompt's tokens, where {@link GenerationTask#scorePrompt} asked for them. */
  default void onPrompt(List<ScoredToken> tokens) {}

  /** A token of the answer; false wants no more. */
  boolean onToken(ScoredToken token);

  /** The last call. */
  void onEnd(End end, @Nullable Throwable failure);
}
