package lyceum.bench.serving;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import lyceum.core.LyceumException;
import org.jspecify.annotations.Nullable;

/**
 * Clients that ask all at the same time, each again as soon as it has its answer. Every other one
 * streams; some go away in the middle of an answer. Every request carries a {@code user} of its
 * own, by which it is found in the server's log whatever its client saw of it.
 */
final class Crowd implements AutoCloseable {
  /** What became of a request, as its client saw it. */
  enum Outcome {
    /** Whole, and word for word what the generation that is named in its header says. */
    RIGHT,
    /** Whole, and not that. */
    WRONG,
    /** Another status than 200. */
    REFUSED,
    /** It began and did not end. */
    BROKEN,
    /** Not a byte came back. */
    SILENCE,
    /** The client went away. */
    LEFT
  }

  /**
   * A question with what each generation says to it.
   *
   * @param answers by the digest of the model's files
   */
  record Question(String text, Map<String, String> answers) {}

  /**
   * A request.
   *
   * @param key whose it is
   * @param seconds until its end
   */
  record Asked(
      String user,
      String key,
      Outcome outcome,
      int status,
      boolean retryAfter,
      String digest,
      double seconds,
      String seen) {}

  /**
   * Who asks.
   *
   * @param leavers how many of them go away in the middle of each answer
   * @param key sent as a bearer token; empty for none
   */
  record Clients(int count, int leavers, int answerTokens, String key) {}

  private final ObjectMapper json = new ObjectMapper();
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final URI server;
  private final String phase;
  private final List<Question> questions;
  private final Queue<Asked> asked = new ConcurrentLinkedQueue<>();
  private final Map<Outcome, AtomicInteger> counts = new EnumMap<>(Outcome.class);
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean over;

  /**
   * @param phase begins the names of its users
   */
  Crowd(URI server, String phase, List<Question> questions) {
    this.server = server;
    this.phase = phase;
    this.questions = questions;
    for (Outcome outcome : Outcome.values()) {
      counts.put(outcome, new AtomicInteger());
    }
  }

  void begin(Clients clients) {
    for (int c = 0; c < clients.count; c++) {
      String name = phase + "-" + clients.key + threads.size();
      boolean stream = c % 2 == 0;
      boolean leaves = c < clients.leavers;
      threads.add(Thread.ofVirtual().start(() -> ask(clients, name, stream, leaves)));
    }
  }

  int count(Outcome outcome) {
    return counts.getOrDefault(outcome, new AtomicInteger()).get();
  }

  /** Lets every client finish what it has asked for, and returns all that was asked. */
  List<Asked> end() {
    over = true;
    try {
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw LyceumException.external("The drill was interrupted.", e);
    }
    return List.copyOf(asked);
  }

  /** Forgets what went as it should so far, but for the counts; a soak would keep millions. */
  void forget() {
    asked.removeIf(one -> one.outcome == Outcome.RIGHT || one.outcome == Outcome.LEFT);
  }

