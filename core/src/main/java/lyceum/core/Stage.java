package lyceum.core;

import java.util.Locale;

/** The eight stages of a model's life, in the order in which they happen. */
public enum Stage {
  CORPUS("sources of text to clean documents"),
  TOKENIZER("documents to a vocabulary and token shards"),
  PRETRAINING("token shards to a base model"),
  FINETUNING("base model and chats to an assistant"),
  ALIGNMENT("ranked answers to a reward model and a policy"),
  EVALUATION("models to a before-and-after report"),
  DISTILLATION("teacher to a smaller student"),
  DEPLOYMENT("gates, approval, alias, server");

  private final String summary;

  Stage(String summary) {
    this.summary = summary;
  }

  /** The lower-case noun used in recipes, object names, workflow ids and tags. */
  public String noun() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What goes in and what comes out, in a few words. */
  public String summary() {
    return summary;
  }

  /**
   * The stage with this noun.
   *
   * @throws LyceumException of category USER when there is none
   */
  public static Stage ofNoun(String noun) {
    for (Stage stage : values()) {
      if (stage.noun().equals(noun.toLowerCase(Locale.ROOT))) {
        return stage;
      }
    }
    throw LyceumException.user("There is no stage '" + noun + "'. The stages are " + nouns() + ".");
  }

  private static String nouns() {
    return String.join(", ", java.util.Arrays.stream(values()).map(Stage::noun).toList());
  }
}
