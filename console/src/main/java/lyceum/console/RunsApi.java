package lyceum.console;

import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import lyceum.contracts.Payloads;
import lyceum.core.LyceumException;

/** {@code /api/v1/runs}: the list, a page at a time, and one run with its stages. */
final class RunsApi implements HttpService {
  private static final int PAGE_SIZE = 20;

  private final Runs runs;

  RunsApi(Runs runs) {
    this.runs = runs;
  }

  @Override
  public void routing(HttpRules rules) {
    rules.get("/", this::list).get("/{id}", this::get);
  }

  private void list(ServerRequest request, ServerResponse response) {
    json(response, runs.list(pageSize(request), request.query().first("page_token").orElse("")));
  }

  private void get(ServerRequest request, ServerResponse response) {
    json(response, runs.get(request.path().pathParameters().get("id")));
  }

  private static int pageSize(ServerRequest request) {
    String text = request.query().first("page_size").orElse(Integer.toString(PAGE_SIZE));
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw LyceumException.user(
          "page_size is '" + text + "'. A whole number between 1 and 100 is expected.", e);
    }
  }

  private static void json(ServerResponse response, Object value) {
    response.header(HeaderValues.CONTENT_TYPE_JSON);
    response.send(Payloads.toJson(value));
  }
}
