package lyceum.bench.serving;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import lyceum.bench.comparison.Commands;
import lyceum.bench.comparison.Contestant;
import lyceum.model.inference.WeightPrecision;

/** A server in a process of its own, asked over HTTP. */
final class ServerContestant implements Contestant {
  private final String name;
  private final ServerProcess process;
  private final Load load;
  private final Bandwidth limit;
  private long round;

  private ServerContestant(String name, ServerProcess process, Load load, Bandwidth limit) {
    this.name = name;
    this.process = process;
    this.load = load;
    this.limit = limit;
  }

  static ServerContestant ours(
      RandomModel model, WeightPrecision precision, Load load, Bandwidth limit, int cores) {
    int port = ServerProcess.freePort();
    List<String> command =
        ServerProcess.ours(
            "-Xmx3g",
            List.of(
                "--directory",
                model.folder().toString(),
                "--name",
                "bench",
                "--precision",
                precision.name(),
                "--port",
                Integer.toString(port)));
    return new ServerContestant(
        "Lyceum",
        ServerProcess.start("Lyceum", Commands.onCores(cores, command), Map.of(), port),
        load,
        limit);
  }

  static ServerContestant llama(
      Path program,
      Path gguf,
      RandomModel model,
      WeightPrecision precision,
      Load load,
      Bandwidth limit,
      int cores) {
    int port = ServerProcess.freePort();
    int context = model.config().contextLength() * load.streams();
    List<String> command =
        List.of(
            program.toString(),
            "--model",
            gguf.toString(),
            "--alias",
            "bench",
            "--host",
            "127.0.0.1",
            "--port",
            Integer.toString(port),
            "--threads",
            Integer.toString(cores),
            "--parallel",
            Integer.toString(load.streams()),
            "--ctx-size",
            Integer.toString(context));
    return new ServerContestant(
        "llama.cpp",
        ServerProcess.start("llama.cpp", Commands.onCores(cores, command), Map.of(), port),
        load,
        limit);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Map<String, Double> round() {
    Load.Outcome outcome = load.run(process.address(), ++round);
    if (load.streams() > 1) {
      return Map.of(
          ServeBench.RATE.name(),
          outcome.tokensPerSecond(),
          ServeBench.FIRST_MEDIAN.name(),
          outcome.first(0.5),
          ServeBench.FIRST_LATE.name(),
          outcome.first(0.99));
    }
    return Map.of(
        ServeBench.RATE.name(),
        outcome.tokensPerSecond(),
        ServeBench.FIRST_MEDIAN.name(),
        outcome.first(0.5),
        ServeBench.FIRST_LATE.name(),
        outcome.first(0.99),
        ServeBench.SHARE.name(),
        100 * outcome.tokensPerSecond() / limit.tokensPerSecond());
  }

  @Override
  public void close() {
    process.close();
  }
}
