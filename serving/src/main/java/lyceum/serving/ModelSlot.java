package lyceum.serving;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The model in service. Requests take it once, when they are admitted, and keep it to their end.
 */
final class ModelSlot {
  private final AtomicReference<Optional<ServedModel>> served;

  ModelSlot(Optional<ServedModel> first) {
    served = new AtomicReference<>(first);
  }

  Optional<ServedModel> served() {
    return served.get();
  }

  /** Later requests get this one; the one before lives on in the requests that have it. */
  void swap(ServedModel next) {
    served.set(Optional.of(next));
  }

  /**
   * The model in service under the name a request asks for: {@code name} or {@code name:version}.
   *
   * @throws ApiException 404 when another or none is served
   */
  ServedModel named(String asked) {
    ServedModel model =
        served
            .get()
            .orElseThrow(
                () ->
                    new ApiException(
                        503,
                        "server_error",
                        null,
                        "no_model",
                        "No model is in service yet. Promote one first."));
    if (!asked.equals(model.name()) && !asked.equals(model.name() + ":" + model.version())) {
      throw new ApiException(
          404,
          "invalid_request_error",
          "model",
          "model_not_found",
          "The model '"
              + asked
              + "' is not served here; '"
              + model.name()
              + "' (version "
              + model.version()
              + ") is.");
    }
    return model;
  }
}
