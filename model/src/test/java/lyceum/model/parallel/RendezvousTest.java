package lyceum.model.parallel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import org.junit.jupiter.api.Test;

class RendezvousTest {
  private static final RunToken FOREIGN = new RunToken("cd".repeat(32));

  private static ProcessGroup join(InetSocketAddress leader, int rank, RunToken token) {
    return Rendezvous.join(leader, rank, token, Ranks.PATIENCE, Ranks.random());
  }

  @Test
  void join_withAForeignToken_isRefusedAndTheMeetingGoesOn() {
    try (Rendezvous meeting =
        Rendezvous.open(Ranks.anyPort(), 2, Ranks.TOKEN, Ranks.PATIENCE, Ranks.random())) {
      assertThatThrownBy(() -> join(meeting.address(), 1, FOREIGN))
          .isInstanceOfSatisfying(
              LyceumException.class, e -> assertThat(e.category()).isEqualTo(ErrorCategory.USER))
          .hasMessageContaining("run token is not the one of this training");
      meets(meeting);
    }
  }

  @Test
  void join_amongConnectionsThatSayNothingOrNonsense_succeeds() throws IOException {
    try (Rendezvous meeting =
        Rendezvous.open(Ranks.anyPort(), 2, Ranks.TOKEN, Ranks.PATIENCE, Ranks.random())) {
      List<Socket> strangers = new ArrayList<>();
      SplittableRandom random = new SplittableRandom(1);
      for (int i = 0; i < 200; i++) {
        Socket stranger = new Socket(meeting.address().getAddress(), meeting.address().getPort());
        strangers.add(stranger);
        byte[] nonsense = new byte[random.nextInt(200)];
        random.nextBytes(nonsense);
        if (i % 3 == 0 && nonsense.length > 8) {
          System.arraycopy(
              "LYCEUM 1".getBytes(java.nio.charset.StandardCharsets.US_ASCII), 0, nonsense, 0, 8);
        }
        try {
          OutputStream out = stranger.getOutputStream();
          out.write(nonsense);
          out.flush();
        } catch (IOException e) {
          // Turned away before it had said all of it.
        }
      }
      meets(meeting);
      for (Socket stranger : strangers) {
        stranger.close();
      }
    }
  }

  @Test
  void join_ofARankThatIsTaken_isRefused() {
    try (Rendezvous meeting =
        Rendezvous.open(Ranks.anyPort(), 3, Ranks.TOKEN, Ranks.PATIENCE, Ranks.random())) {
      CompletableFuture<ProcessGroup> zero = async(meeting::lead);
      CompletableFuture<ProcessGroup> one = async(() -> join(meeting.address(), 1, Ranks.TOKEN));
      while (meeting.present() < 2) {
        Thread.onSpinWait();
      }
      assertThatThrownBy(() -> join(meeting.address(), 1, Ranks.TOKEN))
          .isInstanceOf(LyceumException.class)
          .hasMessageContaining("rank 1 of 3 is taken");
      try (ProcessGroup last = join(meeting.address(), Rendezvous.ANY_RANK, Ranks.TOKEN);
          ProcessGroup middle = one.join();
          ProcessGroup leader = zero.join()) {
        assertThat(last.rank()).isEqualTo(2);
        assertThat(List.of(leader.world(), middle.world(), last.world())).containsOnly(3);
      }
    }
  }

  @Test
  void lead_whenNotAllCome_saysHowManyDid() {
    Patience short1 =
        new Patience(
            Duration.ofSeconds(1),
            Duration.ofMillis(200),
            Duration.ofSeconds(2),
            Duration.ofSeconds(5));
    try (Rendezvous meeting =
        Rendezvous.open(Ranks.anyPort(), 3, Ranks.TOKEN, short1, Ranks.random())) {
      CompletableFuture<ProcessGroup> one = async(() -> join(meeting.address(), 1, Ranks.TOKEN));
      assertThatThrownBy(meeting::lead)
          .isInstanceOfSatisfying(
              LyceumException.class,
              e -> assertThat(e.category()).isEqualTo(ErrorCategory.RESOURCE))
          .hasMessageContaining("Only 2 of 3 ranks came");
      meeting.close();
      assertThatThrownBy(one::join).hasCauseInstanceOf(LyceumException.class);
    }
  }

  @Test
  void open_onAnAddressThatIsNotOurs_saysSo() {
    assertThatThrownBy(
            () ->
                Rendezvous.open(
                    new InetSocketAddress("192.0.2.1", 0),
                    2,
                    Ranks.TOKEN,
                    Ranks.PATIENCE,
                    Ranks.random()))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("cannot listen on");
  }

  @Test
  void token_inALog_isNotReadable() {
    assertThat(Ranks.TOKEN.toString()).doesNotContain("ab".repeat(8));
    assertThatThrownBy(() -> new RunToken("short")).isInstanceOf(LyceumException.class);
  }

  private static void meets(Rendezvous meeting) {
    CompletableFuture<ProcessGroup> zero = async(meeting::lead);
    try (ProcessGroup one = join(meeting.address(), 1, Ranks.TOKEN);
        ProcessGroup leader = zero.join()) {
      CompletableFuture<double[]> sum = async(() -> one.sum(1));
      assertThat(leader.sum(1)).containsExactly(2);
      assertThat(sum.join()).containsExactly(2);
    }
  }

  /** On a thread of its own: the common pool of a small machine has too few that may block. */
  private static <T> CompletableFuture<T> async(Supplier<T> body) {
    return CompletableFuture.supplyAsync(body, command -> Thread.ofPlatform().start(command));
  }
}
