package lyceum.console.api;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import lyceum.core.LyceumException;

/** What names look like, and questions asked side by side. */
final class Names {
  static final String RUN = "[A-Za-z0-9][A-Za-z0-9._-]{0,199}";
  static final String LINE = "[A-Za-z0-9][A-Za-z0-9._-]{0,199}";
  static final String RECIPE = "[A-Za-z0-9][A-Za-z0-9_-]{0,99}";
  static final String VERSION = "[0-9]{1,9}|[A-Za-z][A-Za-z0-9_-]{0,99}";
  static final String USER = "[A-Za-z0-9][A-Za-z0-9._@-]{0,99}";
  static final String SHA256 = "[0-9a-f]{64}";
  static final String WORDS = "[^'\"\\\\\\p{Cntrl}]{0,200}";

  private Names() {}

  /** The answers to all questions in their order; they are asked at the same time. */
  static <T> List<T> together(List<Callable<T>> questions) {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<T>> asked = questions.stream().map(threads::submit).toList();
      List<T> answers = new ArrayList<>();
      for (Future<T> one : asked) {
        answers.add(one.get());
      }
      return answers;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException known) {
        throw known;
      }
      throw LyceumException.internal("A question failed.", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw LyceumException.external("Interrupted while several servers were asked.", e);
    }
  }
}
