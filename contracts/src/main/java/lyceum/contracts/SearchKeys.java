package lyceum.contracts;

import io.temporal.common.SearchAttributeKey;
import java.util.List;

/**
 * What runs and stages can be looked up by; the namespace must know all of them as keywords before
 * the first run.
 */
public final class SearchKeys {
  public static final SearchAttributeKey<String> RECIPE =
      SearchAttributeKey.forKeyword("LyceumRecipe");

  /** The noun of a stage; of a life, the stage it has come to. */
  public static final SearchAttributeKey<String> STAGE =
      SearchAttributeKey.forKeyword("LyceumStage");

  public static final SearchAttributeKey<String> MODEL_LINE =
      SearchAttributeKey.forKeyword("LyceumModelLine");

  /** Where a life or a stage stands, in the words of {@code StageState}. */
  public static final SearchAttributeKey<String> STATUS =
      SearchAttributeKey.forKeyword("LyceumStatus");

  public static final SearchAttributeKey<String> REQUESTED_BY =
      SearchAttributeKey.forKeyword("LyceumRequestedBy");

  /** All of them, in the order in which they are registered. */
  public static final List<SearchAttributeKey<String>> ALL =
      List.of(RECIPE, STAGE, MODEL_LINE, STATUS, REQUESTED_BY);

  private SearchKeys() {}
}
