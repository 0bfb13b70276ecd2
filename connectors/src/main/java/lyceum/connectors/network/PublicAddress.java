package lyceum.connectors.network;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import lyceum.core.LyceumException;

/**
 * Whether an address that somebody named in a request lies in the open network. What runs inside
 * can reach metadata services, databases and pages of administration that the one who asks cannot.
 *
 * <p>{@link #require} looks the name up, and whoever connects does so again; a name server that
 * answers differently the second time is stopped only by connecting to what was checked, as {@link
 * PublicDns} does.
 */
public final class PublicAddress {
  private PublicAddress() {}

  /**
   * @param what is told in the error, for example {@code the source books}
   * @param allowedHosts names or addresses that are trusted though they are private
   * @throws LyceumException USER when the address is not http or https, has no host, or its host is
   *     unknown or private
   */
  public static void require(String what, URI uri, Set<String> allowedHosts) {
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    String host = uri.getHost();
    if (!(scheme.equals("http") || scheme.equals("https")) || host == null) {
      throw LyceumException.user(
          what + " is at '" + uri + "'. An address such as https://HOST/PATH is expected.");
    }
    if (allowedHosts.contains(host)) {
      return;
    }
    InetAddress[] addresses;
    try {
      addresses = InetAddress.getAllByName(host);
    } catch (UnknownHostException e) {
      throw LyceumException.user(what + " is at " + host + ", a host that is not known.", e);
    }
    for (InetAddress address : addresses) {
      if (!isPublic(address)) {
        throw LyceumException.user(
            what
                + " is at "
                + host
                + ", which is the private address "
                + address.getHostAddress()
                + ". An administrator may allow the host.");
      }
    }
  }

  /**
   * @throws PrivateAddressException when one of the host's addresses is not public
   */
  static List<InetAddress> checked(String host, List<InetAddress> addresses)
      throws PrivateAddressException {
    for (InetAddress address : addresses) {
      if (!isPublic(address)) {
        throw new PrivateAddressException(host, address);
      }
    }
    return addresses;
  }

  /** Whether the address lies in the open network. */
  public static boolean isPublic(InetAddress address) {
    if (address.isAnyLocalAddress()
        || address.isLoopbackAddress()
        || address.isLinkLocalAddress()
        || address.isSiteLocalAddress()
        || address.isMulticastAddress()) {
      return false;
    }
    byte[] bytes = address.getAddress();
    return address instanceof Inet6Address ? isPublic6(bytes) : isPublic4(bytes, 0);
  }

  /** IANA's registry of special-purpose IPv4 addresses, as far as the JDK does not know it. */
  private static boolean isPublic4(byte[] bytes, int from) {
    int a = bytes[from] & 0xff;
    int b = bytes[from + 1] & 0xff;
    int c = bytes[from + 2] & 0xff;
    boolean special =
        a == 0
            || a == 10
            || a == 127
            || (a == 100 && b >= 64 && b < 128)
            || (a == 169 && b == 254)
            || (a == 172 && b >= 16 && b < 32)
            || (a == 192 && b == 0 && (c == 0 || c == 2))
            || (a == 192 && b == 168)
            || (a == 198 && (b == 18 || b == 19))
            || (a == 198 && b == 51 && c == 100)
            || (a == 203 && b == 0 && c == 113)
            || a >= 224;
    return !special;
  }

  /** Only 2000::/3 is given out; of it, what stands for an IPv4 address counts as that. */
  private static boolean isPublic6(byte[] bytes) {
    boolean nat64 =
        bytes[0] == 0
            && (bytes[1] & 0xff) == 0x64
            && (bytes[2] & 0xff) == 0xff
            && (bytes[3] & 0xff) == 0x9b;
    if (nat64) {
      return isPublic4(bytes, 12);
    }
    boolean sixToFour = bytes[0] == 0x20 && bytes[1] == 0x02;
    if (sixToFour) {
      return isPublic4(bytes, 2);
    }
    boolean documentation =
        bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0x0d && (bytes[3] & 0xff) == 0xb8;
    // Teredo hides an IPv4 address that may be a private one.
    boolean teredo = bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0 && bytes[3] == 0;
    return (bytes[0] & 0xe0) == 0x20 && !documentation && !teredo;
  }
}
