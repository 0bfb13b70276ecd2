package lyceum.core;

import java.net.URI;
import java.util.List;
import java.util.Optional;

/** The inference server of this installation; started when it is first asked to serve. */
public interface ModelServer {
  /**
   * What is served now.
   *
   * @param digest {@link ModelArtifact#digest()} of the served files
   */
  record Served(String modelLine, int version, String digest, URI endpoint) {}

  /**
   * Serves the model, swapping over from the one served before; returns when requests are answered
   * by it.
   *
   * @return address of the OpenAI-style API, for example {@code http://127.0.0.1:28080/v1}
   * @throws LyceumException EXTERNAL when the server does not come up, RESOURCE when its port is
   *     taken
   */
  URI serve(String modelLine, int version, ModelArtifact model);

  /** Empty when no server answers. */
  Optional<Served> served();

  /**
   * Lets the model answer a share of the requests beside the version that is served; returns when
   * it does. Serving the same version afterwards makes it answer all of them.
   *
   * @param percent of the requests
   * @return address of the OpenAI-style API
   */
  URI serveCanary(String modelLine, int version, ModelArtifact model, double percent);

  /** Ends the line's canary; a no-op where there is none, or no server. */
  void endCanary(String modelLine);

  /**
   * What the server has counted since it was started.
   *
   * @throws LyceumException EXTERNAL when it does not answer
   */
  List<Counted> counted(String modelLine);

  /**
   * Requests to one version.
   *
   * @param answered to their end
   * @param failed through the server's fault
   * @param latency by ascending bound
   */
  record Counted(int version, long answered, long failed, List<LatencyBucket> latency) {}
}
