package lyceum.contracts;

import io.temporal.api.common.v1.Payload;
import io.temporal.failure.ApplicationFailure;
import io.temporal.payload.codec.PayloadCodec;
import java.util.List;
import lyceum.core.ErrorCategory;

/**
 * Refuses payloads that should have travelled by reference; the server's own limits throw finished
 * work away.
 */
final class PayloadSizeGuard implements PayloadCodec {
  @Override
  public List<Payload> encode(List<Payload> payloads) {
    for (Payload payload : payloads) {
      if (payload.getData().size() > Payloads.MAX_BYTES) {
        // Not retryable: an activity whose result is refused has done its work, and would only do
        // it
        // again.
        throw ApplicationFailure.newNonRetryableFailure(
            "A payload of "
                + payload.getData().size()
                + " bytes is over the limit of "
                + Payloads.MAX_BYTES
                + ". Store it as an artifact and pass the reference. It begins: "
                + payload.getData().substring(0, 120).toStringUtf8(),
            ErrorCategory.INTERNAL.name());
      }
    }
    return payloads;
  }

  @Override
  public List<Payload> decode(List<Payload> payloads) {
    return payloads;
  }
}
