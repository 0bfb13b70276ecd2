package lyceum.cli;

import picocli.CommandLine.IVersionProvider;

/** Says what this is and what it runs on. */
public final class Version implements IVersionProvider {
  /** Lyceum's version; that of every module. */
  public static final String NUMBER = "0.1.0";

  @Override
  public String[] getVersion() {
    return new String[] {
      "lyceum " + NUMBER,
      "java " + Runtime.version() + " (" + System.getProperty("java.vendor") + ")",
      System.getProperty("os.name") + " " + System.getProperty("os.arch")
    };
  }
}
