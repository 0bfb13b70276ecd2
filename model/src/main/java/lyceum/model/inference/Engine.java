package lyceum.model.inference;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import lyceum.core.LyceumException;
import lyceum.model.inference.TokenSink.End;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers many prompts at once with one generation of one model: sequences join and leave between
 * forward passes (continuous batching, Orca, OSDI 2022), their keys and values live in shared
 * blocks (arXiv 2309.06180), prompts are computed in chunks beside the sequences that decode (arXiv
 * 2308.16369), and a smaller draft model may propose tokens that the model then checks in one pass
 * (arXiv 2211.17192).
 *
 * <p>A greedy answer, or one with a seed that is asked to be reproducible, is the same token for
 * token however many others there are and whichever of these means are at work.
 */
public final class Engine implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

  private final Backend backend;
  private final Optional<Backend> draft;
  private final EngineSettings settings;
  private final ComputeTeam team;
  private final Kernels kernels = Kernels.best();
  private final BlockPool pool;
  private final Optional<BlockPool> draftPool;
  private final int endToken;
  private final EngineCounters counters = new EngineCounters();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Map<String, ArrayDeque<Sequence>> waiting = new LinkedHashMap<>();
  private int waitingCount;
  private boolean closing;

  /** In the order in which they were let in. */
  private final List<Sequence> running = new ArrayList<>();

  /** Prompts whose hidden states are asked for; guarded by the lock. */
  private final ArrayDeque<Embedding> embeddings = new ArrayDeque<>();

  private Load load = new Load(0, 0, 0, 0, 1);

  private final Batch batch = new Batch();
  private final Batch draftBatch = new Batch();
  private final Thread scheduler;

  /**
   * @param draft a smaller model with the same vocabulary
   * @param endToken ends an answer
   * @param team also the backends'
   */
  public Engine(
      Backend backend,
      Optional<Backend> draft,
      int endToken,
      EngineSettings settings,
      ComputeTeam team) {
    if (backend.blocks() < BlockTable.blocks(backend.config().contextLength())) {
      throw LyceumException.user(
          "The key-value cache of "
              + backend.blocks()
              + " blocks is smaller than one context of "
              + backend.config().contextLength()
              + " tokens.");
    }
    draft.ifPresent(
        d -> {
          if (d.config().vocabularySize() != backend.config().vocabularySize()) {
            throw LyceumException.user(
                "The draft model has "
                    + d.config().vocabularySize()
                    + " tokens, the model "
                    + backend.config().vocabularySize()
                    + ". A draft must have the same vocabulary.");
          }
        });
    if (backend.mostWanted()
        < settings.running() + settings.drafted() * settings.draftSequences()) {
      throw LyceumException.user(
          "The backend gives logits of "
              + backend.mostWanted()
              + " rows at a time; "
              + settings
              + " needs more.");
    }
    this.backend = backend;
    this.draft = draft;
    this.endToken = endToken;
    this.settings = settings;
    this.team = team;
    this.pool = new BlockPool(backend.blocks(), settings.prefixCache());
    this.draftPool = draft.map(d -> new BlockPool(d.blocks(), false));
    this.scheduler = Thread.ofPlatform().daemon().name("engine").unstarted(this::schedule);
    scheduler.start();
  }

  /** A task that was taken. */
  public final class Handle {
    private final Sequence sequence;

    private Handle(Sequence sequence) {
      this.sequence = sequence;
    }

    /** Ends it as soon as the pass under way is over; nothing when it has ended. */
    public void cancel() {
      sequence.cancelled = true;
      lock.lock();
      try {
        work.signal();
      } finally {
        lock.unlock();
      }
    }
  }

  public EngineCounters counters() {
    return counters;
  }

  public Backend backend() {
    return backend;
  }

  /** Sequences that are worked on and that wait, and blocks held, remembered and in all. */
  public record Load(int running, int waiting, int blocksUsed, int blocksIdle, int blocks) {}

  public Load load() {
    lock.lock();
    try {
      return load;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes a task.
   *
   * @throws LyceumException USER when the prompt fills the context or holds a token that is not in
   *     the vocabulary; RESOURCE when the engine is closed
   */
  public Handle submit(GenerationTask task, TokenSink sink) {
    int context = backend.config().contextLength();
    int room = context - task.prompt().length;
    if (room < (task.scorePrompt() ? 0 : 1)) {
      throw LyceumException.user(
          "The prompt has "
              + task.prompt().length
              + " tokens; the model's context of "
              + context
              + " leaves no room for an answer. Shorten the prompt.");
    }
    for (int token : task.prompt()) {
      if (token < 0 || token >= backend.config().vocabularySize()) {
        throw LyceumException.user(
            "The token "
                + token
                + " is not among the model's "
                + backend.config().vocabularySize()
                + ".");
      }
    }
    int limit = task.generate() ? Math.min(task.sampling().maxNewTokens(), Math.max(1, room)) : 0;
    Sequence sequence = new Sequence(task, sink, limit, context, pool.root());
    lock.lock();
    try {
      if (closing) {
        throw closed();
      }
      waiting.computeIfAbsent(task.client(), name -> new ArrayDeque<>()).add(sequence);
      waitingCount++;
      work.signal();
    } finally {
      lock.unlock();
    }
    return new Handle(sequence);
  }

  /** Ends what is under way as failed and stops. */
  @Override
  public void close() {
    lock.lock();
    try {
      closing = true;
      work.signal();
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    while (scheduler.isAlive() && Thread.currentThread() != scheduler) {
      try {
        scheduler.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void schedule() {
    try {
      while (awaitWork()) {
        try {
          step();
        } catch (RuntimeException e) {
          LOG.error("A forward pass failed; its sequences end", e);
          for (Sequence sequence : List.copyOf(running)) {
            end(sequence, End.FAILED, e);
          }
        }
      }
    } catch (Error e) {
      LOG.error("The engine stops", e);
      lock.lock();
      try {
        closing = true;
      } finally {
        lock.unlock();
      }
      endAll(e);
      throw e;
    }
    endAll(closed());
  }

  private void endAll(Throwable failure) {
    for (Sequence sequence : List.copyOf(running)) {
      end(sequence, End.FAILED, failure);
    }
    for (Sequence sequence = next(); sequence != null; sequence = next()) {
      notifyEnd(sequence, End.FAILED, failure);
    }
    lock.lock();
    try {
      embeddings.forEach(embedding -> embedding.done.completeExceptionally(failure));
      embeddings.clear();
    } finally {
      lock.unlock();
    }
  }

  /** False when the engine is to stop. */
  private boolean awaitWork() {
    for (Sequence sequence : List.copyOf(running)) {
      if (sequence.cancelled) {
        end(sequence, End.STOPPED, null);
      }
    }
    lock.lock();
    try {
      while (running.isEmpty() && waitingCount == 0 && embeddings.isEmpty() && !closing) {
        publishLoad();
        work.awaitUninterruptibly();
      }
      return !closing;
    } finally {
      lock.unlock();
    }
  }

  private void publishLoad() {
    load = new Load(running.size(), waitingCount, pool.used(), pool.idle(), pool.size());
  }

  private static LyceumException closed() {
    return LyceumException.resource("The engine is closed.");
  }

  /** The next one that waits, each client in turn; null when none does. */
  private @Nullable Sequence next() {
    lock.lock();
    try {
      Iterator<Map.Entry<String, ArrayDeque<Sequence>>> clients = waiting.entrySet().iterator();
      if (!clients.hasNext()) {
        return null;
      }
      Map.Entry<String, ArrayDeque<Sequence>> client = clients.next();
      clients.remove();
      Sequence sequence = client.getValue().removeFirst();
      if (!client.getValue().isEmpty()) {
        waiting.put(client.getKey(), client.getValue());
      }
      waitingCount--;
      return sequence;
    } finally {
      lock.unlock();
    }
  }

  private void admit() {
    while (running.size() < settings.running()) {
      // With less than a context left, a newcomer would push others out.
      if (!running.isEmpty() && pool.size() - pool.used() < running.size() + 2) {
        return;
      }
      Sequence sequence = next();
      if (sequence == null) {
        return;
      }
      if (sequence.cancelled) {
        notifyEnd(sequence, End.STOPPED, null);
        continue;
      }
      running.add(sequence);
      takeRemembered(sequence);
      if (sequence.generated == 0) {
        sequence.sink.onStart(sequence.computed);
        counters.promptTokens.add(sequence.length);
        counters.cachedTokens.add(sequence.computed);
      }
    }
  }

  /** Takes the blocks of the prompt's beginning that are remembered; at least a token is left. */
  private void takeRemembered(Sequence sequence) {
    sequence.prefix = pool.root();
    if (!pool.remembers() || sequence.task.scorePrompt()) {
      return;
    }
    while (sequence.computed + BlockTable.BLOCK < sequence.length) {
      BlockPool.Prefix found = pool.find(sequence.prefix, sequence.tokens, sequence.computed);
      if (found == null) {
        return;
      }
      sequence.table[sequence.blocks++] = found.block();
      sequence.prefix = found;
      sequence.remembered++;
      sequence.computed += BlockTable.BLOCK;
    }
  }

  /** Tokens whose mean hidden state is waited for. */
  private record Embedding(int[] tokens, CompletableFuture<float[]> done) {}

  /**
   * The mean of the final normed hidden states over the tokens, scaled to length 1.
   *
   * @return shape {@code [embeddingDim]}
   * @throws LyceumException USER when there is no token or they do not fit in the context
   */
  public float[] embed(int[] tokens) {
    if (tokens.length == 0 || tokens.length > backend.config().contextLength()) {
      throw LyceumException.user(
          "The input has "
              + tokens.length
              + " tokens; it needs at least one and at most the "
              + backend.config().contextLength()
              + " of the model's context.");
    }
    Embedding embedding = new Embedding(tokens, new CompletableFuture<>());
    lock.lock();
    try {
      if (closing) {
        throw closed();
      }
      embeddings.add(embedding);
      work.signal();
    } finally {
      lock.unlock();
    }
    return joined(embedding.done);
  }

  private void embedNext() {
    Embedding next;
    lock.lock();
    try {
      next = embeddings.poll();
    } finally {
      lock.unlock();
    }
    if (next == null) {
      return;
    }
    int blocks = BlockTable.blocks(next.tokens.length);
    while (pool.size() - pool.used() < blocks) {
      pushOut(running.getLast());
    }
    int[] table = new int[blocks];
    for (int b = 0; b < blocks; b++) {
      table[b] = pool.take();
    }
    try {
      next.done.complete(meanHidden(next.tokens, table));
    } catch (RuntimeException e) {
      next.done.completeExceptionally(e);
    } finally {
      pool.release(table, blocks);
    }
  }

  private float[] meanHidden(int[] tokens, int[] table) {
    int width = backend.config().embeddingDim();
    double[] sums = new double[width];
    for (int from = 0; from < tokens.length; from += backend.mostRows()) {
      int rows = Math.min(backend.mostRows(), tokens.length - from);
      batch.clear();
      batch.hiddenOnly();
      for (int r = 0; r < rows; r++) {
        batch.add(tokens[from + r], from + r, table);
        batch.want();
      }
      float[] hidden = backend.forward(batch).hidden();
      for (int i = 0; i < rows * width; i++) {
        sums[i % width] += hidden[i];
      }
    }
    double squares = Arrays.stream(sums).map(sum -> sum * sum).sum();
    double scale = squares == 0 ? 0 : 1 / Math.sqrt(squares);
    float[] mean = new float[width];
    for (int i = 0; i < width; i++) {
      mean[i] = (float) (sums[i] * scale);
    }
    return mean;
  }

  private void step() {
    embedNext();
    admit();
    lock.lock();
    try {
      publishLoad();
    } finally {
      lock.unlock();
    }
    if (running.isEmpty()) {
      return;
    }
    propose();
    assemble();
    if (batch.rows() == 0) {
      return;
    }
    long began = System.nanoTime();
    Backend.Output output = backend.forward(batch);
    counters.step(batch.rows(), System.nanoTime() - began);
    // Those that were pushed out have no rows.
    List<Sequence> worked = running.stream().filter(s -> s.rows > 0).toList();
    choose(worked, output);
    for (Sequence sequence : worked) {
      deliver(sequence);
    }
  }

  /** Fills the batch: a row for each sequence that decodes, then chunks of prompts. */
  private void assemble() {
    batch.clear();
    for (Sequence sequence : running) {
      sequence.rows = 0;
      sequence.wanted = 0;
    }
    for (Sequence sequence : List.copyOf(running)) {
      if (sequence.decodes() && running.contains(sequence)) {
        addRows(sequence, 1 + sequence.drafted);
      }
    }
    for (Sequence sequence : List.copyOf(running)) {
      if (!sequence.decodes() && running.contains(sequence)) {
        int limit =
            sequence.task.scorePrompt() ? backend.mostWanted() - batch.wanted() : Integer.MAX_VALUE;
        int room = Math.min(Math.min(settings.rows(), backend.mostRows()) - batch.rows(), limit);
        if (room <= 0 || batch.wanted() >= backend.mostWanted()) {
          return;
        }
        addRows(sequence, Math.min(room, sequence.length - sequence.computed));
      }
    }
  }

  private void addRows(Sequence sequence, int rows) {
    if (!makeRoom(sequence, sequence.computed + rows)) {
      return;
    }
    sequence.firstWanted = batch.wanted();
    for (int r = 0; r < rows; r++) {
      int position = sequence.computed + r;
      int token =
          position < sequence.length
              ? sequence.tokens[position]
              : sequence.draft[position - sequence.length];
      batch.add(token, position, sequence.table);
      boolean last = position >= sequence.length - 1;
      if (last || sequence.task.scorePrompt()) {
        batch.want();
        sequence.wanted++;
      }
    }
    sequence.rows = rows;
  }

  /**
   * Takes the blocks that the first {@code positions} need. Where none are left, the sequences that
   * came last give theirs back and wait for their turn again.
   */
  private boolean makeRoom(Sequence sequence, int positions) {
    while (sequence.blocks < BlockTable.blocks(positions)) {
      int block = pool.take();
      if (block >= 0) {
        sequence.table[sequence.blocks++] = block;
        continue;
      }
      Sequence last = running.getLast();
      if (last == sequence || last.rows > 0) {
        // It waits for the next pass; the ones in this one get on and give their blocks back.
        return false;
      }
      pushOut(last);
    }
    return true;
  }

  /** Back to the front of the queue; what it has generated stays and is computed again. */
  private void pushOut(Sequence sequence) {
    running.remove(sequence);
    release(sequence);
    sequence.rows = 0;
    sequence.wanted = 0;
    sequence.drafted = 0;
    counters.preemptions.increment();
    lock.lock();
    try {
      ArrayDeque<Sequence> own = waiting.remove(sequence.task.client());
      Map<String, ArrayDeque<Sequence>> others = new LinkedHashMap<>(waiting);
      waiting.clear();
      ArrayDeque<Sequence> first = own == null ? new ArrayDeque<>() : own;
      first.addFirst(sequence);
      waiting.put(sequence.task.client(), first);
      waiting.putAll(others);
      waitingCount++;
    } finally {
      lock.unlock();
    }
  }

  private void release(Sequence sequence) {
    pool.release(sequence.table, sequence.blocks);
    draftPool.ifPresent(p -> p.release(sequence.draftTable, sequence.draftBlocks));
    sequence.blocks = 0;
    sequence.remembered = 0;
    sequence.computed = 0;
    sequence.draftBlocks = 0;
    sequence.draftComputed = 0;
  }

  /** Lets the draft model propose tokens for the sequences that decode. */
  private void propose() {
    for (Sequence sequence : running) {
      sequence.drafted = 0;
    }
    if (draft.isEmpty() || draftPool.isEmpty()) {
      return;
    }
    List<Sequence> open =
        new ArrayList<>(running.stream().filter(s -> s.decodes() && s.mayDraft()).toList());
    if (open.isEmpty()
        || running.stream().filter(Sequence::decodes).count() > settings.draftSequences()) {
      return;
    }
    Backend model = draft.get();
    for (Sequence sequence : open) {
      sequence.draftRoom =
          Math.min(
              settings.drafted(),
              Math.min(
                  sequence.limit - sequence.generated - 1,
                  Math.min(model.config().contextLength(), backend.config().contextLength())
                      - sequence.length));
    }
    open.removeIf(s -> s.draftRoom <= 0 || !makeDraftRoom(s, draftPool.get()));
    for (Sequence sequence : open) {
      catchUp(sequence, model);
    }
    for (int round = 0; !open.isEmpty(); round++) {
      draftBatch.clear();
      for (Sequence sequence : open) {
        int position = sequence.length - 1 + round;
        draftBatch.add(
            round == 0 ? sequence.tokens[position] : sequence.draft[round - 1],
            position,
            sequence.draftTable);
        draftBatch.want();
      }
      Backend.Output output = model.forward(draftBatch);
      for (int s = 0; s < open.size(); s++) {
        open.get(s).propose(output, s, kernels, model.config().vocabularySize());
      }
      open.removeIf(s -> s.drafted >= s.draftRoom);
    }
  }

  private static boolean makeDraftRoom(Sequence sequence, BlockPool pool) {
    while (sequence.draftBlocks < BlockTable.blocks(sequence.length + sequence.draftRoom)) {
      int block = pool.take();
      if (block < 0) {
        return false;
      }
      sequence.draftTable[sequence.draftBlocks++] = block;
    }
    return true;
  }

  /** The draft model reads the tokens before the last that it has not seen. */
  private void catchUp(Sequence sequence, Backend model) {
    while (sequence.draftComputed < sequence.length - 1) {
      draftBatch.clear();
      int rows = Math.min(model.mostRows(), sequence.length - 1 - sequence.draftComputed);
      for (int r = 0; r < rows; r++) {
        int position = sequence.draftComputed + r;
        draftBatch.add(sequence.tokens[position], position, sequence.draftTable);
      }
      model.forward(draftBatch);
      sequence.draftComputed += rows;
    }
  }

  /** Chooses tokens from the logits, the sequences shared out among the team. */
  private void choose(List<Sequence> worked, Backend.Output output) {
    int vocabulary = backend.config().vocabularySize();
    boolean cheap = worked.stream().allMatch(Sequence::isCheap);
    if (cheap || worked.size() == 1) {
      worked.forEach(s -> s.choose(output, kernels, vocabulary));
    } else {
      team.run(
          member -> {
            for (int s = member; s < worked.size(); s += team.members()) {
              worked.get(s).choose(output, kernels, vocabulary);
            }
          });
    }
  }

  private void deliver(Sequence sequence) {
    sequence.computed += sequence.confirmedRows;
    rememberBlocks(sequence);
    sequence.draftComputed = Math.min(sequence.draftComputed, sequence.computed);
    if (sequence.drafted > 0) {
      counters.drafts.increment();
      counters.draftedTokens.add(sequence.drafted);
      counters.acceptedTokens.add(Math.max(0, sequence.chosen.size() - 1));
    }
    if (sequence.promptScores != null) {
      if (sequence.computed < sequence.promptLength) {
        return;
      }
      List<ScoredToken> scores = sequence.promptScores;
      sequence.promptScores = null;
      sequence.sink.onPrompt(scores);
      if (!sequence.task.generate()) {
        end(sequence, End.FINISHED, null);
        return;
      }
    }
    for (ScoredToken token : sequence.chosen) {
      sequence.generated++;
      counters.generatedTokens.increment();
      boolean finished = token.id() == endToken && !sequence.task.ignoreEnd();
      boolean goOn;
      try {
        goOn = sequence.sink.onToken(token);
      } catch (RuntimeException e) {
        end(sequence, End.FAILED, e);
        return;
      }
      if (finished || !goOn || sequence.cancelled || sequence.generated >= sequence.limit) {
        end(
            sequence,
            finished ? End.FINISHED : goOn && !sequence.cancelled ? End.LENGTH : End.STOPPED,
            null);
        return;
      }
    }
  }

  private void rememberBlocks(Sequence sequence) {
    if (!pool.remembers()) {
      return;
    }
    while ((sequence.remembered + 1) * BlockTable.BLOCK <= sequence.computed) {
      int i = sequence.remembered;
      BlockPool.Prefix prefix =
          pool.remember(sequence.prefix, sequence.tokens, i * BlockTable.BLOCK, sequence.table[i]);
      sequence.table[i] = prefix.block();
      sequence.prefix = prefix;
      sequence.remembered++;
    }
  }

  private void end(Sequence sequence, End end, @Nullable Throwable failure) {
    running.remove(sequence);
    release(sequence);
    lock.lock();
    try {
      publishLoad();
    } finally {
      lock.unlock();
    }
    notifyEnd(sequence, end, failure);
  }

  private static void notifyEnd(Sequence sequence, End end, @Nullable Throwable failure) {
    try {
      sequence.sink.onEnd(end, failure);
    } catch (RuntimeException e) {
      LOG.error("A listener failed on the end of its task", e);
    }
  }

  /** Continues one prompt and waits for the whole answer. */
  public Generation generate(GenerationTask task) {
    return generateAll(List.of(task)).getFirst();
  }

  /** Continues all prompts and waits for the whole answers, in their order. */
  public List<Generation> generateAll(List<GenerationTask> tasks) {
    List<Collected> collected =
        IntStream.range(0, tasks.size()).mapToObj(i -> new Collected()).toList();
    for (int i = 0; i < tasks.size(); i++) {
      submit(tasks.get(i), collected.get(i));
    }
    return collected.stream().map(Collected::await).toList();
  }

  /** An answer that is waited for. */
  private static final class Collected implements TokenSink {
    private final CompletableFuture<Generation> done = new CompletableFuture<>();
    private int[] ids = new int[16];
    private float[] logProbs = new float[16];
    private int count;

    @Override
    public boolean onToken(ScoredToken token) {
      if (count == ids.length) {
        ids = Arrays.copyOf(ids, 2 * count);
        logProbs = Arrays.copyOf(logProbs, 2 * count);
      }
      ids[count] = token.id();
      logProbs[count++] = token.logProb();
      return true;
    }

    @Override
    public void onEnd(End end, @Nullable Throwable failure) {
      if (failure != null) {
        done.completeExceptionally(failure);
      } else {
        done.complete(
            new Generation(
                Arrays.copyOf(ids, count), end == End.FINISHED, Arrays.copyOf(logProbs, count)));
      }
    }

    Generation await() {
      return joined(done);
    }
  }

  private static <T> T joined(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof LyceumException failure) {
        throw failure;
      }
      throw LyceumException.internal("Generating failed: " + e.getCause() + ".", e);
    }
  }
}
