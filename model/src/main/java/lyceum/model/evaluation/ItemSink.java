package lyceum.model.evaluation;

/** Takes the scores of items while a model is measured. */
@FunctionalInterface
public interface ItemSink {
  /** Keeps none. */
  ItemSink NONE = item -> {};

  void add(ItemScore item);
}
