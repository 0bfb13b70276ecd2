package lyceum.serving;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** {@code POST /v1/embeddings}: the mean of the last hidden states, of length 1. */
final class Embeddings {
  private final Exchange.Services services;

  Embeddings(Exchange.Services services) {
    this.services = services;
  }

  void handle(ServerRequest httpRequest, ServerResponse response) {
    ApiKeys.Client client = services.keys().client(httpRequest);
    JsonNode json = JsonFields.object(RequestBody.read(httpRequest));
    Options options = Options.parse(json, 1);
    List<CompletionRequest.Prompt> inputs = CompletionRequest.prompts(json.path("input"), "input");
    boolean base64 =
        switch (json.path("encoding_format").asText("float")) {
          case "float" -> false;
          case "base64" -> true;
          default ->
              throw ApiException.invalid(
                  "encoding_format", "'encoding_format' is float or base64.");
        };
    try (Exchange exchange =
        new Exchange(services, httpRequest, response, options, "embd", client, Optional.empty())) {
      ServedModel model = exchange.model();
      int context = model.model().config().contextLength();
      int width = model.model().config().embeddingDim();
      JsonFields.integer(json, "dimensions", width, width, width);
      List<int[]> prompts = new ArrayList<>();
      int tokens = 0;
      for (CompletionRequest.Prompt input : inputs) {
        int[] ids =
            switch (input) {
              case CompletionRequest.Prompt.Ids given -> given.ids();
              case CompletionRequest.Prompt.Text(String text) ->
                  model.model().tokenizer().encode(text);
            };
        for (int id : ids) {
          if (id >= model.model().tokenizer().vocabularySize()) {
            throw ApiException.invalid("input", "There is no token " + id + ".");
          }
        }
        if (ids.length == 0) {
          throw ApiException.invalid("input", "'input' holds an empty text.");
        }
        if (ids.length > context) {
          throw ApiException.contextExceeded("input", context, ids.length);
        }
        prompts.add(ids);
        tokens += ids.length;
      }
      ObjectNode body = com.fasterxml.jackson.databind.node.JsonNodeFactory.instance.objectNode();
      body.put("object", "list");
      body.put("model", model.name());
      ArrayNode data = body.putArray("data");
      for (int i = 0; i < prompts.size(); i++) {
        float[] vector = model.engine().embed(prompts.get(i));
        ObjectNode entry = data.addObject();
        entry.put("object", "embedding");
        entry.put("index", i);
        if (base64) {
          ByteBuffer bytes = ByteBuffer.allocate(4 * vector.length).order(ByteOrder.LITTLE_ENDIAN);
          bytes.asFloatBuffer().put(vector);
          entry.put("embedding", Base64.getEncoder().encodeToString(bytes.array()));
        } else {
          ArrayNode values = entry.putArray("embedding");
          for (float value : vector) {
            values.add(value);
          }
        }
      }
      body.putObject("usage").put("prompt_tokens", tokens).put("total_tokens", tokens);
      exchange.said().put("finish_reason", "stop");
      InferenceServer.send(response, 200, body);
    }
  }
}
