package lyceum.bench.comparison;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a bench found.
 *
 * @param bench its name, as in {@code lyceum bench NAME}
 * @param about a sentence or two on what was measured and how
 */
public record Report(String bench, String about, Machine machine, List<Row> rows) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> HEADER =
      List.of("case", "measure", "unit", "Lyceum", "best peer", "peer's", "ratio");

  public Report {
    rows = List.copyOf(rows);
  }

  /** A Markdown table that is also readable as it is. Medians, with the range of the rounds. */
  public String table() {
    List<List<String>> lines = new ArrayList<>();
    lines.add(HEADER);
    for (Row row : rows) {
      lines.add(
          List.of(
              row.caseName(),
              row.measure().name(),
              row.measure().unit(),
              text(row.ours()),
              row.bestPeer().map(Rounds::contestant).orElse("–"),
              row.bestPeer().map(Report::text).orElse("–"),
              row.ratio().isPresent() ? text(row.ratio().getAsDouble()) : "–"));
    }
    int[] widths = new int[HEADER.size()];
    for (List<String> line : lines) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], line.get(i).length());
      }
    }
    StringBuilder table = new StringBuilder();
    for (int n = 0; n < lines.size(); n++) {
      for (int i = 0; i < widths.length; i++) {
        String cell = lines.get(n).get(i);
        table.append("| ").append(cell).append(" ".repeat(widths[i] - cell.length() + 1));
      }
      table.append("|\n");
      if (n == 0) {
        for (int width : widths) {
          table.append("|").append("-".repeat(width + 2));
        }
        table.append("|\n");
      }
    }
    return table.toString();
  }

  /** For programs; {@code cases[].ratio} is how many times better ours is than the best peer. */
  public JsonNode json() {
    ObjectNode root = JSON.createObjectNode().put("bench", bench).put("about", about);
    ObjectNode on = root.putObject("machine");
    on.put("cpu", machine.cpu());
    on.put("cores", machine.cores());
    machine.features().forEach(on.putArray("features")::add);
    on.put("memoryBytes", machine.memoryBytes());
    on.put("system", machine.system());
    on.put("java", machine.java());
    ArrayNode cases = root.putArray("cases");
    for (Row row : rows) {
      ObjectNode of = cases.addObject();
      of.put("case", row.caseName());
      of.put("measure", row.measure().name());
      of.put("unit", row.measure().unit());
      of.put("better", row.measure().better().name().toLowerCase(Locale.ROOT));
      row.ratio().ifPresent(ratio -> of.put("ratio", ratio));
      of.set("ours", json(row.ours()));
      row.bestPeer().ifPresent(best -> of.put("bestPeer", best.contestant()));
      ArrayNode peers = of.putArray("peers");
      row.peers().forEach(peer -> peers.add(json(peer)));
    }
    return root;
  }

  private static ObjectNode json(Rounds rounds) {
    ObjectNode of = JSON.createObjectNode();
    of.put("name", rounds.contestant());
    of.put("median", rounds.median());
    rounds.values().forEach(of.putArray("rounds")::add);
    return of;
  }

  private static String text(Rounds rounds) {
    return rounds.values().size() == 1
        ? text(rounds.median())
        : text(rounds.median()) + " (" + text(rounds.lowest()) + "–" + text(rounds.highest()) + ")";
  }

  /** Three digits that count. */
  private static String text(double value) {
    double size = Math.abs(value);
    int decimals = size >= 100 ? 0 : size >= 10 ? 1 : 2;
    return String.format(Locale.ROOT, "%,." + decimals + "f", value);
  }
}
