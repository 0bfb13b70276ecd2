package lyceum.model.training;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.core.LyceumException;
import lyceum.model.format.FloatTensor;
import lyceum.model.kernel.Kernels;
import org.tensorflow.DeviceSpec;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GPUOptions;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TType;

/**
 * A TensorFlow graph with named inputs and variables, and the session that runs it. First the graph
 * is built, then it is run; the first run ends the building. Everything native is freed on {@link
 * #close}.
 *
 * <p>Results are the same bits in every process on the same kind of CPU. The number of threads
 * could decide in which order partial sums are added, so it does not follow the machine; operations
 * that do not depend on each other may run side by side, which changes no bits.
 */
public final class Computation implements AutoCloseable {
  /** Threads that share one operation, and operations at a time. */
  private static final int THREADS = 2;

  private static final String CPU = "cpu";
  private static final String GPU = "gpu:";

  private final Graph graph = new Graph();
  private final Ops tf = Ops.create(graph);
  private final Session session;
  private final boolean onGpu;
  private final Map<String, Variable> variables = new LinkedHashMap<>();
  private final Map<String, Operand<?>> inputs = new LinkedHashMap<>();

  private record Variable(
      VarHandleOp handle, Operand<TFloat32> value, Placeholder<TFloat32> next, Op assign) {}

  /** On the CPU. */
  public Computation() {
    this(CPU);
  }

  /**
   * @param device {@code cpu}, or {@code gpu:N} with the number that this process counts it by
   * @throws LyceumException of category USER when this process has no such device
   */
  public Computation(String device) {
    ConfigProto.Builder config =
        ConfigProto.newBuilder()
            .setIntraOpParallelismThreads(THREADS)
            .setInterOpParallelismThreads(THREADS);
    this.onGpu = !device.equals(CPU);
    if (onGpu) {
      config.setGpuOptions(
          GPUOptions.newBuilder()
              .setVisibleDeviceList(device.substring(GPU.length()))
              .setAllowGrowth(true));
      require(device, config.build());
    } else {
      config.putDeviceCount("GPU", 0);
    }
    this.session = new Session(graph, config.build());
  }

  /** Computes a constant there: what the device cannot do, TensorFlow says at once. */
  private static void require(String device, ConfigProto config) {
    try (Graph probe = new Graph();
        Session session = new Session(probe, config)) {
      DeviceSpec first =
          DeviceSpec.newBuilder().deviceType(DeviceSpec.DeviceType.GPU).deviceIndex(0).build();
      Operand<TFloat32> one = Ops.create(probe).withDevice(first).constant(1f);
      session.runner().fetch(one).run().close();
    } catch (TensorFlowException | IllegalArgumentException e) {
      throw LyceumException.user(
          "compute.devices names "
              + device
              + ", which this process does not have. It takes a build for GPUs (mvn -Pgpu package),"
              + " the driver, and a number that CUDA_VISIBLE_DEVICES shows. TensorFlow says: "
              + String.valueOf(e.getMessage()).lines().findFirst().orElse(""),
          e);
    }
  }

  /** Whether operations are placed on a GPU. */
  boolean onGpu() {
    return onGpu;
  }

  public Ops tf() {
    return tf;
  }

  public Graph graph() {
    return graph;
  }

  /** An integer input; -1 in the shape is a size that may differ from run to run. */
  public Operand<TInt32> ints(String name, long... shape) {
    return input(name, TInt32.class, shape);
  }

  /** A floating-point input; -1 in the shape is a size that may differ from run to run. */
  public Operand<TFloat32> floats(String name, long... shape) {
    return input(name, TFloat32.class, shape);
  }

  private <T extends TType> Operand<T> input(String name, Class<T> type, long[] shape) {
    Placeholder<T> placeholder = tf.placeholder(type, Placeholder.shape(Shape.of(shape)));
    if (inputs.put(name, placeholder) != null) {
      throw LyceumException.internal("The graph has two inputs named " + name + ".");
    }
    return placeholder;
  }