  private void ask(Clients clients, String name, boolean stream, boolean leaves) {
    for (int round = 0; !over; round++) {
      String user = name + "-" + round;
      Question question = questions.get(Math.floorMod(user.hashCode(), questions.size()));
      long began = System.nanoTime();
      Asked one =
          leaves ? leave(clients, user, question) : ask(clients, user, stream, question, began);
      asked.add(one);
      counts.computeIfAbsent(one.outcome, o -> new AtomicInteger()).incrementAndGet();
      if (one.outcome != Outcome.RIGHT) {
        // Refused or nobody there: a client that asks again at once would only burn the processor.
        pause(one.outcome == Outcome.LEFT ? 100 : 20);
      }
    }
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private String body(String user, boolean stream, int tokens, Question question) {
    ObjectNode body = json.createObjectNode();
    body.put("model", "drill").put("user", user).put("stream", stream).put("max_tokens", tokens);
    // Consent, so that the log holds what was said and can be held against what was seen.
    body.put("store", true);
    body.putArray("messages").addObject().put("role", "user").put("content", question.text);
    return body.toString();
  }

  private Asked ask(Clients clients, String user, boolean stream, Question question, long began) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(server.resolve("/v1/chat/completions"))
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    body(user, stream, clients.answerTokens, question)));
    if (!clients.key.isEmpty()) {
      request.header("Authorization", "Bearer " + clients.key);
    }
    HttpResponse<java.io.InputStream> response;
    try {
      response = http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    } catch (IOException e) {
      return asked(clients, user, Outcome.SILENCE, null, began, String.valueOf(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return asked(clients, user, Outcome.SILENCE, null, began, "interrupted");
    }
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
      if (response.statusCode() != 200) {
        return asked(
            clients, user, Outcome.REFUSED, response, began, String.valueOf(lines.readLine()));
      }
      @Nullable String text = stream ? streamed(lines) : whole(lines);
      if (text == null) {
        return asked(clients, user, Outcome.BROKEN, response, began, "no end");
      }
      boolean right = text.equals(question.answers.get(digest(response)));
      return asked(
          clients, user, right ? Outcome.RIGHT : Outcome.WRONG, response, began, right ? "" : text);
    } catch (IOException | UncheckedIOException e) {
      return asked(clients, user, Outcome.BROKEN, response, began, String.valueOf(e));
    }
  }

  private static String digest(@Nullable HttpResponse<?> response) {
    String header =
        response == null ? "" : response.headers().firstValue("x-lyceum-model").orElse("");
    return header.substring(header.indexOf("digest=") + (header.isEmpty() ? 1 : 7));
  }

  private static Asked asked(
      Clients clients,
      String user,
      Outcome outcome,
      @Nullable HttpResponse<?> response,
      long began,
      String seen) {
    return new Asked(
        user,
        clients.key,
        outcome,
        response == null ? 0 : response.statusCode(),
        response != null
            && response
                .headers()
                .firstValue("retry-after")
                .filter(v -> v.matches("[1-9]\\d*"))
                .isPresent(),
        digest(response),
        (System.nanoTime() - began) / 1e9,
        seen);
  }

  /** The text of a stream that was ended by the server; null when it was not. */
  private @Nullable String streamed(BufferedReader lines) throws IOException {
    StringBuilder text = new StringBuilder();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.equals("data: [DONE]")) {
        return text.toString();
      }
      if (line.startsWith("data: {")) {
        JsonNode event = json.readTree(line.substring(6));
        if (event.has("error")) {
          return null;
        }
        text.append(event.at("/choices/0/delta/content").asText());
      }
    }
    return null;
  }

  private @Nullable String whole(BufferedReader lines) throws IOException {
    String body = lines.readLine();
    JsonNode answer = json.readTree(body == null ? "" : body);
    return answer.has("choices") ? answer.at("/choices/0/message/content").asText() : null;
  }

  /** Asks for a long stream and goes away when it has begun. */
  private Asked leave(Clients clients, String user, Question question) {
    long began = System.nanoTime();
    byte[] body = body(user, true, 400, question).getBytes(StandardCharsets.UTF_8);
    try (Socket socket = new Socket(server.getHost(), server.getPort())) {
      socket
          .getOutputStream()
          .write(
              ("POST /v1/chat/completions HTTP/1.1\r\nHost: drill\r\n"
                      + (clients.key.isEmpty()
                          ? ""
                          : "Authorization: Bearer " + clients.key + "\r\n")
                      + "Content-Length: "
                      + body.length
                      + "\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().write(body);
      byte[] start = socket.getInputStream().readNBytes(200);
      return asked(
          clients, user, start.length == 200 ? Outcome.LEFT : Outcome.BROKEN, null, began, "");
    } catch (IOException e) {
      return asked(clients, user, Outcome.SILENCE, null, began, String.valueOf(e));
    }
  }

  @Override
  public void close() {
    end();
    http.close();
  }
}
