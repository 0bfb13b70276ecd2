package lyceum.activities;

import java.nio.file.Path;
import lyceum.core.recipe.SourceSettings;

/** Brings a pinned file onto this machine, verified. */
@FunctionalInterface
public interface Catalogue {
  Path fetch(SourceSettings source);
}
