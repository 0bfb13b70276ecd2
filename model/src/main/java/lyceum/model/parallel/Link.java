package lyceum.model.parallel;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.util.function.Consumer;

/** A connection for signs of life and news between rank 0 and another rank. */
final class Link implements AutoCloseable {
  private static final Kind[] KINDS = Kind.values();

  private final int peer;
  private final Socket socket;
  private final DataInputStream in;
  private final DataOutputStream out;
  private volatile long heardAt = System.nanoTime();
  private volatile boolean saidGoodbye;

  /** What is said over a link. */
  enum Kind {
    ALIVE,
    ROSTER,
    ABORT,
    GOODBYE
  }

  /** Something said, with a text that may be empty. */
  record Message(Kind kind, String text) {}

  Link(int peer, Socket socket) throws IOException {
    this.peer = peer;
    this.socket = socket;
    this.in = new DataInputStream(socket.getInputStream());
    this.out = new DataOutputStream(socket.getOutputStream());
  }

  int peer() {
    return peer;
  }

  String host() {
    return socket.getInetAddress().getHostAddress();
  }

  String address() {
    return String.valueOf(socket.getRemoteSocketAddress()).replaceFirst("^/", "");
  }

  /** Nanoseconds since the other was last heard of. */
  long silence() {
    return System.nanoTime() - heardAt;
  }

  boolean saidGoodbye() {
    return saidGoodbye;
  }

  synchronized void say(Kind kind, String text) throws IOException {
    out.writeByte(kind.ordinal());
    out.writeUTF(text);
    out.flush();
  }

  Message hear() throws IOException {
    int kind = in.readByte();
    if (kind < 0 || kind >= KINDS.length) {
      throw new IOException("A message of kind " + kind + " means nothing.");
    }
    Message message = new Message(KINDS[kind], in.readUTF());
    heardAt = System.nanoTime();
    saidGoodbye |= message.kind() == Kind.GOODBYE;
    return message;
  }

  /** Listens on a thread of its own until the connection ends, and says how it ended. */
  void listen(Consumer<Message> news, Consumer<IOException> end) {
    Thread.ofVirtual()
        .name("link to rank " + peer)
        .start(
            () -> {
              try {
                while (true) {
                  news.accept(hear());
                }
              } catch (IOException e) {
                end.accept(e);
              }
            });
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // Closing is all that was wanted of it.
    }
  }
}
