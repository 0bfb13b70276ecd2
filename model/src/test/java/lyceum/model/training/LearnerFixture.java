package lyceum.model.training;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import lyceum.core.ModelConfig;
import lyceum.core.recipe.OptimizerSettings;
import lyceum.core.recipe.SkillSettings;
import lyceum.core.recipe.SkillSettings.Skill;
import lyceum.core.recipe.TokenizerSettings;
import lyceum.data.shard.TokenShard;
import lyceum.data.skill.ChatExample;
import lyceum.data.skill.SkillGenerator;
import lyceum.data.skill.SkillSet;
import lyceum.data.tokenizer.BpeTokenizer;
import lyceum.data.tokenizer.BpeTrainer;
import lyceum.data.tokenizer.SpecialTokens;
import lyceum.model.format.LanguageModel;
import lyceum.model.transformer.InitialWeights;

/** A text, a tokenizer, chats and models so small that a training takes seconds. */
public final class LearnerFixture {
  /**
   * Every second sentence follows from the one before it, so that there is something to learn
   * beyond frequencies.
   */
  private static final List<String> PEOPLE = List.of("Anna", "Ben", "Clara", "David");

  private static final List<String> THINGS =
      List.of("a red ball", "a blue book", "a green hat", "a black cup");

  public static final BpeTokenizer TOKENIZER =
      BpeTrainer.train(sample(), new TokenizerSettings(320, 1_000_000));

  private LearnerFixture() {}

  public static ModelConfig config(int layers, int width, int context) {
    return new ModelConfig(
        TOKENIZER.vocabularySize(), context, layers, 4, 2, width, 2 * width, 10_000, 1e-5, true);
  }

  public static LanguageModel model(ModelConfig config, long seed) {
    return new LanguageModel(config, InitialWeights.of(config, seed), TOKENIZER);
  }

  public static OptimizerSettings optimizer(double rate) {
    return new OptimizerSettings(
        rate, 0.1, 3, OptimizerSettings.Schedule.COSINE, 0.05, 0.9, 0.95, 1e-8, 1);
  }

  public static TokenShard shard(Path file, int documents, long seed) {
    RandomGenerator random = random(seed);
    List<int[]> all = new ArrayList<>();
    for (int i = 0; i < documents; i++) {
      int[] text = TOKENIZER.encode(document(random));
      int[] ids = new int[text.length + 1];
      ids[0] = SpecialTokens.BOS;
      System.arraycopy(text, 0, ids, 1, text.length);
      all.add(ids);
    }
    return TokenShard.write(file, all.iterator());
  }

  /** The same documents, in turn of the sources {@code even} and {@code odd}. */
  public static TokenShard shardOfTwoSources(Path file, int documents, long seed) {
    RandomGenerator random = random(seed);
    try (TokenShard.Writer writer = new TokenShard.Writer(file)) {
      for (int i = 0; i < documents; i++) {
        int[] text = TOKENIZER.encode(document(random));
        int[] ids = new int[text.length + 1];
        ids[0] = SpecialTokens.BOS;
        System.arraycopy(text, 0, ids, 1, text.length);
        writer.append(i % 2 == 0 ? "even" : "odd", ids);
      }
      return writer.finish();
    }
  }

  public static SkillSet chats(Skill skill, int train, int heldOut) {
    return SkillGenerator.generate(new SkillSettings(skill, train, heldOut), 3);
  }

  /** Greetings and readings together. */
  public static List<ChatExample> chats(int each) {
    List<ChatExample> chats = new ArrayList<>(chats(Skill.IDENTITY, each, 1).train());
    chats.addAll(chats(Skill.READING, each, 1).train());
    return chats;
  }

  /**
   * Remembers what it hears; stops the training by an exception after a step where it is asked to.
   */
  public static class Recorder implements TrainingListener {
    public final List<StepReport> reports = new ArrayList<>();
    public final Map<Long, TrainingState> states = new HashMap<>();
    public final List<Long> rewinds = new ArrayList<>();
    private final long stopAfter;
    private long stopStep = -1;
    private int stopReports = -1;
    private int stopMicroBatch;
    private final boolean atCheckpoint;

    public Recorder() {
      this(Long.MAX_VALUE, false);
    }

    /**
     * @param atCheckpoint whether it stops when it hears of the step's checkpoint, after keeping
     *     it, and not of the step
     */
    public Recorder(long stopAfter, boolean atCheckpoint) {
      this.stopAfter = stopAfter;
      this.atCheckpoint = atCheckpoint;
    }

    /**
     * Stops in the middle of a step.
     *
     * @param microBatch of the step after {@code step} at which it stops, after keeping the state
     */
    public static Recorder inTheMiddle(long step, int microBatch) {
      Recorder recorder = new Recorder();
      recorder.stopStep = step;
      recorder.stopMicroBatch = microBatch;
      return recorder;
    }

    /** Stops after so many reports, those of steps that are made again included. */
    public void stopAfterReports(int count) {
      stopReports = count;
    }

    @Override
    public void onMicroBatch(long step, int microBatches, Supplier<TrainingState> state) {
      if (step == stopStep && microBatches == stopMicroBatch) {
        states.put(step, state.get());
        throw new Stopped();
      }
    }

    @Override
    public Optional<TrainingState> checkpoint(long step) {
      return Optional.ofNullable(states.get(step));
    }

    @Override
    public void onRewind(long step, String why) {
      rewinds.add(step);
    }

    @Override
    public void onStep(StepReport report) {
      reports.add(report);
      if (reports.size() == stopReports) {
        throw new Stopped();
      }
      if (!atCheckpoint && report.step() >= stopAfter) {
        throw new Stopped();
      }
    }

    @Override
    public void onCheckpoint(TrainingState state) {
      states.put(state.step(), state);
      if (atCheckpoint && state.step() >= stopAfter) {
        throw new Stopped();
      }
    }

    public Optional<TrainingState> newest() {
      return states.values().stream().max((a, b) -> Long.compare(a.step(), b.step()));
    }
  }

  /** What a listener stops a training with. */
  public static final class Stopped extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private static List<String> sample() {
    RandomGenerator random = random(1);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      texts.add(document(random));
    }
    for (Skill skill : EnumSet.complementOf(EnumSet.of(Skill.FEEDBACK))) {
      chats(skill, 100, 1).train().forEach(chat -> texts.add(chat.prompt() + " " + chat.answer()));
    }
    return texts;
  }

  private static String document(RandomGenerator random) {
    StringBuilder text = new StringBuilder();
    int sentences = random.nextInt(2, 7);
    for (int i = 0; i < sentences; i++) {
      String person = PEOPLE.get(random.nextInt(PEOPLE.size()));
      String thing = THINGS.get(random.nextInt(THINGS.size()));
      text.append(person).append(" has ").append(thing).append(". ");
      text.append("So ").append(thing).append(" belongs to ").append(person).append(". ");
    }
    return text.toString().strip();
  }

  private static RandomGenerator random(long seed) {
    return RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
  }
}