  /**
   * Adds a variable; its value is set with {@link #assign} before it is read. Returns the value at
   * the start of a run.
   */
  public Operand<TFloat32> variable(String name, int[] shape) {
    Shape size = shape(shape);
    // Without a shared name, all handles of a graph are one and the same variable.
    VarHandleOp handle = tf.varHandleOp(TFloat32.class, size, VarHandleOp.sharedName(name));
    Operand<TFloat32> value = tf.readVariableOp(handle, TFloat32.class);
    Placeholder<TFloat32> next = tf.placeholder(TFloat32.class, Placeholder.shape(size));
    Op assign = tf.assignVariableOp(handle, next);
    if (variables.put(name, new Variable(handle, value, next, assign)) != null) {
      throw LyceumException.internal("The graph has two variables named " + name + ".");
    }
    return value;
  }

  /** Adds variables under a common prefix; the map is by name without it. */
  public Map<String, Operand<TFloat32>> variables(String prefix, SortedMap<String, int[]> shapes) {
    Map<String, Operand<TFloat32>> values = new LinkedHashMap<>();
    shapes.forEach((name, shape) -> values.put(name, variable(prefix + name, shape)));
    return values;
  }

  /** What operations that change the variable take. */
  VarHandleOp handle(String variable) {
    return variable(variable).handle();
  }

  /** Sets variables. */
  public void assign(String prefix, SortedMap<String, FloatTensor> values) {
    values.forEach(
        (name, value) -> {
          Variable variable = variable(prefix + name);
          try (Tensor next =
                  TFloat32.tensorOf(
                      shape(value.shape()), DataBuffers.of(value.values(), true, false));
              Result none =
                  session.runner().feed(variable.next(), next).addTarget(variable.assign()).run()) {
            // The result is empty; opening it is what runs the assignment.
          }
        });
  }

  /** Copies of variables, by name without the prefix. */
  public SortedMap<String, FloatTensor> read(String prefix, SortedMap<String, int[]> shapes) {
    List<Operand<TFloat32>> values = new ArrayList<>();
    shapes.keySet().forEach(name -> values.add(variable(prefix + name).value()));
    Iterator<float[]> read = run(new Feeds(), values, List.of()).iterator();
    SortedMap<String, FloatTensor> tensors = new TreeMap<>();
    shapes.forEach((name, shape) -> tensors.put(name, new FloatTensor(shape, read.next())));
    return tensors;
  }

  /** Runs the targets and returns the values of the fetches, in their order. */
  public List<float[]> run(
      Feeds feeds, List<? extends Operand<TFloat32>> fetches, List<Operation> targets) {
    Session.Runner runner = session.runner();
    List<Tensor> open = new ArrayList<>();
    try {
      feeds.forEach(
          (name, tensor) -> {
            open.add(tensor);
            runner.feed(Objects.requireNonNull(inputs.get(name), name), tensor);
          });
      fetches.forEach(runner::fetch);
      targets.forEach(runner::addTarget);
      try (Result result = runner.run()) {
        List<float[]> values = new ArrayList<>(fetches.size());
        for (int i = 0; i < fetches.size(); i++) {
          Tensor tensor = result.get(i);
          float[] value = new float[Math.toIntExact(tensor.shape().size())];
          tensor.asRawTensor().data().asFloats().read(value);
          values.add(value);
        }
        return values;
      }
    } finally {
      open.forEach(Tensor::close);
    }
  }

  @Override
  public void close() {
    session.close();
    graph.close();
    // A worker that waits for its next training should not hold the activations of the last.
    Kernels.available().ifPresent(Kernels::release);
  }

  private Variable variable(String name) {
    Variable variable = variables.get(name);
    if (variable == null) {
      throw LyceumException.internal("The graph has no variable named " + name + ".");
    }
    return variable;
  }

  private static Shape shape(int[] sizes) {
    long[] longs = new long[sizes.length];
    for (int i = 0; i < sizes.length; i++) {
      longs[i] = sizes[i];
    }
    return Shape.of(longs);
  }
}
