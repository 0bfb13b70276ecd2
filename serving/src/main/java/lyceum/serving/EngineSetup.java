package lyceum.serving;

import java.util.Optional;
import lyceum.core.LyceumException;
import lyceum.core.ModelConfig;
import lyceum.core.signing.TrustedKeys;
import lyceum.data.tokenizer.SpecialTokens;
import lyceum.model.format.LanguageModel;
import lyceum.model.inference.BlockTable;
import lyceum.model.inference.ComputeTeam;
import lyceum.model.inference.CpuBackend;
import lyceum.model.inference.Engine;
import lyceum.model.inference.EngineSettings;
import lyceum.model.inference.GenerationTask;
import lyceum.model.inference.Penalties;
import lyceum.model.inference.SamplingSettings;
import lyceum.model.inference.WeightPrecision;

/**
 * How a model's engine is made, and of which models.
 *
 * @param precision of the weights
 * @param cacheBytes most memory for keys and values; one context at least is always there
 * @param team shared by all engines, which take turns on it
 * @param trusted whose models are taken
 */
public record EngineSetup(
    WeightPrecision precision,
    EngineSettings settings,
    long cacheBytes,
    ComputeTeam team,
    TrustedKeys trusted) {
  private static final class Shared {
    static final ComputeTeam TEAM = ComputeTeam.ofAllProcessors();
  }

  public EngineSetup {
    if (cacheBytes <= 0) {
      throw LyceumException.user(
          "The memory for keys and values must be positive, not " + cacheBytes + " bytes.");
    }
  }

  /** Weights in 32 bits, up to so many sequences at a time, a quarter of the heap for the cache. */
  public static EngineSetup of(int running) {
    return of(running, WeightPrecision.F32);
  }

  public static EngineSetup of(int running, WeightPrecision precision) {
    return new EngineSetup(
        precision,
        new EngineSettings(running, Math.max(256, running), true, 4, Math.min(4, running)),
        Runtime.getRuntime().maxMemory() / 4,
        Shared.TEAM,
        TrustedKeys.NONE);
  }

  /** The same, taking only models that these keys vouch for. */
  public EngineSetup trusting(TrustedKeys keys) {
    return new EngineSetup(precision, settings, cacheBytes, team, keys);
  }

  /** An engine that has worked once, so that the first request finds it warm. */
  Engine engine(LanguageModel model, Optional<LanguageModel> draft) {
    Engine engine =
        new Engine(
            backend(model),
            draft.map(this::backend),
            model.tokenizer().controlToken(SpecialTokens.END),
            settings,
            team);
    int length = Math.min(32, model.config().contextLength() / 2);
    GenerationTask whole =
        GenerationTask.of(new int[Math.max(1, length)], SamplingSettings.greedy(8), 0);
    engine.generate(
        new GenerationTask(
            whole.prompt(),
            whole.sampling(),
            Penalties.NONE,
            0,
            true,
            -1,
            false,
            true,
            true,
            Optional.empty(),
            ""));
    return engine;
  }

  CpuBackend backend(LanguageModel model) {
    ModelConfig config = model.config();
    int perContext = BlockTable.blocks(config.contextLength());
    long blockBytes =
        2L
            * 4
            * BlockTable.BLOCK
            * config.layers()
            * config.keyValueHeads()
            * ((config.headDim() + 15) / 16 * 16);
    long affordable = cacheBytes / blockBytes;
    // One array a layer holds all blocks, and arrays end at two thousand million elements.
    long addressable = (1L << 30) / (blockBytes / 8 / config.layers());
    long blocks =
        Math.clamp(
            Math.min(affordable, addressable),
            perContext,
            (long) perContext * (settings.running() + settings.running() / 2 + 1));
    int wanted = settings.running() + settings.drafted() * settings.draftSequences();
    return new CpuBackend(
        model,
        precision,
        new CpuBackend.Capacity(
            (int) blocks, Math.max(settings.rows(), wanted), Math.max(64, wanted)),
        team);
  }
}
