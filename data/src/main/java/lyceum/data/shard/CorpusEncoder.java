package lyceum.data.shard;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;
import lyceum.core.LyceumException;
import lyceum.data.corpus.Document;
import lyceum.data.tokenizer.BpeTokenizer;
import lyceum.data.tokenizer.SpecialTokens;

/**
 * Turns a corpus into a token shard: documents are read by one thread, encoded by several and
 * written in their order, each behind a {@code <|bos|>}. A few batches are in memory at a time,
 * however large the corpus is, and the bytes of the shard do not depend on the number of threads.
 */
public final class CorpusEncoder {
  private static final int BATCH_CHARACTERS = 1 << 20;

  private final BpeTokenizer tokenizer;
  private final int threads;

  /**
   * @param threads how many encode
   */
  public CorpusEncoder(BpeTokenizer tokenizer, int threads) {
    this.tokenizer = tokenizer;
    this.threads = Math.max(1, threads);
  }

  /**
   * What a shard was made of.
   *
   * @param documents how many
   * @param tokens ids in the shard, one {@code <|bos|>} a document included
   * @param bytes of the documents' text in UTF-8
   */
  public record Encoded(long documents, long tokens, long bytes) {}

  private record Batch(List<Document> documents, List<int[]> ids, long bytes) {}

  /**
   * Writes the shard.
   *
   * @param documents gone through once; the shard keeps which source each is from
   * @param progress told the number of documents written, every so often, by the calling thread
   * @throws LyceumException of category RESOURCE when the shard cannot be written; of category
   *     EXTERNAL when interrupted; and whatever the documents or {@code progress} throw
   */
  public Encoded encode(Iterable<Document> documents, Path shard, LongConsumer progress) {
    int bos = tokenizer.controlToken(SpecialTokens.BOS);
    ExecutorService pool =
        Executors.newFixedThreadPool(
            threads, Thread.ofPlatform().daemon().name("encoder-", 0).factory());
    try (TokenShard.Writer writer = new TokenShard.Writer(shard)) {
      Deque<Future<Batch>> ahead = new ArrayDeque<>();
      Tally tally = new Tally(writer, progress);
      List<Document> batch = new ArrayList<>();
      long characters = 0;
      for (Document document : documents) {
        batch.add(document);
        characters += document.text().length();
        if (characters >= BATCH_CHARACTERS) {
          List<Document> full = batch;
          ahead.add(pool.submit(() -> encoded(full, bos)));
          batch = new ArrayList<>();
          characters = 0;
          if (ahead.size() > 2 * threads) {
            tally.write(ahead.remove());
          }
        }
      }
      List<Document> last = batch;
      ahead.add(pool.submit(() -> encoded(last, bos)));
      while (!ahead.isEmpty()) {
        tally.write(ahead.remove());
      }
      writer.finish().close();
      return new Encoded(tally.documents, tally.tokens, tally.bytes);
    } finally {
      pool.shutdownNow();
    }
  }

  private Batch encoded(List<Document> documents, int bos) {
    List<String> texts = documents.stream().map(Document::text).toList();
    List<int[]> encoded = new ArrayList<>(texts.size());
    long bytes = 0;
    for (int[] ids : tokenizer.encodeAll(texts, 1)) {
      int[] document = new int[ids.length + 1];
      document[0] = bos;
      System.arraycopy(ids, 0, document, 1, ids.length);
      encoded.add(document);
    }
    for (String text : texts) {
      bytes += BpeTokenizer.utf8Length(text);
    }
    return new Batch(documents, encoded, bytes);
  }

  /** Writes batches and adds up what was in them. */
  private static final class Tally {
    private final TokenShard.Writer writer;
    private final LongConsumer progress;
    private long documents;
    private long tokens;
    private long bytes;

    Tally(TokenShard.Writer writer, LongConsumer progress) {
      this.writer = writer;
      this.progress = progress;
    }

    void write(Future<Batch> future) {
      Batch batch = result(future);
      for (int i = 0; i < batch.ids().size(); i++) {
        int[] ids = batch.ids().get(i);
        writer.append(batch.documents().get(i).source(), ids);
        tokens += ids.length;
      }
      documents += batch.ids().size();
      bytes += batch.bytes();
      progress.accept(documents);
    }

    private static Batch result(Future<Batch> future) {
      try {
        return future.get();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw LyceumException.external("Encoding the corpus was interrupted.", e);
      } catch (ExecutionException e) {
        throw e.getCause() instanceof RuntimeException cause
            ? cause
            : LyceumException.internal("Encoding the corpus failed.", e);
      }
    }
  }
}
