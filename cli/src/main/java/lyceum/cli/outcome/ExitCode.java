package lyceum.cli.outcome;

import lyceum.application.outcome.Outcome;

/**
 * What the command's exit status means. The same everywhere; {@code lyceum help exit-codes} prints
 * this list.
 */
public enum ExitCode {
  OK(0, "done"),
  FAILURE(1, "something failed that none of the codes below describes"),
  USAGE(2, "the command line, a setting or a recipe is wrong; nothing was started"),
  NOT_FOUND(3, "the run, model, recipe or file named is not there"),
  ACCESS(4, "a server refused the credentials or the permission"),
  RUN_FAILED(5, "the run that was waited for ended in failure or was cancelled"),
  REFUSED(6, "a gate, a person or a workflow refused"),
  CONFLICT(7, "what was asked for clashes with what is there, for example a port that is taken"),
  TIMED_OUT(8, "what was waited for is not done yet"),
  INTERRUPTED(130, "stopped with Ctrl-C; a run that was watched goes on");

  private final int status;
  private final String meaning;

  ExitCode(int status, String meaning) {
    this.status = status;
    this.meaning = meaning;
  }

  /** The exit code of a request that was not carried out. */
  public static ExitCode of(Outcome outcome) {
    return switch (outcome) {
      case FAILED -> FAILURE;
      case INVALID -> USAGE;
      case NOT_FOUND -> NOT_FOUND;
      case ACCESS -> ACCESS;
      case RUN_FAILED -> RUN_FAILED;
      case REFUSED -> REFUSED;
      case CONFLICT -> CONFLICT;
      case TIMED_OUT -> TIMED_OUT;
    };
  }

  public int status() {
    return status;
  }

  public String meaning() {
    return meaning;
  }
}
