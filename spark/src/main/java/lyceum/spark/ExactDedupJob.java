package lyceum.spark;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import lyceum.core.LyceumException;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Removes exact duplicates from files of documents, in a JVM of its own: {@code java
 * [-Dspark.master=local[4]] @spark/java.options -cp ... lyceum.spark.ExactDedupJob OUT.gz IN.gz...}
 *
 * <p>Every {@code spark.*} system property goes to Spark. Without {@code spark.master} it uses all
 * cores of this machine.
 */
public final class ExactDedupJob {
  private ExactDedupJob() {}

  public static void main(String[] args) {
    if (args.length < 2) {
      System.err.println("Usage: ExactDedupJob OUT.gz IN.gz...");
      System.exit(2);
    }
    SparkConf settings =
        new SparkConf()
            .setAppName("lyceum exact deduplication")
            .setIfMissing("spark.master", "local[*]")
            .setIfMissing("spark.ui.enabled", "false");
    if (settings.get("spark.master").startsWith("local")) {
      // The driver is the whole cluster; nobody else has to reach it.
      settings.setIfMissing("spark.driver.bindAddress", "127.0.0.1");
      settings.setIfMissing("spark.driver.host", "127.0.0.1");
    }
    List<Path> inputs = Arrays.stream(args).skip(1).map(Path::of).toList();
    try (SparkSession spark = SparkSession.builder().config(settings).getOrCreate()) {
      ExactDedup.Counts counts = new ExactDedup(spark).run(inputs, Path.of(args[0]));
      System.out.println(
          "Read " + counts.read() + " documents, kept " + counts.kept() + " in " + args[0]);
    } catch (Exception e) {
      // Spark throws checked exceptions undeclared, and wraps what its tasks throw.
      LyceumException told = told(e);
      if (told != null) {
        System.err.println(told.getMessage());
      } else {
        LoggerFactory.getLogger(ExactDedupJob.class).error("Spark failed", e);
      }
      System.exit(1);
    }
  }

  private static @Nullable LyceumException told(@Nullable Throwable thrown) {
    if (thrown == null || thrown instanceof LyceumException) {
      return (LyceumException) thrown;
    }
    return told(thrown.getCause());
  }
}
