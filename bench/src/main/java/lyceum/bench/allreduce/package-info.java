/** {@code lyceum bench allreduce}: adding numbers of several processes, by sockets and by gRPC. */
@NullMarked
package lyceum.bench.allreduce;

import org.jspecify.annotations.NullMarked;
