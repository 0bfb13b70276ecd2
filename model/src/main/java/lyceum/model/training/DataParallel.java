package lyceum.model.training;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.core.LyceumException;
import lyceum.model.format.FloatTensor;
import lyceum.model.parallel.Parts;
import lyceum.model.parallel.ProcessGroup;
import lyceum.model.parallel.Work;
import org.jspecify.annotations.Nullable;

/**
 * What the ranks of a training do together. Each learns from its own micro-batches of a step; their
 * gradients are added; each rank then updates the weights that it owns, and hands them to all. Only
 * the owner of a weight remembers its moments (stage 1 of ZeRO, arXiv 1910.02054). Weights are
 * owned whole, so that optimizers that look at a matrix as a matrix need nothing from elsewhere.
 *
 * <p>With one rank all of this is nothing.
 */
final class DataParallel {
  private static final String STEP = "step";

  /** Words exchanged at a time. While one bucket travels, the next is read from the computation. */
  private static final long BUCKET_WORDS = 1 << 22;

  private final ProcessGroup group;
  private final Computation computation;
  private final SortedMap<String, int[]> shapes;
  private final Map<String, Integer> owners = new TreeMap<>();
  private final SortedMap<String, int[]> owned = new TreeMap<>();
  private final List<Bucket> buckets = new ArrayList<>();
  private List<SortedMap<String, int[]>> states = List.of();
  private long exchangeNanos;

  /** Weights that travel together, those of each rank side by side. */
  private record Bucket(
      List<String> names, Map<String, Integer> offsets, Parts parts, float[] words) {
    MemorySegment segment() {
      return MemorySegment.ofArray(words);
    }
  }

  DataParallel(ProcessGroup group, Computation computation, SortedMap<String, int[]> shapes) {
    this.group = group;
    this.computation = computation;
    this.shapes = shapes;
    List<String> names = List.copyOf(shapes.keySet());
    if (group.world() > names.size()) {
      throw LyceumException.user(
          "%d ranks cannot share the update of a model of %d weights."
              .formatted(group.world(), names.size()));
    }
    int[] owner =
        Parts.owners(names.stream().map(name -> size(shapes, name)).toList(), group.world());
    for (int i = 0; i < owner.length; i++) {
      owners.put(names.get(i), owner[i]);
      if (owner[i] == group.rank()) {
        owned.put(names.get(i), shape(shapes, names.get(i)));
      }
    }
    if (group.world() > 1) {
      fillBuckets();
    }
  }

  private void fillBuckets() {
    List<Deque<String>> waiting = new ArrayList<>();
    for (int rank = 0; rank < group.world(); rank++) {
      waiting.add(new ArrayDeque<>());
    }
    owners.forEach((name, owner) -> waiting.get(owner).add(name));
    while (waiting.stream().anyMatch(names -> !names.isEmpty())) {
      List<String> names = new ArrayList<>();
      Map<String, Integer> offsets = new TreeMap<>();
      long[] lengths = new long[group.world()];
      long filled = 0;
      for (int rank = 0; rank < group.world(); rank++) {
        while (!waiting.get(rank).isEmpty()
            && lengths[rank] < Math.ceilDiv(BUCKET_WORDS, group.world())) {
          String name = waiting.get(rank).remove();
          names.add(name);
          offsets.put(name, Math.toIntExact(filled));
          lengths[rank] += size(shapes, name);
          filled += size(shapes, name);
        }
      }
      buckets.add(
          new Bucket(names, offsets, Parts.ofLengths(lengths), new float[Math.toIntExact(filled)]));
    }
  }

  /** Whether other ranks learn too. */
  boolean several() {
    return group.world() > 1;
  }

  /** Whether this rank reports and keeps checkpoints. */
  boolean leads() {
    return group.rank() == 0;
  }

  /** Sum over the ranks. */
  double sum(double own) {
    return group.sum(own)[0];
  }

  /** Sums over the ranks. */
  double[] sums(double... own) {
    return group.sum(own);
  }

  /** Shapes of the weights that this rank updates. */
  SortedMap<String, int[]> owned() {
    return owned;
  }

