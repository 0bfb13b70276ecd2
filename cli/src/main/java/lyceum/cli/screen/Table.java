package lyceum.cli.screen;

import java.util.ArrayList;
import java.util.List;

/** Rows under headings, columns two spaces apart and as wide as their widest cell. */
public final class Table {
  private final List<List<String>> rows = new ArrayList<>();
  private final int columns;

  public Table(String... headings) {
    columns = headings.length;
    rows.add(List.of(headings));
  }

  /** Adds a row; needs as many cells as there are headings. */
  public Table row(String... cells) {
    if (cells.length != columns) {
      throw new IllegalArgumentException(cells.length + " cells for " + columns + " headings");
    }
    rows.add(List.of(cells));
    return this;
  }

  /** The lines, headings first, without trailing blanks. */
  public List<String> lines() {
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    List<String> lines = new ArrayList<>();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < columns; i++) {
        line.append(row.get(i)).append(" ".repeat(widths[i] - row.get(i).length() + 2));
      }
      lines.add(line.toString().stripTrailing());
    }
    return lines;
  }

  public void print(Screen screen) {
    List<String> lines = lines();
    screen
        .out()
        .println(screen.outIsTerminal() ? screen.style(Style.BOLD, lines.get(0)) : lines.get(0));
    lines.stream().skip(1).forEach(screen.out()::println);
  }
}
