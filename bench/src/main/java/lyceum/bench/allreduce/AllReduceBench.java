package lyceum.bench.allreduce;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import lyceum.bench.comparison.BenchOptions;
import lyceum.bench.comparison.Case;
import lyceum.bench.comparison.ChildContestant;
import lyceum.bench.comparison.Commands;
import lyceum.bench.comparison.Measure;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lyceum bench allreduce}. */
@Command(
    name = "allreduce",
    description =
        "Milliseconds to add buffers of several processes on this machine, next to TensorFlow's collective operations.")
public final class AllReduceBench implements Callable<Integer> {
  static final Measure TIME = Measure.cost("all-reduce", "ms");

  @Option(
      names = "--megabytes",
      paramLabel = "MB",
      split = ",",
      defaultValue = "1,28,136",
      description =
          "Sizes of the buffers (default ${DEFAULT-VALUE}; gradients of 7 and 34 million weights are 28 and 136).")
  private List<Integer> megabytes = List.of();

  @Option(
      names = "--ranks",
      paramLabel = "N",
      split = ",",
      defaultValue = "2",
      description = "Numbers of processes (default ${DEFAULT-VALUE}).")
  private List<Integer> ranks = List.of();

  @Option(
      names = "--repeats",
      paramLabel = "N",
      defaultValue = "10",
      description = "All-reduces a round, of which the median counts (default ${DEFAULT-VALUE}).")
  private int repeats = 10;

  @Mixin private BenchOptions options = new BenchOptions();

  @Override
  public Integer call() {
    List<Case> cases = new ArrayList<>();
    for (int world : ranks) {
      for (int size : megabytes) {
        ObjectNode setup = new ObjectMapper().createObjectNode();
        setup.put("words", size * 250_000);
        setup.put("ranks", world);
        setup.put("repeats", repeats);
        cases.add(
            new Case(
                size + " MB, " + world + " processes",
                List.of(TIME),
                () -> start(RingContestant.class, setup),
                List.of(() -> start(CollectiveContestant.class, setup))));
      }
    }
    options.run(
        "Adding a buffer of 32-bit floats of several processes on one machine, over loopback: the socket ring of `model.parallel` next to TensorFlow's ring `CollectiveReduce` between in-process gRPC servers. Each figure is the median of a round's repeats, taken at rank 0; buffers go in and come out as Java memory on our side and stay in TensorFlow on the peer's.",
        1,
        cases);
    return 0;
  }

  private static ChildContestant start(Class<?> main, ObjectNode setup) {
    return ChildContestant.start(Commands.ours(main, List.of("-Xmx2g")), Map.of(), setup);
  }
}
