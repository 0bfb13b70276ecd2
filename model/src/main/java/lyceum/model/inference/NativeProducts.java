package lyceum.model.inference;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.Optional;
import lyceum.core.LyceumException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The library of {@code model/native/inference}, which comes with the program for Linux on x86-64
 * and is used on processors with AMX, unless the environment says {@code LYCEUM_KERNELS=off}.
 */
final class NativeProducts {
  private static final Logger LOG = LoggerFactory.getLogger(NativeProducts.class);
  private static final String LIBRARY = "linux-x86_64/liblyceum_products.so";
  private static final String SWITCH = "LYCEUM_KERNELS";

  /** {@link Kernels#lanes} of the panels that it takes. */
  static final int LANES = 16;

  private final MethodHandle bf16;
  private final MethodHandle int8;

  private NativeProducts(MethodHandle bf16, MethodHandle int8) {
    this.bf16 = bf16;
    this.int8 = int8;
  }

  /** Loaded once a process, on first use. */
  private static final class Holder {
    static final Optional<NativeProducts> LOADED = load();
  }

  static Optional<NativeProducts> available() {
    return Holder.LOADED;
  }

  /** {@link Kernels#products} with weights in {@link WeightPrecision#BF16} or INT8. */
  void products(
      PackedMatrix m,
      int from,
      int to,
      float[] x,
      int xStride,
      int firstRow,
      int lastRow,
      float[] y,
      int yStride) {
    MemorySegment words = MemorySegment.ofArray(m.words);
    MemorySegment in = MemorySegment.ofArray(x).asSlice((long) firstRow * xStride * Float.BYTES);
    MemorySegment out = MemorySegment.ofArray(y).asSlice((long) firstRow * yStride * Float.BYTES);
    long rows = lastRow - firstRow;
    try {
      if (m.precision == WeightPrecision.BF16) {
        bf16.invokeExact(
            words,
            (long) from,
            (long) to,
            in,
            (long) xStride,
            (long) m.in,
            rows,
            out,
            (long) yStride);
      } else {
        int8.invokeExact(
            words,
            MemorySegment.ofArray(m.scales),
            (long) from,
            (long) to,
            in,
            (long) xStride,
            (long) m.in,
            rows,
            out,
            (long) yStride);
      }
    } catch (Throwable e) {
      throw LyceumException.internal("The native products failed.", e);
    }
  }

  private static Optional<NativeProducts> load() {
    String system = System.getProperty("os.name", "");
    if ("off".equals(System.getenv(SWITCH))
        || !system.toLowerCase(Locale.ROOT).contains("linux")
        || !System.getProperty("os.arch", "").equals("amd64")) {
      return Optional.empty();
    }
    try {
      Path library = Files.createTempFile("lyceum-products-", ".so");
      try (InputStream packaged = NativeProducts.class.getResourceAsStream(LIBRARY)) {
        if (packaged == null) {
          throw LyceumException.internal("The program comes without its " + LIBRARY + ".");
        }
        Files.copy(packaged, library, StandardCopyOption.REPLACE_EXISTING);
        return loaded(SymbolLookup.libraryLookup(library, Arena.global()));
      } finally {
        // What is mapped stays mapped.
        Files.delete(library);
      }
    } catch (IOException | IllegalArgumentException e) {
      LOG.warn("Products are computed without AMX: {}", e.toString());
      return Optional.empty();
    }
  }

  private static Optional<NativeProducts> loaded(SymbolLookup symbols) {
    Linker linker = Linker.nativeLinker();
    MethodHandle available =
        linker.downcallHandle(
            symbols.findOrThrow("lyceum_products_available"),
            FunctionDescriptor.of(ValueLayout.JAVA_BOOLEAN));
    try {
      if (!(boolean) available.invokeExact()) {
        return Optional.empty();
      }
    } catch (Throwable e) {
      throw LyceumException.internal("The native library does not say what it runs on.", e);
    }
    ValueLayout count = ValueLayout.JAVA_LONG;
    ValueLayout memory = ValueLayout.ADDRESS;
    // The arrays stay where they are for the moments of a call, and nothing is copied.
    Linker.Option inPlace = Linker.Option.critical(true);
    return Optional.of(
        new NativeProducts(
            linker.downcallHandle(
                symbols.findOrThrow("lyceum_products_bf16"),
                FunctionDescriptor.ofVoid(
                    memory, count, count, memory, count, count, count, memory, count),
                inPlace),
            linker.downcallHandle(
                symbols.findOrThrow("lyceum_products_int8"),
                FunctionDescriptor.ofVoid(
                    memory, memory, count, count, memory, count, count, count, memory, count),
                inPlace)));
  }
}
