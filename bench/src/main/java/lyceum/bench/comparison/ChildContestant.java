package lyceum.bench.comparison;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import org.jspecify.annotations.Nullable;

/**
 * A contestant in a process of its own.
 *
 * <p>One JSON object a line each way. First the setup goes in and {@code {"name": …}} comes out
 * once all is ready to work; then each {@code {"round": n}} is answered by an object of numbers by
 * measure. Standard input is closed at the end. Lines on standard output that do not begin with
 * <code>{</code> are let through to the log, as is standard error.
 */
public final class ChildContestant implements Contestant {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process process;
  private final BufferedReader answers;
  private final BufferedWriter questions;
  private final Path log;
  private final String name;
  private int rounds;

  private ChildContestant(
      Process process, BufferedReader answers, BufferedWriter questions, Path log, JsonNode setup) {
    this.process = process;
    this.answers = answers;
    this.questions = questions;
    this.log = log;
    this.name = ask(setup).path("name").asText("unnamed");
  }

  /**
   * Starts the process and waits until it is ready.
   *
   * @param command program and arguments
   * @param environment variables to set, on top of this process's own
   * @param setup its first line
   * @throws LyceumException of category EXTERNAL when it ends or answers something else, with the
   *     end of its log
   */
  public static ChildContestant start(
      List<String> command, Map<String, String> environment, JsonNode setup) {
    try {
      Path log = Files.createTempFile("lyceum-bench", ".log");
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
      builder.environment().putAll(environment);
      Process process = builder.start();
      try {
        return new ChildContestant(
            process,
            process.inputReader(StandardCharsets.UTF_8),
            process.outputWriter(StandardCharsets.UTF_8),
            log,
            setup);
      } catch (RuntimeException e) {
        process.destroyForcibly();
        throw e;
      }
    } catch (IOException e) {
      throw LyceumException.external(
          "Cannot start " + String.join(" ", command) + ": " + e.getMessage(), e);
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Map<String, Double> round() {
    ObjectNode question = JSON.createObjectNode().put("round", ++rounds);
    Map<String, Double> yield = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : ask(question).properties()) {
      if (entry.getValue().isNumber()) {
        yield.put(entry.getKey(), entry.getValue().doubleValue());
      }
    }
    return yield;
  }

  private JsonNode ask(JsonNode question) {
    try {
      questions.write(question + "\n");
      questions.flush();
      for (String line = answers.readLine(); line != null; line = answers.readLine()) {
        if (line.startsWith("{")) {
          return JSON.readTree(line);
        }
        Files.writeString(log, line + "\n", StandardOpenOption.APPEND);
      }
      throw failed("It ended without an answer", null);
    } catch (JsonProcessingException e) {
      throw failed("Its answer is not JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw failed("It does not listen: " + e.getMessage(), e);
    }
  }

  private LyceumException failed(String what, @Nullable Throwable cause) {
    String tail;
    try {
      List<String> lines = Files.readAllLines(log, StandardCharsets.ISO_8859_1);
      tail = String.join("\n    ", lines.subList(Math.max(0, lines.size() - 15), lines.size()));
    } catch (IOException e) {
      tail = "(no log: " + e.getMessage() + ")";
    }
    return new LyceumException(
        ErrorCategory.EXTERNAL,
        "A contestant failed: "
            + process.info().command().orElse("process " + process.pid())
            + ". "
            + what
            + ". The end of its log:\n    "
            + tail,
        cause);
  }

  /** Lets the process end by itself, or ends it after ten seconds. */
  @Override
  public void close() {
    try {
      questions.close();
    } catch (IOException e) {
      // It is gone already.
      process.destroyForcibly();
    }
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
      Files.deleteIfExists(log);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw LyceumException.resource("Cannot delete " + log + ": " + e.getMessage(), e);
    }
  }
}
