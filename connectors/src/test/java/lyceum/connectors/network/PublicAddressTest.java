package lyceum.connectors.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Set;
import lyceum.core.LyceumException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PublicAddressTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "127.1.2.3",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.127.255.255",
        "192.0.0.8",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "fd12:3456::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "64:ff9b::10.0.0.1",
        "2002:7f00:1::",
        "2001:db8::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2"
      })
  void privateAddress_isNotPublic(String text) throws UnknownHostException {
    assertThat(PublicAddress.isPublic(InetAddress.getByName(text))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.1.1.1",
        "8.8.8.8",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.0.1",
        "172.32.0.1",
        "192.1.0.1",
        "198.17.0.1",
        "223.255.255.255",
        "2606:4700::1111",
        "2002:808:808::"
      })
  void openAddress_isPublic(String text) throws UnknownHostException {
    assertThat(PublicAddress.isPublic(InetAddress.getByName(text))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "file:///etc/passwd",
        "gopher://1.1.1.1/",
        "https:///path",
        "https://127.0.0.1/",
        "http://localhost:8080/",
        "https://[::1]/"
      })
  void require_refusesWhatIsNoPublicWebAddress(String uri) {
    assertThatThrownBy(() -> PublicAddress.require("The webhook", URI.create(uri), Set.of()))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("The webhook");
  }

  @Test
  void dns_hostThatIsPrivate_isRefusedAndNamed() {
    assertThatThrownBy(() -> new PublicDns(Set.of()).lookup("localhost"))
        .isInstanceOf(UnknownHostException.class)
        .hasMessageContaining("localhost is at ")
        .hasMessageContaining("not a public address");
  }

  @Test
  void dns_openAddress_isWhatIsConnectedTo() throws UnknownHostException {
    assertThat(new PublicDns(Set.of()).lookup("8.8.8.8"))
        .containsExactly(InetAddress.getByName("8.8.8.8"));
  }

  @Test
  void require_hostThatIsAllowed_passes() {
    assertThatCode(
            () ->
                PublicAddress.require(
                    "The webhook", URI.create("http://127.0.0.1:1/"), Set.of("127.0.0.1")))
        .doesNotThrowAnyException();
  }
}
