package lyceum.cli.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Map;
import lyceum.application.outcome.RequestFailure;
import lyceum.connectors.settings.Settings;
import lyceum.core.LyceumException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstallationTest {
  @TempDir Path home;

  private Installation installation(Map<String, String> variables) {
    return installation(variables, 0);
  }

  private Installation installation(Map<String, String> variables, int base) {
    Map<String, String> environment = new HashMap<>(variables);
    environment.put("LYCEUM_HOME", home.toString());
    return new Installation(new StateFolder(home), environment, new SecureRandom(), base);
  }

  @Test
  void settle_onAFreshFolder_choosesOwnPortsAndKeys_readableByItsOwnerAlone() throws IOException {
    Settings settings = installation(Map.of()).settle();

    assertThat(settings.temporalAddress()).isEqualTo("127.0.0.1:17233");
    assertThat(settings.storage().endpoint()).isEqualTo(URI.create("http://127.0.0.1:17290"));
    assertThat(settings.servingPort()).isEqualTo(17280);
    assertThat(settings.storage().secretKey()).hasSize(40);
    assertThat(settings.adminToken()).hasSize(40);
    Path file = home.resolve(Settings.FILE);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    // What a worker without any variable reads is the same.
    assertThat(Settings.load(Map.of("LYCEUM_HOME", home.toString())).toProperties())
        .isEqualTo(settings.toProperties());
  }

  @Test
  void settle_again_keepsKeysAndPorts() {
    Settings first = installation(Map.of(), 21000).settle();
    Settings second = installation(Map.of()).settle();
    assertThat(second.toProperties()).isEqualTo(first.toProperties());
    assertThat(second.temporalAddress()).isEqualTo("127.0.0.1:21033");
  }

  @Test
  void anotherBase_movesTheServersThatAreItsOwn() {
    installation(Map.of()).settle();
    Installation moved = installation(Map.of("LYCEUM_PORTS", "23000"));
    assertThat(moved.manages(Server.TEMPORAL)).isTrue();
    assertThat(moved.settle().tracking().uri()).isEqualTo(URI.create("http://127.0.0.1:23050"));
    assertThat(moved.settings().servingPort()).isEqualTo(23080);
  }

  @Test
  void addressInTheEnvironment_isSomebodyElses_andStaysOutOfTheFile() throws IOException {
    Installation installation =
        installation(Map.of("LYCEUM_TRACKING_URI", "http://mlflow.example:5000"));
    assertThat(installation.manages(Server.TRACKING)).isFalse();
    assertThat(installation.manages(Server.TEMPORAL)).isTrue();
    assertThat(installation.settle().tracking().uri())
        .isEqualTo(URI.create("http://mlflow.example:5000"));
    assertThat(Files.readString(home.resolve(Settings.FILE))).doesNotContain("mlflow.example");
    assertThat(installation(Map.of()).manages(Server.TRACKING)).isTrue();
  }

  @Test
  void addressWrittenIntoTheFileByAPerson_isSomebodyElses_andStays() throws IOException {
    Files.writeString(
        home.resolve(Settings.FILE),
        "storage.endpoint=https://s3.example\nstorage.accessKey=a\nstorage.secretKey=b\n");
    Installation installation = installation(Map.of());
    assertThat(installation.manages(Server.STORAGE)).isFalse();
    Settings settings = installation.settle();
    assertThat(settings.storage().endpoint()).isEqualTo(URI.create("https://s3.example"));
    assertThat(settings.storage().secretKey()).isEqualTo("b");
    assertThat(Files.readString(home.resolve(Settings.FILE)))
        .contains("https://s3.example")
        .contains("temporal.address");
  }

  @Test
  void baseThatIsNoPort_isRefused_namingWhereItIsSet() {
    assertThatThrownBy(() -> installation(Map.of("LYCEUM_PORTS", "80")))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("LYCEUM_PORTS");
    assertThatThrownBy(() -> installation(Map.of("LYCEUM_PORTS", "many")))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("many");
    assertThatThrownBy(() -> Ports.of(65_500)).isInstanceOf(LyceumException.class);
  }

  @Test
  void ports_ofOneInstallation_areDistinct_andBelowOutgoingConnections() {
    Ports ports = Ports.of(Ports.DEFAULT_BASE);
    var all = new java.util.ArrayList<Integer>();
    for (Server server : Server.values()) {
      all.addAll(ports.named(server).values());
    }
    assertThat(all).doesNotHaveDuplicates().allMatch(port -> port < 32_768);
  }

  @Test
  void folder_heldByOneCommand_isRefusedToAnother() {
    StateFolder folder = new StateFolder(home);
    try (StateFolder.Hold hold = folder.hold()) {
      assertThatThrownBy(folder::hold)
          .isInstanceOf(RequestFailure.class)
          .hasMessageContaining(home.toString());
    }
    folder.hold().close();
  }

  @Test
  void policy_allowsTheBucketsAndNothingElse() {
    assertThat(StoragePolicy.json(java.util.List.of("lyceum")))
        .contains("arn:aws:s3:::lyceum/*")
        .contains("\"s3:PutObject\"")
        .doesNotContain("s3:*")
        .doesNotContain("CreateBucket");
  }
}
