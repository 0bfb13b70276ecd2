package lyceum.core.recipe;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import lyceum.core.LyceumException;

/**
 * Where the text comes from and what is kept of it.
 *
 * @param validationFraction share of documents held out, chosen by the digest of their text
 */
public record CorpusSettings(
    List<SourceSettings> sources, QualitySettings quality, double validationFraction) {
  public CorpusSettings {
    sources = List.copyOf(sources);
    if (sources.isEmpty()) {
      throw LyceumException.user("corpus.sources is empty. Name at least one source of text.");
    }
    Set<String> names = new HashSet<>();
    for (SourceSettings source : sources) {
      if (!names.add(source.name())) {
        throw LyceumException.user("corpus.sources names '" + source.name() + "' twice.");
      }
    }
    Check.between("corpus.validationFraction", validationFraction, 0.001, 0.5);
  }
}
