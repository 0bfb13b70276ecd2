package lyceum.serving;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import lyceum.core.LyceumException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How what is in service changes, one change at a time: by what this server is told, and, where
 * servers share a {@link Placement}, by what another one was told.
 */
final class ModelChanges implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ModelChanges.class);

  /** How often a server looks whether another one was told something. */
  private static final Duration FOLLOWING = Duration.ofSeconds(2);

  private final Models models;
  private final EngineSetup setup;
  private final Optional<Placement> placement;
  private final ScheduledExecutorService following =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("placement").daemon().factory());

  /** Loading takes memory for two models; one load at a time keeps it at two. */
  private final ReentrantLock changing = new ReentrantLock();

  private String lastProblem = "";

  /**
   * @param setup of the engines of models that are loaded
   */
  ModelChanges(Models models, EngineSetup setup, Optional<Placement> placement) {
    this.models = models;
    this.setup = setup;
    this.placement = placement;
  }

  /** Does what other servers were told, now and from now on. */
  void follow() {
    placement.ifPresent(
        file -> {
          follow(file);
          following.scheduleWithFixedDelay(
              () -> follow(file),
              FOLLOWING.toMillis(),
              FOLLOWING.toMillis(),
              TimeUnit.MILLISECONDS);
        });
  }

  /**
   * Loads a model and lets it take part.
   *
   * @throws LyceumException USER when it cannot be served, RESOURCE when others cannot be told
   */
  void load(
      Models.Role role,
      String name,
      int version,
      Optional<String> digest,
      Placement.Source source,
      double percent) {
    change(
        () -> {
          ServedModel next =
              ServedModel.load(source.directory(), name, version, digest, source.draft(), setup);
          if (role == Models.Role.STABLE) {
            put(next);
          } else {
            join(next, role, percent);
          }
        });
  }

  /** The canary answers everything from now on. */
  void promote(String name) {
    change(() -> LOG.info("Serving {}, which was the canary", models.promote(name).header()));
  }

  void leave(String name, Models.Role role) {
    change(() -> models.leave(name, role));
  }

  void remove(String name) {
    change(() -> models.remove(name));
  }

  /** Puts a model in service that is this server's alone. */
  void put(ServedModel next) {
    models.put(next);
    LOG.info("Serving {}", next.header());
  }

  private void join(ServedModel next, Models.Role role, double percent) {
    try {
      models.join(next, role, percent);
    } catch (LyceumException e) {
      next.retire();
      throw e;
    }
    LOG.info("{} {} takes part with {} %", role, next.header(), percent);
  }

  private void change(Runnable change) {
    changing.lock();
    try {
      // What another server was told a moment ago is not to be undone, and may be what this is
      // about.
      placement.ifPresent(this::follow);
      change.run();
      placement.ifPresent(file -> file.write(models.lines()));
    } finally {
      changing.unlock();
    }
  }

  /** What cannot be done is tried again. */
  private void follow(Placement file) {
    changing.lock();
    try {
      Optional<List<Placement.Generation>> wanted = file.changed();
      if (wanted.isPresent()) {
        wanted.get().forEach(this::follow);
        end(wanted.get());
        lastProblem = "";
      }
    } catch (RuntimeException e) {
      String problem = String.valueOf(e.getMessage());
      if (!problem.equals(lastProblem)) {
        LOG.error("Cannot do what another server was told, trying again: {}", problem);
      }
      lastProblem = problem;
      file.again();
    } finally {
      changing.unlock();
    }
  }

  private void follow(Placement.Generation wanted) {
    Optional<Models.Line> line = models.line(wanted.name());
    Optional<ServedModel> present = line.flatMap(one -> one.in(wanted.role())).filter(wanted::is);
    switch (wanted.role()) {
      case STABLE -> {
        if (line.flatMap(Models.Line::canary).filter(wanted::is).isPresent()) {
          LOG.info("Serving {}, which was the canary", models.promote(wanted.name()).header());
        } else if (present.isEmpty()) {
          put(load(wanted));
        }
      }
      case CANARY, SHADOW -> {
        if (present.isEmpty() || line.get().percentOf(wanted.role()) != wanted.percent()) {
          join(present.orElseGet(() -> load(wanted)), wanted.role(), wanted.percent());
        }
      }
    }
  }

  /** Ends what takes no part any more. */
  private void end(List<Placement.Generation> wanted) {
    for (Models.Line line : models.lines()) {
      String name = line.stable().name();
      List<Models.Role> roles =
          wanted.stream()
              .filter(generation -> generation.name().equals(name))
              .map(Placement.Generation::role)
              .toList();
      if (roles.isEmpty()) {
        models.remove(name);
        continue;
      }
      for (Models.Role role : List.of(Models.Role.CANARY, Models.Role.SHADOW)) {
        if (line.in(role).isPresent() && !roles.contains(role)) {
          models.leave(name, role);
        }
      }
    }
  }

  private ServedModel load(Placement.Generation wanted) {
    return ServedModel.load(
        wanted.source().directory(),
        wanted.name(),
        wanted.version(),
        Optional.of(wanted.digest()),
        wanted.source().draft(),
        setup);
  }

  @Override
  public void close() {
    following.shutdownNow();
  }
}