  /**
   * This rank's share of a step's micro-batches; neighbours of the step are neighbours here.
   *
   * @throws LyceumException of category USER when they cannot be shared equally
   */
  <T> List<T> share(List<T> microBatches) {
    int world = group.world();
    if (microBatches.size() % world != 0) {
      throw LyceumException.user(
          "A step of %d micro-batches cannot be shared equally among %d ranks."
              .formatted(microBatches.size(), world));
    }
    int each = microBatches.size() / world;
    return microBatches.subList(group.rank() * each, (group.rank() + 1) * each);
  }

  /** What all ranks' micro-batches of a step gave, in the order of the micro-batches. */
  List<List<float[]>> everyones(List<List<float[]>> own) {
    if (!several()) {
      return own;
    }
    List<List<float[]>> all = new ArrayList<>();
    for (byte[] ofRank : group.allGather(bytes(own))) {
      all.addAll(values(ofRank));
    }
    return all;
  }

  /**
   * Adds the ranks' gradients into the variables of the weights that this rank owns.
   *
   * @return global norm of the sums, the same on every rank
   */
  double reduce(AccumulatedGradients gradients) {
    if (!several()) {
      return gradients.norm();
    }
    long begun = System.nanoTime();
    List<Work> works = new ArrayList<>();
    for (Bucket bucket : buckets) {
      fill(bucket, AccumulatedGradients.PREFIX, bucket.names());
      works.add(group.reduceScatter(bucket.segment(), bucket.parts()));
    }
    double squares = 0;
    for (int i = 0; i < buckets.size(); i++) {
      Bucket bucket = buckets.get(i);
      works.get(i).await();
      for (int at = (int) bucket.parts().from(group.rank());
          at < bucket.parts().to(group.rank());
          at++) {
        squares += (double) bucket.words()[at] * bucket.words()[at];
      }
      assign(bucket, AccumulatedGradients.PREFIX, true);
    }
    double norm = (float) Math.sqrt(group.sum(squares)[0]);
    exchangeNanos += System.nanoTime() - begun;
    return norm;
  }

  /** Hands the weights that this rank owns to all, and takes theirs. */
  void shareWeights() {
    if (!several()) {
      return;
    }
    long begun = System.nanoTime();
    List<Work> works = new ArrayList<>();
    for (Bucket bucket : buckets) {
      fill(bucket, "", bucket.names().stream().filter(owned::containsKey).toList());
      works.add(group.allGather(bucket.segment(), bucket.parts()));
    }
    for (int i = 0; i < buckets.size(); i++) {
      works.get(i).await();
      assign(buckets.get(i), "", false);
    }
    exchangeNanos += System.nanoTime() - begun;
  }

  /**
   * Makes sure that all ranks do the same training, and gives each its share of rank 0's state: all
   * weights, and what its own part of the optimizer remembers.
   *
   * @param contract of the training
   * @param state at rank 0 the whole; elsewhere only its weights' shapes count
   * @param remembered names and shapes of what this rank's part of the optimizer remembers
   */
  TrainingState distribute(
      String contract, TrainingState state, SortedMap<String, int[]> remembered) {
    if (!several()) {
      return state;
    }
    String leaders = text(group.broadcast(contract.getBytes(StandardCharsets.UTF_8)));
    if (!leaders.equals(contract)) {
      throw LyceumException.user(
          "Rank %d was given another training than rank 0 (contract %s, not %s): settings, data, seed, first weights or code differ."
              .formatted(group.rank(), contract, leaders));
    }
    states = new ArrayList<>();
    for (byte[] ofRank : group.allGather(bytesOfShapes(remembered))) {
      states.add(shapesOf(ofRank));
    }
    SortedMap<String, String> metadata = metadata(group.broadcast(bytesOfMetadata(state)));
    long step = Long.parseLong(Objects.requireNonNull(metadata.remove(STEP)));
    SortedMap<String, FloatTensor> tensors = new TreeMap<>();
    for (Bucket bucket : buckets) {
      if (group.rank() == 0) {
        for (String name : bucket.names()) {
          float[] values = tensor(state, name).values();
          System.arraycopy(values, 0, bucket.words(), offset(bucket, name), values.length);
        }
      }
      group.broadcast(bucket.segment()).await();
      for (String name : bucket.names()) {
        int[] shape = shape(shapes, name);
        int from = offset(bucket, name);
        tensors.put(
            name,
            new FloatTensor(
                shape, Arrays.copyOfRange(bucket.words(), from, from + (int) size(shapes, name))));
      }
    }
    if (step > 0) {
      rounds(
          (names, parts) -> {
            float[] words = words(names, parts, state.tensors());
            group.scatter(MemorySegment.ofArray(words), parts).await();
            String own = names.get(group.rank());
            if (own != null) {
              int size = (int) size(remembered, own);
              tensors.put(own, new FloatTensor(shape(remembered, own), Arrays.copyOf(words, size)));
            }
          });
    }
    return new TrainingState(step, tensors, metadata);
  }

