package lyceum.serving;

import lyceum.core.ModelConfig;
import lyceum.model.inference.Backend;
import lyceum.model.inference.Batch;

/**
 * Lets forward passes through only while it is open, so that a test knows that requests are under
 * way, however fast the machine is.
 */
final class GatedBackend implements Backend {
  private final Backend inner;
  private boolean open = true;

  GatedBackend(Backend inner) {
    this.inner = inner;
  }

  synchronized void shut() {
    open = false;
  }

  synchronized void open() {
    open = true;
    notifyAll();
  }

  @Override
  public Output forward(Batch batch) {
    synchronized (this) {
      while (!open) {
        try {
          wait();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IllegalStateException(e);
        }
      }
    }
    return inner.forward(batch);
  }

  @Override
  public ModelConfig config() {
    return inner.config();
  }

  @Override
  public int blocks() {
    return inner.blocks();
  }

  @Override
  public int mostRows() {
    return inner.mostRows();
  }

  @Override
  public int mostWanted() {
    return inner.mostWanted();
  }

  @Override
  public long weightBytes() {
    return inner.weightBytes();
  }
}
