package lyceum.model.parallel;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import lyceum.core.LyceumException;

/**
 * How two ranks convince each other that they have the same {@link RunToken}: each signs what the
 * other made up on the spot. All lengths are fixed but that of a refusal, so a stranger can neither
 * make a rank wait nor make it allocate.
 */
final class Handshake {
  private static final byte[] MAGIC = "LYCEUM 1".getBytes(StandardCharsets.US_ASCII);
  private static final int NONCE = 32;
  private static final int SIGNATURE = 32;
  private static final byte ACCEPTED = 0;
  private static final byte REFUSED = 1;

  /** Ends connections that say nothing. */
  private static final int PATIENCE_MILLIS = 5_000;

  private Handshake() {}

  /** What a connection is for. */
  enum Purpose {
    /** Signs of life and bad news, between rank 0 and each other rank. */
    CONTROL,
    /** Numbers, from each rank to the next. */
    RING
  }

  /**
   * What the one who connects says.
   *
   * @param rank that it is, or {@link #ANY_RANK}
   * @param port that it listens on
   */
  record Hello(Purpose purpose, int rank, int port) {
    /** Of one that takes the rank it is given. */
    static final int ANY_RANK = -1;
  }

  /** Why a connection is not wanted. */
  static final class Refusal extends Exception {
    private static final long serialVersionUID = 1;

    Refusal(String reason) {
      super(reason);
    }
  }

  /** Decides on a hello whose sender has the token. */
  @FunctionalInterface
  interface Admission {
    /** The rank that it is. */
    int admit(Hello hello) throws Refusal;
  }

  /**
   * The side that was connected to. The token is proven before anything else of the hello is looked
   * at.
   *
   * @throws IOException when the other does not answer in time or breaks off
   * @throws Refusal when it was refused, and has been told
   */
  static Hello accept(Socket socket, RunToken token, SecureRandom random, Admission admission)
      throws IOException, Refusal {
    socket.setSoTimeout(PATIENCE_MILLIS);
    DataInputStream in = new DataInputStream(socket.getInputStream());
    DataOutputStream out = new DataOutputStream(socket.getOutputStream());
    byte[] challenge = nonce(random);
    out.write(MAGIC);
    out.write(challenge);
    out.flush();
    try {
      byte[] magic = in.readNBytes(MAGIC.length);
      if (!Arrays.equals(magic, MAGIC)) {
        throw new Refusal("it does not speak this protocol");
      }
      int purpose = in.readByte();
      int rank = in.readInt();
      int port = in.readInt();
      byte[] counter = exactly(in, NONCE);
      byte[] signature = exactly(in, SIGNATURE);
      if (!MessageDigest.isEqual(
          signature, token.sign(said("connects", challenge, counter, purpose, rank, port)))) {
        throw new Refusal("its run token is not the one of this training");
      }
      if (purpose < 0 || purpose >= Purpose.values().length || port < 0 || port > 65_535) {
        throw new Refusal("it asked for purpose " + purpose + " and port " + port);
      }
      Hello hello = new Hello(Purpose.values()[purpose], rank, port);
      int admitted = admission.admit(hello);
      out.writeByte(ACCEPTED);
      out.writeInt(admitted);
      out.write(token.sign(said("accepts", challenge, counter, admitted)));
      out.flush();
      socket.setSoTimeout(0);
      return new Hello(hello.purpose(), admitted, port);
    } catch (Refusal refusal) {
      out.writeByte(REFUSED);
      out.writeUTF(String.valueOf(refusal.getMessage()));
      out.flush();
      throw refusal;
    }
  }

  /**
   * The side that connects.
   *
   * @return the rank that the other admitted it as
   * @throws LyceumException of category USER when it was refused, of category EXTERNAL when the
   *     other does not have the token
   */
  static int connect(Socket socket, RunToken token, SecureRandom random, Hello hello)
      throws IOException {
    socket.setSoTimeout(PATIENCE_MILLIS);
    DataInputStream in = new DataInputStream(socket.getInputStream());
    DataOutputStream out = new DataOutputStream(socket.getOutputStream());
    if (!Arrays.equals(in.readNBytes(MAGIC.length), MAGIC)) {
      throw LyceumException.external(
          socket.getRemoteSocketAddress()
              + " is no rank of a training: it does not speak this protocol.");
    }
    byte[] challenge = exactly(in, NONCE);
    byte[] counter = nonce(random);
    int purpose = hello.purpose().ordinal();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream message = new DataOutputStream(bytes);
    message.write(MAGIC);
    message.writeByte(purpose);
    message.writeInt(hello.rank());
    message.writeInt(hello.port());
    message.write(counter);
    message.write(
        token.sign(said("connects", challenge, counter, purpose, hello.rank(), hello.port())));
    out.write(bytes.toByteArray());
    out.flush();
    if (in.readByte() != ACCEPTED) {
      throw LyceumException.user(
          "%s refused this rank: %s.".formatted(socket.getRemoteSocketAddress(), in.readUTF()));
    }
    int admitted = in.readInt();
    if (!MessageDigest.isEqual(
        exactly(in, SIGNATURE), token.sign(said("accepts", challenge, counter, admitted)))) {
      throw LyceumException.external(
          socket.getRemoteSocketAddress() + " does not have this training's run token.");
    }
    socket.setSoTimeout(0);
    return admitted;
  }

  private static byte[] said(String role, byte[] challenge, byte[] counter, int... numbers) {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      DataOutputStream out = new DataOutputStream(bytes);
      out.writeUTF(role);
      out.write(challenge);
      out.write(counter);
      for (int number : numbers) {
        out.writeInt(number);
      }
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory does not fail", e);
    }
  }

  private static byte[] nonce(SecureRandom random) {
    byte[] bytes = new byte[NONCE];
    random.nextBytes(bytes);
    return bytes;
  }

  private static byte[] exactly(DataInputStream in, int length) throws IOException {
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return bytes;
  }
}
