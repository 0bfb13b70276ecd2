package lyceum.bench.allreduce;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.PointerScope;
import org.tensorflow.DeviceSpec;
import org.tensorflow.Graph;
import org.tensorflow.Operation;
import org.tensorflow.Result;
import org.tensorflow.Server;
import org.tensorflow.Session;
import org.tensorflow.internal.c_api.TF_Graph;
import org.tensorflow.internal.c_api.TF_Session;
import org.tensorflow.internal.c_api.TF_SessionOptions;
import org.tensorflow.internal.c_api.TF_Status;
import org.tensorflow.internal.c_api.global.tensorflow;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Fill;
import org.tensorflow.proto.ClusterDef;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.JobDef;
import org.tensorflow.proto.RunOptions;
import org.tensorflow.proto.ServerDef;
import org.tensorflow.types.TFloat32;

/**
 * The peer: TensorFlow's ring {@code CollectiveReduce} between in-process servers. The buffer is
 * made and used inside TensorFlow, so that nothing but the reduction is measured.
 */
final class CollectiveContestant {
  private static final RunOptions OPTIONS =
      RunOptions.newBuilder()
          .setExperimental(RunOptions.Experimental.newBuilder().setCollectiveGraphKey(1))
          .build();

  private CollectiveContestant() {}

  public static void main(String[] args) throws Exception {
    if (args.length > 0) {
      List<Integer> ports = List.of(args[1].split(",")).stream().map(Integer::valueOf).toList();
      try (Worker worker =
          new Worker(Integer.parseInt(args[0]), ports, Integer.parseInt(args[2]))) {
        while (true) {
          worker.allReduce();
        }
      }
    }
    Rounds rounds = new Rounds();
    List<Integer> ports = freePorts(rounds.ranks());
    List<Process> others = new ArrayList<>();
    try {
      for (int rank = 1; rank < rounds.ranks(); rank++) {
        others.add(
            Rounds.start(
                CollectiveContestant.class,
                List.of(
                    Integer.toString(rank),
                    ports.stream().map(String::valueOf).collect(Collectors.joining(",")),
                    Integer.toString(rounds.words()))));
      }
      Worker worker = new Worker(0, ports, rounds.words());
      rounds.serve("TensorFlow's CollectiveReduce", System.out, worker::allReduce);
    } finally {
      others.forEach(Process::destroyForcibly);
    }
    // The runtime does not end by itself once a worker of its cluster is gone.
    Runtime.getRuntime().halt(0);
  }

  private static List<Integer> freePorts(int count) throws IOException {
    List<ServerSocket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      }
      return sockets.stream().map(ServerSocket::getLocalPort).toList();
    } finally {
      for (ServerSocket socket : sockets) {
        socket.close();
      }
    }
  }

  /** One worker of the cluster. */
  private static final class Worker implements AutoCloseable {
    private final Server server;
    private final Graph graph = new Graph();
    private final Session session;
    private final Operation reduced;

    Worker(int rank, List<Integer> ports, int words) throws ReflectiveOperationException {
      ConfigProto config =
          ConfigProto.newBuilder()
              .setExperimental(
                  ConfigProto.Experimental.newBuilder()
                      .setCollectiveGroupLeader("/job:worker/replica:0/task:0"))
              .build();
      JobDef.Builder job = JobDef.newBuilder().setName("worker");
      for (int i = 0; i < ports.size(); i++) {
        job.putTasks(i, "127.0.0.1:" + ports.get(i));
      }
      server =
          new Server(
              ServerDef.newBuilder()
                  .setCluster(ClusterDef.newBuilder().addJob(job))
                  .setJobName("worker")
                  .setTaskIndex(rank)
                  .setProtocol("grpc")
                  .setDefaultSessionConfig(config)
                  .build());
      server.start();
      DeviceSpec device =
          DeviceSpec.newBuilder()
              .job("worker")
              .replica(0)
              .task(rank)
              .deviceType(DeviceSpec.DeviceType.CPU)
              .deviceIndex(0)
              .build();
      Ops tf = Ops.create(graph).withDevice(device);
      Fill<TFloat32> buffer = tf.fill(tf.constant(new int[] {words}), tf.constant(1f));
      Operation sum =
          graph
              .opBuilder("CollectiveReduce", "sum", tf.scope())
              .addInput(buffer.asOutput())
              .setAttr("group_size", ports.size())
              .setAttr("group_key", 1)
              .setAttr("instance_key", 1)
              .setAttr("merge_op", "Add")
              .setAttr("final_op", "Id")
              .setAttr("subdiv_offsets", new long[] {0})
              .build();
      reduced = tf.max(sum.<TFloat32>output(0), tf.constant(0)).op();
      session = connected(graph, config, "grpc://127.0.0.1:" + ports.get(rank));
    }

    void allReduce() {
      try (Result result =
          session.runner().fetch(reduced.<TFloat32>output(0)).setOptions(OPTIONS).run()) {
        if (result.size() != 1) {
          throw new IllegalStateException("No sum came back.");
        }
      }
    }

    /** A session of the graph with a server; the public constructors take no address. */
    private static Session connected(Graph graph, ConfigProto config, String address)
        throws ReflectiveOperationException {
      try (PointerScope scope = new PointerScope()) {
        TF_SessionOptions options = TF_SessionOptions.newSessionOptions();
        TF_Status status = TF_Status.newStatus();
        byte[] bytes = config.toByteArray();
        tensorflow.TF_SetConfig(
            options, new org.bytedeco.javacpp.BytePointer(bytes), bytes.length, status);
        status.throwExceptionIfNotOK();
        tensorflow.TF_SetTarget(options, address);
        Field ofGraph = Graph.class.getDeclaredField("nativeHandle");
        ofGraph.setAccessible(true);
        TF_Session handle = TF_Session.newSession((TF_Graph) ofGraph.get(graph), options, status);
        status.throwExceptionIfNotOK();
        handle.retainReference();
        Constructor<Session> constructor =
            Session.class.getDeclaredConstructor(Graph.class, TF_Session.class);
        constructor.setAccessible(true);
        return constructor.newInstance(graph, handle);
      }
    }

    @Override
    public void close() throws InterruptedException {
      session.close();
      graph.close();
      server.close();
    }
  }
}
