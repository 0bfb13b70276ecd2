package lyceum.connectors.network;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import okhttp3.Dns;
import okhttp3.HttpUrl;

/**
 * Looks hosts up once, and gives the addresses only where all of them are public. What was checked
 * is what is connected to, so that a name server that answers differently the next time changes
 * nothing.
 */
public final class PublicDns implements Dns {
  /** An IPv4 or IPv6 address. */
  private static final Pattern LITERAL = Pattern.compile(".*:.*|[0-9.]+");

  private final Dns names;
  private final Set<String> trusted;

  /**
   * @param trusted hosts that may be private
   */
  public PublicDns(Set<String> trusted) {
    this(trusted, Dns.SYSTEM);
  }

  /**
   * @param names what looks hosts up
   */
  public PublicDns(Set<String> trusted, Dns names) {
    this.names = names;
    this.trusted = Set.copyOf(trusted);
  }

  /** Whether the host may be private. */
  public boolean trusts(String host) {
    return trusted.contains(host);
  }

  /**
   * Checks a host that is written as an address, which nothing looks up.
   *
   * @throws PrivateAddressException when it is not public
   */
  public void check(HttpUrl url) throws UnknownHostException {
    if (LITERAL.matcher(url.host()).matches()) {
      var unused = lookup(url.host());
    }
  }

  @Override
  public List<InetAddress> lookup(String host) throws UnknownHostException {
    List<InetAddress> addresses = names.lookup(host);
    return trusts(host) ? addresses : PublicAddress.checked(host, addresses);
  }
}
