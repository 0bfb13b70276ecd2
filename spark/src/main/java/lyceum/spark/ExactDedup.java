package lyceum.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.monotonically_increasing_id;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import lyceum.core.LyceumException;
import lyceum.data.corpus.Document;
import lyceum.data.corpus.DocumentFile;
import lyceum.data.dedup.ExactDeduplicator;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;

/**
 * Keeps the first document of each text. Documents are ordered by file as given, then by line, and
 * the result is, byte for byte, what {@link ExactDeduplicator} leaves when it reads the files in
 * that order: Spark brings equal texts together in order, and that same operator decides.
 */
final class ExactDedup {
  private static final StructType DOCUMENT =
      new StructType().add("id", "string").add("source", "string").add("text", "string");

  private final SparkSession spark;

  ExactDedup(SparkSession spark) {
    this.spark = spark;
  }

  /** Documents read and documents kept. */
  record Counts(long read, long kept) {}

  /**
   * Writes the survivors as one file of documents. One document at a time passes through the
   * driver.
   *
   * @param inputs files that {@link DocumentFile} wrote, named {@code *.gz}
   * @throws LyceumException of category USER for an input that is missing or not so named
   */
  Counts run(List<Path> inputs, Path output) {
    Dataset<Row> documents = read(inputs);
    // What tasks are sent has to be serializable; paths are not.
    List<String> names = inputs.stream().map(Path::toString).toList();
    Dataset<Row> survivors =
        documents
            // Equal texts meet in one partition, in the order of the files ...
            .repartition(col("text"))
            .sortWithinPartitions("file", "line")
            // ... where the operator sees them as it would see the files themselves.
            .mapPartitions(
                (MapPartitionsFunction<Row, Row>) partition -> firsts(partition, names),
                Encoders.row(documents.schema()))
            .sort("file", "line")
            .persist(StorageLevel.MEMORY_AND_DISK());
    try {
      DocumentFile.write(
          output, () -> stream(survivors.toLocalIterator(), ExactDedup::document).iterator());
      return new Counts(documents.count(), survivors.count());
    } finally {
      survivors.unpersist();
    }
  }

  /** Columns: id, source, text, file (its number), line (counted from 0). */
  private Dataset<Row> read(List<Path> inputs) {
    Dataset<Row> all = null;
    for (int file = 0; file < inputs.size(); file++) {
      Path input = inputs.get(file);
      if (!Files.isReadable(input) || !input.toString().endsWith(".gz")) {
        throw LyceumException.user(
            "'" + input + "' is not a readable file of documents. Its name must end in .gz.");
      }
      Dataset<Row> documents =
          spark
              .read()
              .schema(DOCUMENT)
              .option("mode", "FAILFAST")
              .json(input.toAbsolutePath().toString())
              .withColumn("file", lit(file))
              // A gzip file is read by one task from its beginning, so these count its lines.
              .withColumn("line", monotonically_increasing_id());
      all = all == null ? documents : all.union(documents);
    }
    if (all == null) {
      throw LyceumException.user("No file to remove duplicates from. Name at least one.");
    }
    return all;
  }

  private static Iterator<Row> firsts(Iterator<Row> partition, List<String> names) {
    ExactDeduplicator deduplicator = new ExactDeduplicator();
    return stream(partition, row -> complete(row, names))
        .filter(row -> deduplicator.isFirst(row.getAs("text")))
        .iterator();
  }

  private static Row complete(Row row, List<String> names) {
    for (String field : DOCUMENT.fieldNames()) {
      if (row.isNullAt(row.fieldIndex(field))) {
        throw LyceumException.user(
            names.get(row.<Integer>getAs("file"))
                + " line "
                + (row.<Long>getAs("line") + 1)
                + " is not a document: it has no "
                + field
                + ".");
      }
    }
    return row;
  }

  private static Document document(Row row) {
    return new Document(row.getAs("id"), row.getAs("source"), row.getAs("text"));
  }

  private static <A, B> Stream<B> stream(Iterator<A> values, Function<A, B> each) {
    return StreamSupport.stream(
            Spliterators.spliteratorUnknownSize(values, Spliterator.ORDERED), false)
        .map(each);
  }
}
