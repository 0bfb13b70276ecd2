package lyceum.application.run;

import java.util.List;

/**
 * Some runs: those that run, then those that ended, each newest first.
 *
 * @param nextPageToken where the next page begins; empty on the last one
 */
public record RunPage(List<RunSummary> runs, String nextPageToken) {
  public RunPage {
    runs = List.copyOf(runs);
  }
}
