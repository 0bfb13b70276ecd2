package lyceum.core;

import java.net.URI;
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
}
