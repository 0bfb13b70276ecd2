package lyceum.contracts.lifecycle;

import java.util.List;
import java.util.stream.Collectors;
import lyceum.core.LyceumException;

/**
 * What a training cost, over all its attempts, those that were killed included.
 *
 * @param attempts that did some of the work
 * @param seconds of their time
 * @param joules that the processors of rank 0's machine drew in it
 * @param dollars at an assumed price of a core's time, in US dollars
 * @param basis what joules and dollars rest on, for people
 */
public record Effort(int attempts, double seconds, double joules, double dollars, String basis) {
  /** What an hour of one core is assumed to cost, as in the table of {@code lyceum plan}. */
  public static final double DOLLARS_PER_CORE_HOUR = 0.05;

  /** Nothing was done. */
  public static final Effort NONE = new Effort(0, 0, 0, 0, "");

  private static final double SECONDS_PER_HOUR = 3600;

  public Effort {
    if (attempts < 0 || !(seconds >= 0) || !(joules >= 0) || !(dollars >= 0)) {
      throw LyceumException.internal(
          "An effort of %d attempts, %s s, %s J and %s dollars is none."
              .formatted(attempts, seconds, joules, dollars));
    }
  }

  /** At the assumed price. */
  public static Effort of(int attempts, double seconds, double joules, int cores, String energy) {
    return new Effort(
        attempts,
        seconds,
        joules,
        seconds / SECONDS_PER_HOUR * cores * DOLLARS_PER_CORE_HOUR,
        energy + "; " + DOLLARS_PER_CORE_HOUR + " USD assumed for a core's hour");
  }

  /** Of several attempts, or of several trainings. */
  public static Effort sum(List<Effort> efforts) {
    return new Effort(
        efforts.stream().mapToInt(Effort::attempts).sum(),
        efforts.stream().mapToDouble(Effort::seconds).sum(),
        efforts.stream().mapToDouble(Effort::joules).sum(),
        efforts.stream().mapToDouble(Effort::dollars).sum(),
        efforts.stream()
            .map(Effort::basis)
            .filter(basis -> !basis.isEmpty())
            .distinct()
            .collect(Collectors.joining(" | ")));
  }
}
