package lyceum.workflows.testing;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** What the fake activities were asked, in order, as {@code stage.method detail}. */
public final class Calls {
  private final List<String> calls = new CopyOnWriteArrayList<>();

  public void add(String call) {
    calls.add(call);
  }

  public List<String> all() {
    return List.copyOf(calls);
  }

  public List<String> of(String prefix) {
    return calls.stream().filter(call -> call.startsWith(prefix)).toList();
  }

  public void clear() {
    calls.clear();
  }
}
