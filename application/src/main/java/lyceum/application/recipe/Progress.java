package lyceum.application.recipe;

/** Is told what is being checked. */
public interface Progress {
  /** Tells nobody. */
  Progress SILENT =
      new Progress() {
        @Override
        public void doing(String name, String what) {}

        @Override
        public void done(String name, boolean good, String what) {}
      };

  /** Begins a step, or says what it does now. */
  void doing(String name, String what);

  /** Ends a step. */
  void done(String name, boolean good, String what);
}
