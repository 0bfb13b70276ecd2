package lyceum.console;

import java.net.URI;
import java.util.Map;
import lyceum.contracts.lifecycle.LifecycleStatus;
import org.jspecify.annotations.Nullable;

/**
 * One run in full.
 *
 * @param status stage by stage, {@code null} where nobody could be asked
 * @param note why there is no status, empty where there is one
 * @param links pages about this run elsewhere, by name
 */
public record RunView(
    RunSummary run, @Nullable LifecycleStatus status, String note, Map<String, URI> links) {
  public RunView {
    links = Map.copyOf(links);
  }
}
