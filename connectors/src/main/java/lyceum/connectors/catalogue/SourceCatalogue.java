package lyceum.connectors.catalogue;

import java.nio.file.Path;
import lyceum.connectors.settings.Settings;
import lyceum.core.recipe.SourceSettings;

/** Sources of text, fetched once and verified. */
public final class SourceCatalogue {
  /** A catalogue in the settings' catalogue folder. */
  public SourceCatalogue(Settings settings) {}

  /** The source's bytes as a verified local file, fetched when they are not in the cache. */
  public Path fetch(SourceSettings source) {
    throw new UnsupportedOperationException();
  }
}
