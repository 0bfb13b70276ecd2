package lyceum.connectors.network;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** The host is there, but on a private network: for who asks there is none. */
public final class PrivateAddressException extends UnknownHostException {
  PrivateAddressException(String host, InetAddress address) {
    super(host + " is at " + address.getHostAddress() + ", which is not a public address");
  }
}
