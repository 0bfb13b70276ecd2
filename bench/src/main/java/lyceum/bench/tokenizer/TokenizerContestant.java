package lyceum.bench.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import lyceum.core.recipe.TokenizerSettings;
import lyceum.data.tokenizer.BpeTokenizer;
import lyceum.data.tokenizer.BpeTrainer;

/** Our side: learns and encodes on request, in a process that holds nothing else. */
final class TokenizerContestant {
  private static final ObjectMapper JSON = new ObjectMapper();

  private TokenizerContestant() {}

  public static void main(String[] args) throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    JsonNode setup = JSON.readTree(in.readLine());
    List<String> texts = Texts.readBack(Path.of(setup.path("texts").asText()));
    long bytes = setup.path("bytes").asLong();
    String json = Files.readString(Path.of(setup.path("tokenizer").asText()));
    TokenizerSettings settings =
        new TokenizerSettings(setup.path("vocabulary").asInt(), Long.MAX_VALUE);
    int threads = setup.path("threads").asInt();
    System.out.println(JSON.createObjectNode().put("name", "Lyceum"));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      ObjectNode answer = JSON.createObjectNode();
      long began = System.nanoTime();
      BpeTokenizer learned = BpeTrainer.train(texts, settings, threads);
      answer.put(TokenizerBench.TRAINING.name(), rate(bytes, began));
      answer.put("vocabulary", learned.vocabularySize());
      BpeTokenizer fresh = BpeTokenizer.fromJson(json);
      began = System.nanoTime();
      List<int[]> ids = fresh.encodeAll(texts, threads);
      answer.put(TokenizerBench.ENCODING.name(), rate(bytes, began));
      if (checksum(ids) != setup.path("checksum").asLong()) {
        throw new IllegalStateException("The ids are not those that the bench made.");
      }
      System.out.println(answer);
    }
  }

  private static double rate(long bytes, long began) {
    return bytes * 1e3 / (System.nanoTime() - began);
  }

  /** A sum over all ids in their order, which both sides must agree on. */
  static long checksum(List<int[]> ids) {
    long a = 1;
    long b = 0;
    for (int[] of : ids) {
      for (int id : of) {
        a = (a + id) % 2147483647;
        b = (b + a) % 2147483647;
      }
    }
    return b;
  }
}
