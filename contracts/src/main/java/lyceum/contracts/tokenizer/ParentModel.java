package lyceum.contracts.tokenizer;

import java.net.URI;
import java.util.List;
import lyceum.core.ModelArtifact;
import lyceum.core.ModelConfig;

/**
 * A model made elsewhere, as pretraining goes on from it.
 *
 * @param name the recipe's name for it
 * @param uri the folder it came from
 * @param licence SPDX identifier
 * @param digest over the files as they were fetched; see {@code OpenModelSettings.digest}
 * @param config its dimensions, the added tokens included
 * @param model its weights and tokenizer, the added tokens included
 * @param addedTokens control tokens of the chat template that its tokenizer lacked
 */
public record ParentModel(
    String name,
    URI uri,
    String licence,
    String digest,
    ModelConfig config,
    ModelArtifact model,
    List<String> addedTokens) {
  public ParentModel {
    addedTokens = List.copyOf(addedTokens);
  }
}