  /**
   * What all ranks' parts of the optimizer remember, at rank 0; elsewhere the own part.
   *
   * @param own of this rank
   */
  SortedMap<String, FloatTensor> gather(SortedMap<String, FloatTensor> own) {
    if (!several()) {
      return own;
    }
    SortedMap<String, FloatTensor> all = new TreeMap<>(own);
    rounds(
        (names, parts) -> {
          float[] words = words(names, parts, own);
          group.gather(MemorySegment.ofArray(words), parts).await();
          for (int rank = 1; group.rank() == 0 && rank < group.world(); rank++) {
            String name = names.get(rank);
            if (name != null) {
              all.put(
                  name,
                  new FloatTensor(
                      shape(states.get(rank), name),
                      Arrays.copyOfRange(words, (int) parts.from(rank), (int) parts.to(rank))));
            }
          }
        });
    return all;
  }

  /** Figures of the exchanges of the steps since the last call. */
  SortedMap<String, Double> figures() {
    SortedMap<String, Double> figures = new TreeMap<>();
    if (several()) {
      figures.put(StepReport.RANKS, (double) group.world());
      figures.put(StepReport.EXCHANGE_SECONDS, exchangeNanos / 1e9);
      exchangeNanos = 0;
    }
    return figures;
  }

  /** One tensor of each rank at a time, so that a round takes no more memory than the largest. */
  @FunctionalInterface
  private interface Round {
    /**
     * @param names of each rank's tensor, {@code null} where it has no more
     */
    void run(List<@Nullable String> names, Parts parts);
  }

  private void rounds(Round round) {
    List<List<String>> names = states.stream().map(state -> List.copyOf(state.keySet())).toList();
    int rounds = names.stream().mapToInt(List::size).max().orElse(0);
    for (int i = 0; i < rounds; i++) {
      List<@Nullable String> ofRound = new ArrayList<>();
      long[] lengths = new long[group.world()];
      for (int rank = 0; rank < group.world(); rank++) {
        boolean more = i < names.get(rank).size();
        ofRound.add(more ? names.get(rank).get(i) : null);
        lengths[rank] = more ? size(states.get(rank), names.get(rank).get(i)) : 0;
      }
      round.run(ofRound, Parts.ofLengths(lengths));
    }
  }

  /** The round's words: at rank 0 of all ranks as far as it has them, elsewhere the own alone. */
  private float[] words(
      List<@Nullable String> names, Parts parts, Map<String, FloatTensor> tensors) {
    int first = group.rank() == 0 ? 0 : group.rank();
    int last = group.rank() == 0 ? group.world() - 1 : group.rank();
    float[] words = new float[Math.toIntExact(parts.to(last) - parts.from(first))];
    for (int rank = first; rank <= last; rank++) {
      String name = names.get(rank);
      FloatTensor tensor = name == null ? null : tensors.get(name);
      if (tensor != null) {
        System.arraycopy(
            tensor.values(),
            0,
            words,
            (int) (parts.from(rank) - parts.from(first)),
            tensor.values().length);
      }
    }
    return words;
  }

  private void fill(Bucket bucket, String prefix, List<String> names) {
    SortedMap<String, int[]> wanted = new TreeMap<>();
    names.forEach(name -> wanted.put(name, shape(shapes, name)));
    computation
        .read(prefix, wanted)
        .forEach(
            (name, tensor) ->
                System.arraycopy(
                    tensor.values(),
                    0,
                    bucket.words(),
                    offset(bucket, name),
                    tensor.values().length));
  }

  /** Sets variables from a bucket: those of own weights, or those of all others. */
  private void assign(Bucket bucket, String prefix, boolean own) {
    SortedMap<String, FloatTensor> values = new TreeMap<>();
    for (String name : bucket.names()) {
      if (owned.containsKey(name) == own) {
        int from = offset(bucket, name);
        values.put(
            name,
            new FloatTensor(
                shape(shapes, name),
                Arrays.copyOfRange(bucket.words(), from, from + (int) size(shapes, name))));
      }
    }
    computation.assign(prefix, values);
  }

