package lyceum.serving;

import io.helidon.webserver.CloseConnectionException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import lyceum.model.inference.Engine;
import lyceum.model.inference.GenerationTask;
import lyceum.model.inference.ScoredToken;
import lyceum.model.inference.TokenConstraint;
import lyceum.model.inference.TokenSink;
import org.jspecify.annotations.Nullable;

/**
 * The answers to one request while they come: text that can be sent, the tokens it is made of, and
 * how each answer ended. The engine's thread fills it and never waits; the request's thread empties
 * it.
 */
final class Answering implements AutoCloseable {
  /** How an answer ended; the names are the API's. */
  enum Reason {
    STOP,
    LENGTH,
    FAILED
  }

  /**
   * What came of an answer.
   *
   * @param text empty while characters or stop strings are open
   * @param prompt its tokens, in the first piece of an answer whose prompt was to be scored
   * @param reason in the last piece
   */
  record Piece(
      int answer,
      String text,
      List<ScoredToken> tokens,
      List<ScoredToken> prompt,
      Optional<Reason> reason) {}

  private final ServedModel model;
  private final Options options;
  private final Metrics metrics;
  private final String client;
  private final long arrival;
  private final LinkedBlockingQueue<Piece> pieces = new LinkedBlockingQueue<>();
  private final List<Answer> answers = new ArrayList<>();
  private int open;
  private int promptTokens;

  /**
   * @param arrival when the request was there, in {@link System#nanoTime}
   */
  Answering(ServedModel model, Options options, Metrics metrics, String client, long arrival) {
    this.model = model;
    this.options = options;
    this.metrics = metrics;
    this.client = client;
    this.arrival = arrival;
  }

  /** One answer, told by the engine how it goes. */
  private final class Answer implements TokenSink {
    private final int index;
    private final AnswerText text = new AnswerText(options.stop());
    private List<ScoredToken> prompt = List.of();
    private Engine.@Nullable Handle handle;
    private int tokens;
    private long started;
    private long first;
    private long last;

    Answer(int index) {
      this.index = index;
    }

    @Override
    public void onStart(int cachedTokens) {
      started = System.nanoTime();
      metrics.seconds("request_queue_time_seconds", model, (started - arrival) / 1e9);
    }

    @Override
    public void onPrompt(List<ScoredToken> scores) {
      prompt = scores;
    }

    @Override
    public boolean onToken(ScoredToken token) {
      long now = System.nanoTime();
      if (tokens++ == 0) {
        first = now;
        metrics.seconds("time_to_first_token_seconds", model, (now - arrival) / 1e9);
        metrics.seconds("request_prefill_time_seconds", model, (now - started) / 1e9);
      } else {
        metrics.seconds("inter_token_latency_seconds", model, (now - last) / 1e9);
      }
      last = now;
      String piece = text.add(model.model().tokenizer().tokenBytes(token.id()));
      pieces.add(new Piece(index, piece, List.of(token), promptOnce(), Optional.empty()));
      return !text.stopped();
    }

    private List<ScoredToken> promptOnce() {
      List<ScoredToken> scores = prompt;
      prompt = List.of();
      return scores;
    }

    @Override
    public void onEnd(End end, @Nullable Throwable failure) {
      Reason reason =
          switch (end) {
            case FINISHED -> Reason.STOP;
            case LENGTH -> Reason.LENGTH;
            case STOPPED -> text.stopped() ? Reason.STOP : Reason.FAILED;
            case FAILED -> Reason.FAILED;
          };
      long now = System.nanoTime();
      if (reason != Reason.FAILED) {
        metrics.seconds("e2e_request_latency_seconds", model, (now - arrival) / 1e9);
        if (tokens > 0) {
          metrics.seconds("request_decode_time_seconds", model, (now - first) / 1e9);
        }
        metrics.tokens("request_generation_tokens", model, tokens);
        metrics.finished(model, reason == Reason.STOP ? "stop" : "length");
      }
      pieces.add(new Piece(index, text.end(), List.of(), promptOnce(), Optional.of(reason)));
    }
  }

  /**
   * Asks for as many answers to the prompt as the options say.
   *
   * @param alternatives as in {@link GenerationTask}
   * @param constraint makes one for each answer
   */
  void ask(
      int[] prompt,
      int alternatives,
      boolean scorePrompt,
      boolean generate,
      Optional<IntFunction<TokenConstraint>> constraint,
      long seed) {
    promptTokens += prompt.length;
    metrics.tokens("request_prompt_tokens", model, prompt.length);
    for (int i = 0; i < options.choices(); i++) {
      Answer answer = new Answer(answers.size());
      answers.add(answer);
      int limit =
          Math.min(
              options.sampling().maxNewTokens(),
              Math.max(1, model.model().config().contextLength() - prompt.length));
      GenerationTask task =
          new GenerationTask(
              prompt,
              options.sampling(),
              options.penalties(),
              // The first answer has the seed itself, the others each their own.
              seed + i * 0x632BE59BD9B4E019L,
              options.seed().isPresent(),
              alternatives,
              scorePrompt,
              generate,
              options.ignoreEnd(),
              constraint.map(make -> make.apply(limit)),
              client);
      try {
        answer.handle = model.engine().submit(task, answer);
        open++;
      } catch (LyceumException e) {
        close();
        if (e.category() == ErrorCategory.USER) {
          throw ApiException.invalid("prompt", String.valueOf(e.getMessage()));
        }
        throw e;
      }
    }
  }

  /** Answers asked for. */
  int count() {
    return answers.size();
  }

  int promptTokens() {
    return promptTokens;
  }

  /** Tokens of all answers so far. */
  int answerTokens() {
    return answers.stream().mapToInt(answer -> answer.tokens).sum();
  }

  /** Seconds from the request to its first token; 0 before. */
  double secondsToFirst() {
    return answers.isEmpty() || answers.getFirst().first == 0
        ? 0
        : (answers.getFirst().first - arrival) / 1e9;
  }

  /** Tells a span how the first answer went: it waited, its prompt was read, it was written. */
  void phases(Tracing.RequestSpan span) {
    Answer answer = answers.getFirst();
    if (answer.started != 0) {
      span.phase("queue", arrival, answer.started);
    }
    if (answer.first != 0) {
      span.phase("prefill", answer.started, answer.first);
      span.phase("decode", answer.first, answer.last);
    }
  }

  /** Whether pieces are still to come. */
  boolean isOpen() {
    return open > 0;
  }

  /**
   * Waits for what comes next and takes all that is there; empty after the time.
   *
   * @throws CloseConnectionException when the thread is interrupted
   */
  List<Piece> take(long millis) {
    List<Piece> taken = new ArrayList<>();
    try {
      Piece piece = pieces.poll(millis, TimeUnit.MILLISECONDS);
      if (piece == null) {
        return taken;
      }
      taken.add(piece);
      pieces.drainTo(taken);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CloseConnectionException("The server stops.", e);
    }
    open -= (int) taken.stream().filter(piece -> piece.reason().isPresent()).count();
    return taken;
  }

  /** Ends the answers that are still under way. */
  @Override
  public void close() {
    for (Answer answer : answers) {
      if (answer.handle != null) {
        answer.handle.cancel();
      }
    }
  }
}
