package lyceum.console.api;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import lyceum.connectors.network.PublicAddress;
import lyceum.core.LyceumException;
import lyceum.core.recipe.OpenModelSettings;
import lyceum.core.recipe.Recipe;

/**
 * Where recipes that come over the network may take text from. The worker that fetches can reach
 * files and hosts that whoever sends a recipe cannot; those need the administrator's word.
 *
 * @param allowed beginnings of addresses that are trusted, for example {@code file:/data/} or
 *     {@code https://10.0.0.5/}
 */
public record SourcePolicy(List<String> allowed) {
  private static final Set<String> REGISTRIES = Set.of("pip", "maven", "npm", "hf");

  public SourcePolicy {
    allowed = List.copyOf(allowed);
  }

  /**
   * @throws LyceumException USER when a source is not allowed
   */
  void check(Recipe recipe) {
    recipe.corpus().sources().forEach(source -> check("The source " + source.name(), source.uri()));
    OpenModelSettings from = recipe.pretraining().from();
    if (from != null) {
      from.files().forEach(file -> check("The model " + from.name(), from.source(file).uri()));
    }
  }

  private void check(String what, URI uri) {
    String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
    String text = uri.toString();
    // A prefix says nothing about an address that climbs out of it again.
    boolean climbs = text.contains("..") || text.toLowerCase(Locale.ROOT).contains("%2e");
    if (REGISTRIES.contains(scheme) || (!climbs && allowed.stream().anyMatch(text::startsWith))) {
      return;
    }
    if (scheme.equals("https")) {
      PublicAddress.require(what, uri, Set.of());
      return;
    }
    throw LyceumException.user(
        what
            + " is at "
            + uri
            + ". Over the API, sources are packages, hf: files or public https: addresses; an administrator may allow"
            + " others in LYCEUM_CONSOLE_SOURCES, for example file:/data/.");
  }
}