  private static int offset(Bucket bucket, String name) {
    return Objects.requireNonNull(bucket.offsets().get(name), name);
  }

  private static int[] shape(SortedMap<String, int[]> shapes, String name) {
    return Objects.requireNonNull(shapes.get(name), name);
  }

  private static long size(SortedMap<String, int[]> shapes, String name) {
    long size = 1;
    for (int length : shape(shapes, name)) {
      size *= length;
    }
    return size;
  }

  private static FloatTensor tensor(TrainingState state, String name) {
    FloatTensor tensor = state.tensors().get(name);
    if (tensor == null) {
      throw LyceumException.user("The state has no " + name + ".");
    }
    return tensor;
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Writes to memory. */
  @FunctionalInterface
  private interface Writing {
    void to(DataOutputStream out) throws IOException;
  }

  private static byte[] written(Writing writing) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      writing.to(out);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory does not fail", e);
    }
    return bytes.toByteArray();
  }

  /** Reads what another rank wrote. */
  @FunctionalInterface
  private interface Reading<T> {
    T from(DataInputStream in) throws IOException;
  }

  private static <T> T read(byte[] bytes, Reading<T> reading) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      return reading.from(in);
    } catch (IOException e) {
      throw LyceumException.internal("Another rank wrote what this one cannot read.", e);
    }
  }

  private static byte[] bytes(List<List<float[]>> values) {
    return written(
        out -> {
          out.writeInt(values.size());
          for (List<float[]> ofMicroBatch : values) {
            out.writeInt(ofMicroBatch.size());
            for (float[] numbers : ofMicroBatch) {
              out.writeInt(numbers.length);
              for (float number : numbers) {
                out.writeInt(Float.floatToRawIntBits(number));
              }
            }
          }
        });
  }

  private static List<List<float[]>> values(byte[] bytes) {
    return read(
        bytes,
        in -> {
          List<List<float[]>> values = new ArrayList<>();
          for (int m = in.readInt(); m > 0; m--) {
            List<float[]> ofMicroBatch = new ArrayList<>();
            for (int i = in.readInt(); i > 0; i--) {
              float[] numbers = new float[in.readInt()];
              for (int n = 0; n < numbers.length; n++) {
                numbers[n] = Float.intBitsToFloat(in.readInt());
              }
              ofMicroBatch.add(numbers);
            }
            values.add(ofMicroBatch);
          }
          return values;
        });
  }

  private static byte[] bytesOfShapes(SortedMap<String, int[]> shapes) {
    return written(
        out -> {
          out.writeInt(shapes.size());
          for (Map.Entry<String, int[]> entry : shapes.entrySet()) {
            out.writeUTF(entry.getKey());
            out.writeInt(entry.getValue().length);
            for (int length : entry.getValue()) {
              out.writeInt(length);
            }
          }
        });
  }

  private static SortedMap<String, int[]> shapesOf(byte[] bytes) {
    return read(
        bytes,
        in -> {
          SortedMap<String, int[]> shapes = new TreeMap<>();
          for (int n = in.readInt(); n > 0; n--) {
            String name = in.readUTF();
            int[] shape = new int[in.readInt()];
            for (int i = 0; i < shape.length; i++) {
              shape[i] = in.readInt();
            }
            shapes.put(name, shape);
          }
          return shapes;
        });
  }

  private static byte[] bytesOfMetadata(TrainingState state) {
    return written(
        out -> {
          out.writeInt(state.metadata().size() + 1);
          out.writeUTF(STEP);
          out.writeUTF(Long.toString(state.step()));
          for (Map.Entry<String, String> entry : state.metadata().entrySet()) {
            out.writeUTF(entry.getKey());
            out.writeUTF(entry.getValue());
          }
        });
  }

  private static SortedMap<String, String> metadata(byte[] bytes) {
    return read(
        bytes,
        in -> {
          SortedMap<String, String> metadata = new TreeMap<>();
          for (int n = in.readInt(); n > 0; n--) {
            metadata.put(in.readUTF(), in.readUTF());
          }
          return metadata;
        });
  }
}
