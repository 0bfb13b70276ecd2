package lyceum.bench.allreduce;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import lyceum.bench.comparison.Commands;

/** What both contestants do the same way: take rounds, measure, start the other ranks. */
final class Rounds {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final BufferedReader in =
      new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
  private final JsonNode setup;

  Rounds() throws IOException {
    this.setup = JSON.readTree(in.readLine());
  }

  int words() {
    return setup.path("words").asInt();
  }

  int ranks() {
    return setup.path("ranks").asInt();
  }

  /** Answers each round with the median time of the work. */
  void serve(String name, PrintStream out, Runnable allReduce) throws IOException {
    out.println(JSON.createObjectNode().put("name", name));
    double[] milliseconds = new double[setup.path("repeats").asInt()];
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      for (int i = 0; i < milliseconds.length; i++) {
        long began = System.nanoTime();
        allReduce.run();
        milliseconds[i] = (System.nanoTime() - began) / 1e6;
      }
      Arrays.sort(milliseconds);
      out.println(
          JSON.createObjectNode()
              .put(AllReduceBench.TIME.name(), milliseconds[milliseconds.length / 2]));
    }
  }

  /** Starts another rank; it ends with this process. */
  static Process start(Class<?> main, List<String> arguments) throws IOException {
    List<String> command = Commands.ours(main, List.of("-Xmx2g"));
    command.addAll(arguments);
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** Ends the other ranks. */
  static void end(List<Process> others) {
    for (Process other : others) {
      try {
        if (!other.waitFor(2, TimeUnit.SECONDS)) {
          other.destroyForcibly();
        }
      } catch (InterruptedException e) {
        other.destroyForcibly();
        Thread.currentThread().interrupt();
      }
    }
  }
}
