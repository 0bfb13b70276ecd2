package lyceum.cli;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.minio.errors.ErrorResponseException;
import java.util.Set;
import lyceum.application.outcome.RequestFailure;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.screen.Screen;
import lyceum.cli.screen.Style;
import lyceum.contracts.Failures;
import lyceum.core.LyceumException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Tells a person what failed and what to do, and turns the failure into an exit code. */
final class FailureReport implements IExecutionExceptionHandler, IParameterExceptionHandler {
  private static final Set<String> REFUSED_KEYS =
      Set.of("AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch");

  private final Screen screen;
  private final RootCommand root;

  FailureReport(Screen screen, RootCommand root) {
    this.screen = screen;
    this.root = root;
  }

  @Override
  public int handleExecutionException(Exception failure, CommandLine line, ParseResult parsed) {
    say(message(failure));
    for (Throwable other : failure.getSuppressed()) {
      say(message(other));
    }
    if (root.verbose()) {
      failure.printStackTrace(screen.err());
    }
    return exitCode(failure).status();
  }

  @Override
  public int handleParseException(ParameterException failure, String[] args) {
    say(String.valueOf(failure.getMessage()));
    CommandLine line = failure.getCommandLine();
    if (!CommandLine.UnmatchedArgumentException.printSuggestions(failure, line.getErr())) {
      screen.say("Try '" + line.getCommandSpec().qualifiedName() + " --help'.");
    }
    line.getErr().flush();
    return ExitCode.USAGE.status();
  }

  private void say(String message) {
    screen.say(screen.style(Style.BAD, "lyceum: ") + message);
  }

  static ExitCode exitCode(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      switch (t) {
        case RequestFailure known -> {
          return ExitCode.of(known.outcome());
        }
        case StatusRuntimeException grpc -> {
          return ofGrpc(grpc.getStatus().getCode());
        }
        case ErrorResponseException storage
            when REFUSED_KEYS.contains(storage.errorResponse().code()) -> {
          return ExitCode.ACCESS;
        }
        default -> {}
      }
    }
    return Failures.category(failure)
        .map(
            category ->
                switch (category) {
                  case USER -> ExitCode.USAGE;
                  case INTERNAL, RESOURCE, EXTERNAL -> ExitCode.FAILURE;
                })
        .orElse(ExitCode.FAILURE);
  }

  private static ExitCode ofGrpc(Status.Code code) {
    return switch (code) {
      case NOT_FOUND -> ExitCode.NOT_FOUND;
      case PERMISSION_DENIED, UNAUTHENTICATED -> ExitCode.ACCESS;
      case ALREADY_EXISTS, FAILED_PRECONDITION -> ExitCode.CONFLICT;
      case INVALID_ARGUMENT -> ExitCode.USAGE;
      default -> ExitCode.FAILURE;
    };
  }

  static String message(Throwable failure) {
    if (failure instanceof RequestFailure || failure instanceof LyceumException) {
      return String.valueOf(failure.getMessage());
    }
    String reason = Failures.reason(failure);
    return reason + " (" + failure.getClass().getSimpleName() + "; -v shows where)";
  }
}
