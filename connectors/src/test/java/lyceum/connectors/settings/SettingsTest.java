package lyceum.connectors.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {
  @TempDir Path home;

  private Settings load(String... variables) {
    Map<String, String> environment = new HashMap<>();
    environment.put("LYCEUM_HOME", home.toString());
    for (int i = 0; i < variables.length; i += 2) {
      environment.put(variables[i], variables[i + 1]);
    }
    return Settings.load(environment);
  }

  @Test
  void load_environmentOverFileOverDefaults() throws Exception {
    Files.writeString(home.resolve(Settings.FILE), "serving.port=9001\nstorage.bucket=from-file\n");
    Settings settings = load("LYCEUM_SERVING_PORT", "9002");
    assertThat(settings.servingPort()).isEqualTo(9002);
    assertThat(settings.storage().bucket()).isEqualTo("from-file");
    assertThat(settings.temporalAddress()).isEqualTo("127.0.0.1:7233");
    assertThat(settings.catalogueFolder()).isEqualTo(home.resolve("catalogue"));
    assertThat(settings.huggingFaceEndpoint()).isEmpty();
  }

  @Test
  void variable_ofAKeyInCamelCase() {
    assertThat(Settings.variable("storage.accessKey")).isEqualTo("LYCEUM_STORAGE_ACCESS_KEY");
  }

  @Test
  void save_readsBackEqualAndIsTheOwnersAlone() throws Exception {
    Settings settings =
        load()
            .with("storage.secretKey", "s\\cret=#1 ")
            .with("serving.adminToken", "t0ken")
            .with("tracking.password", "pw");
    Path file = settings.save();
    assertThat(load().with("storage.secretKey", settings.storage().secretKey()))
        .isEqualTo(settings);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    try (var files = Files.list(home)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void toString_hidesSecrets() {
    Settings settings =
        load()
            .with("storage.secretKey", "hush1")
            .with("serving.adminToken", "hush2")
            .with("tracking.password", "hush3");
    assertThat(settings.toString() + settings.storage() + settings.tracking())
        .doesNotContain("hush")
        .contains("***");
  }

  @Test
  void load_wrongValue_namesWhereItComesFrom() throws Exception {
    assertThatThrownBy(() -> load("LYCEUM_SERVING_PORT", "http"))
        .hasMessageContaining("serving.port 'http' is not a port number")
        .hasMessageContaining("the variable LYCEUM_SERVING_PORT");
    assertThatThrownBy(() -> load("LYCEUM_STORAGE_ENDPOINT", "localhost"))
        .hasMessageContaining("'localhost' is not an address")
        .hasMessageContaining("LYCEUM_STORAGE_ENDPOINT");
    Files.writeString(home.resolve(Settings.FILE), "tracking.uri=ftp://x\n");
    assertThatThrownBy(this::load)
        .hasMessageContaining("tracking.uri 'ftp://x'")
        .hasMessageContaining(home.resolve(Settings.FILE).toString())
        .isInstanceOfSatisfying(
            LyceumException.class, e -> assertThat(e.category()).isEqualTo(ErrorCategory.USER));
  }

  @Test
  void load_unknownKeyInTheFile_namesTheNearest() throws Exception {
    Files.writeString(home.resolve(Settings.FILE), "serving.prot=1\n");
    assertThatThrownBy(this::load)
        .hasMessageContaining(home.resolve(Settings.FILE).toString())
        .hasMessageContaining("unknown setting 'serving.prot'. Did you mean 'serving.port'?");
  }
}
