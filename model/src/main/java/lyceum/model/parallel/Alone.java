package lyceum.model.parallel;

import java.lang.foreign.MemorySegment;

/** The group of one. */
final class Alone implements ProcessGroup {
  static final Alone INSTANCE = new Alone();

  private Alone() {}

  @Override
  public int rank() {
    return 0;
  }

  @Override
  public int world() {
    return 1;
  }

  @Override
  public Work reduceScatter(MemorySegment floats, Parts parts) {
    return Work.done();
  }

  @Override
  public Work allGather(MemorySegment words, Parts parts) {
    return Work.done();
  }

  @Override
  public Work gather(MemorySegment words, Parts parts) {
    return Work.done();
  }

  @Override
  public Work scatter(MemorySegment words, Parts parts) {
    return Work.done();
  }

  @Override
  public Work allReduce(MemorySegment floats) {
    return Work.done();
  }

  @Override
  public Traffic traffic() {
    return new Traffic(0, 0, 0);
  }

  @Override
  public void abort(String reason) {}

  @Override
  public void close() {}
}
