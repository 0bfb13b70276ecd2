package lyceum.console;

import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerResponse;
import lyceum.contracts.Payloads;

/**
 * An error as RFC 9457 tells it.
 *
 * @param title the status in words
 * @param detail what happened and what to do
 * @param code for programs: {@code not_found}, {@code invalid_request}, {@code unavailable} and the
 *     like
 */
record Problem(String title, int status, String detail, String code) {
  static Problem notFound(String detail) {
    return new Problem("Not found", 404, detail, "not_found");
  }

  void send(ServerResponse response) {
    response.status(Status.create(status));
    response.header(HeaderValues.create(HeaderNames.CONTENT_TYPE, "application/problem+json"));
    response.send(Payloads.toJson(this));
  }
}
