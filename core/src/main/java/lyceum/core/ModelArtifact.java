package lyceum.core;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A whole model in the Hugging Face file layout, each file an artifact.
 *
 * @param files by file name; {@code config.json}, {@code model.safetensors}, {@code tokenizer.json}
 *     and {@code tokenizer_config.json} (with the chat template) are always there
 */
public record ModelArtifact(SortedMap<String, ArtifactRef> files) {
  public static final String CONFIG = "config.json";
  public static final String WEIGHTS = "model.safetensors";

  /** Which file each tensor is in, where a model made elsewhere has its weights in several. */
  public static final String WEIGHTS_INDEX = "model.safetensors.index.json";

  public static final String TOKENIZER = "tokenizer.json";
  public static final String TOKENIZER_CONFIG = "tokenizer_config.json";

  public ModelArtifact {
    files = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(files));
    for (String name : new String[] {CONFIG, WEIGHTS, TOKENIZER, TOKENIZER_CONFIG}) {
      if (!files.containsKey(name)) {
        throw LyceumException.user(
            "A model needs the file " + name + "; this one has " + files.keySet() + ".");
      }
    }
  }

  public static ModelArtifact of(Map<String, ArtifactRef> files) {
    return new ModelArtifact(new TreeMap<>(files));
  }

  public ArtifactRef file(String name) {
    ArtifactRef file = files.get(name);
    if (file == null) {
      throw LyceumException.user(
          "The model has no file " + name + "; it has " + files.keySet() + ".");
    }
    return file;
  }

  /** Digest of the weights alone: what "bit-identical" is about. */
  public String weightsSha256() {
    return file(WEIGHTS).sha256();
  }

  /** Digest over all files: the identity of the model as it is served. */
  public String digest() {
    StringBuilder text = new StringBuilder();
    files.forEach((name, ref) -> text.append(name).append(' ').append(ref.sha256()).append('\n'));
    return Sha256.of(text.toString());
  }
}
