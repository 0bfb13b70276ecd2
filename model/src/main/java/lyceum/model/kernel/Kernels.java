package lyceum.model.kernel;

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
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import lyceum.core.LyceumException;
import lyceum.core.recipe.Precision;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tensorflow.TensorFlow;

/**
 * The native library of {@code model/native}, which comes with the program for Linux on x86-64.
 * Elsewhere, on processors without AVX2, and where the environment says {@code LYCEUM_KERNELS=off},
 * TensorFlow's stock operations do the work.
 */
public final class Kernels {
  private static final Logger LOG = LoggerFactory.getLogger(Kernels.class);
  private static final String LIBRARY = "linux-x86_64/liblyceum_kernels.so";
  private static final String SWITCH = "LYCEUM_KERNELS";

  private final String instructionSet;
  private final MethodHandle release;
  private final MethodHandle peakFlops;
  private final ConcurrentMap<Precision, Double> peaks = new ConcurrentHashMap<>();

  private Kernels(String instructionSet, MethodHandle release, MethodHandle peakFlops) {
    this.instructionSet = instructionSet;
    this.release = release;
    this.peakFlops = peakFlops;
  }

  /** Loaded once a process, on first use. */
  private static final class Holder {
    static final Optional<Kernels> LOADED = load();
  }

  /** The library, where this machine can use it. */
  public static Optional<Kernels> available() {
    return Holder.LOADED;
  }

  /**
   * What the products are computed with: {@code amx}, {@code avx512bf16}, {@code avx512} or {@code
   * avx2}. With {@code amx} those of {@link Precision#F32} are as with {@code avx512bf16}.
   */
  public String instructionSet() {
    return instructionSet;
  }

  /**
   * Gives the memory that is kept from one step to the next back to the system; the next step takes
   * it anew.
   */
  public void release() {
    try {
      release.invokeExact();
    } catch (Throwable e) {
      throw LyceumException.internal("The native library did not release its memory.", e);
    }
  }

  /**
   * Floating-point operations a second that the threads of the library reach together in matrix
   * products whose operands stay in the nearest cache: what a training's arithmetic can be compared
   * with. Measured on the first call for a precision, in some tens of milliseconds, and kept.
   */
  public double peakFlops(Precision precision) {
    return peaks.computeIfAbsent(precision, this::measurePeak);
  }

  /** The same, measured now: where others use the processor too, it changes within minutes. */
  public double measurePeak(Precision precision) {
    try {
      return (double) peakFlops.invokeExact(precision == Precision.BF16);
    } catch (Throwable e) {
      throw LyceumException.internal("The native library did not measure its peak.", e);
    }
  }

  private static Optional<Kernels> load() {
    String system = System.getProperty("os.name", "");
    String processor = System.getProperty("os.arch", "");
    if ("off".equals(System.getenv(SWITCH))
        || !system.toLowerCase(Locale.ROOT).contains("linux")
        || !processor.equals("amd64")) {
      return Optional.empty();
    }
    try {
      Path library = Files.createTempFile("lyceum-kernels-", ".so");
      try (InputStream packaged = Kernels.class.getResourceAsStream(LIBRARY)) {
        if (packaged == null) {
          throw LyceumException.internal("The program comes without its " + LIBRARY + ".");
        }
        Files.copy(packaged, library, StandardCopyOption.REPLACE_EXISTING);
        return loaded(library);
      } finally {
        // What is mapped stays mapped.
        Files.delete(library);
      }
    } catch (IOException | UnsatisfiedLinkError e) {
      LOG.warn("Training falls back to TensorFlow's stock operations: {}", e.toString());
      return Optional.empty();
    }
  }

  private static Optional<Kernels> loaded(Path library) {
    // Its operations are registered with the TensorFlow of this process.
    TensorFlow.loadLibrary(library.toString());
    SymbolLookup symbols = SymbolLookup.libraryLookup(library, Arena.global());
    Linker linker = Linker.nativeLinker();
    MethodHandle name =
        linker.downcallHandle(
            symbols.findOrThrow("lyceum_instruction_set"),
            FunctionDescriptor.of(ValueLayout.ADDRESS));
    MethodHandle release =
        linker.downcallHandle(symbols.findOrThrow("lyceum_release"), FunctionDescriptor.ofVoid());
    MethodHandle peakFlops =
        linker.downcallHandle(
            symbols.findOrThrow("lyceum_peak_flops"),
            FunctionDescriptor.of(ValueLayout.JAVA_DOUBLE, ValueLayout.JAVA_BOOLEAN));
    String instructionSet;
    try {
      MemorySegment text = (MemorySegment) name.invokeExact();
      instructionSet = text.reinterpret(Long.MAX_VALUE).getString(0);
    } catch (Throwable e) {
      throw LyceumException.internal("The native library does not say what it runs on.", e);
    }
    if (instructionSet.equals("none")) {
      return Optional.empty();
    }
    LOG.info("Training with native operations on {}", instructionSet);
    return Optional.of(new Kernels(instructionSet, release, peakFlops));
  }
}
