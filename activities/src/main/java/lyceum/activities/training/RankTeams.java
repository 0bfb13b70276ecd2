package lyceum.activities.training;

import lyceum.model.parallel.ProcessGroup;

/** Brings the ranks of a training together around this process, which becomes rank 0. */
@FunctionalInterface
public interface RankTeams {
  /**
   * Starts or waits for the other ranks.
   *
   * @param ranks in all, more than one
   * @param meanwhile called again and again while others are waited for; may throw to give up
   * @throws lyceum.core.LyceumException of category RESOURCE or EXTERNAL when they do not come
   */
  Team assemble(int ranks, Runnable meanwhile);

  /** How many of the ranks will be on this machine, rank 0 among them. */
  default int here(int ranks) {
    return ranks;
  }

  /** Ranks that are together. Closing it ends the processes that were started for it. */
  interface Team extends AutoCloseable {
    ProcessGroup group();

    @Override
    void close();
  }
}
