package lyceum.contracts.deployment;

import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A served model.
 *
 * @param version the registered version that serves
 * @param endpoint address of the OpenAI-style API
 * @param decision who said yes
 * @param smoke what the server answered
 * @param comparison with the champion of the time; {@code null} where there was none
 */
public record DeploymentResult(
    String modelLine,
    int version,
    URI endpoint,
    List<GateOutcome> gates,
    ApprovalDecision decision,
    List<SmokeAnswer> smoke,
    @Nullable ChampionComparison comparison) {
  /** A prompt and the server's answer. */
  public record SmokeAnswer(String prompt, String answer) {}
}
