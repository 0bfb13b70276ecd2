package lyceum.bench.serving;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import lyceum.core.LyceumException;

/**
 * Clients that ask one after the other, all at the same time.
 *
 * @param streams clients
 * @param requests of each client
 * @param promptTokens random ids, others each time
 * @param answerTokens that every answer has
 */
record Load(int streams, int requests, int promptTokens, int answerTokens, int vocabulary) {
  /**
   * What came of it.
   *
   * @param seconds from the first request to the last token
   * @param firstMillis times to the first token, ascending
   */
  record Outcome(double tokensPerSecond, double seconds, double[] firstMillis) {
    double first(double share) {
      int at = (int) Math.ceil(share * firstMillis.length) - 1;
      return firstMillis[Math.clamp(at, 0, firstMillis.length - 1)];
    }
  }

  /** Asks all, the prompts made from the seed. */
  Outcome run(URI server, long seed) {
    long began = System.nanoTime();
    List<Double> first = new ArrayList<>();
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<List<Double>>> clients = new ArrayList<>();
      for (int client = 0; client < streams; client++) {
        Random random = new Random(seed * 1_000 + client);
        clients.add(executor.submit(() -> client(server, random)));
      }
      for (Future<List<Double>> client : clients) {
        first.addAll(client.get());
      }
    } catch (ExecutionException e) {
      throw LyceumException.external("A client failed: " + e.getCause() + ".", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw LyceumException.external("The load was interrupted.", e);
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    double[] sorted = first.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    return new Outcome((double) streams * requests * answerTokens / seconds, seconds, sorted);
  }

  /**
   * A connection for each request, so that no server's idea of keeping one alive matters. What is
   * read are lines: both servers send each event as a chunk of its own.
   */
  private List<Double> client(URI server, Random random) throws IOException {
    List<Double> first = new ArrayList<>();
    for (int r = 0; r < requests; r++) {
      byte[] body = body(random).getBytes(StandardCharsets.US_ASCII);
      String head =
          "POST /v1/completions HTTP/1.1\r\nHost: "
              + server.getAuthority()
              + "\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: "
              + body.length
              + "\r\n\r\n";
      long began = System.nanoTime();
      try (Socket socket = new Socket(server.getHost(), server.getPort())) {
        socket.setTcpNoDelay(true);
        OutputStream out = socket.getOutputStream();
        out.write(head.getBytes(StandardCharsets.US_ASCII));
        out.write(body);
        out.flush();
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
        first.add((firstAndAll(lines) - began) / 1e6);
      }
    }
    return first;
  }

  private String body(Random random) {
    String ids =
        random
            .ints(promptTokens, 300, vocabulary)
            .mapToObj(Integer::toString)
            .collect(Collectors.joining(","));
    return "{\"model\":\"bench\",\"prompt\":["
        + ids
        + "],\"max_tokens\":"
        + answerTokens
        + ",\"temperature\":0,\"ignore_eos\":true,\"stream\":true,"
        + "\"stream_options\":{\"include_usage\":true}}";
  }

  /** Reads a whole answer and returns when its first event came. */
  private long firstAndAll(BufferedReader lines) throws IOException {
    String status = String.valueOf(lines.readLine());
    String usage = "";
    boolean done = false;
    long first = 0;
    for (String line = lines.readLine(); line != null && !done; line = lines.readLine()) {
      if (first == 0 && line.startsWith("data: {")) {
        first = System.nanoTime();
      }
      if (line.contains("\"completion_tokens\":")) {
        usage = line;
      }
      done = line.equals("data: [DONE]");
    }
    if (!status.contains(" 200 ")
        || !done
        || !usage.contains("\"completion_tokens\":" + answerTokens)) {
      throw new IOException(
          "an answer with '" + status + "' did not have its " + answerTokens + " tokens: " + usage);
    }
    return first;
  }
}
