import com.eatthepath.pushy.apns.auth.ApnsVerificationKey;
import com.eatthepath.pushy.apns.server.AcceptAllPushNotificationHandlerFactory;
import com.eatthepath.pushy.apns.server.BenchmarkApnsServerBuilder;
import com.eatthepath.pushy.apns.server.MockApnsServerBuilder;
import com.eatthepath.pushy.apns.server.PushNotificationHandlerFactory;
import com.eatthepath.pushy.apns.server.ValidatingPushNotificationHandlerFactory;
import java.io.File;
import java.util.Map;
import java.util.Set;

/**
 * The servers that pushy brings along, as peers: PushyServers mock|benchmark CERT KEY PORT, or
 * PushyServers validating CERT KEY PORT PUBLIC_KEY TEAM_ID KEY_ID TOPIC DEVICE.
 */
public final class PushyServers {
  public static void main(final String[] args) throws Exception {
    final File cert = new File(args[1]);
    final File key = new File(args[2]);
    final int port = Integer.parseInt(args[3]);
    switch (args[0]) {
      case "mock":
        mock(cert, key, port, new AcceptAllPushNotificationHandlerFactory());
        break;
      case "validating":
        mock(cert, key, port, validating(new File(args[4]), args[5], args[6], args[7], args[8]));
        break;
      case "benchmark":
        new BenchmarkApnsServerBuilder()
            .setServerCredentials(cert, key, null)
            .setUseAlpn(true)
            .setMaxConcurrentStreams(1000)
            .build()
            .start(port)
            .get();
        break;
      default:
        throw new IllegalArgumentException("there is no " + args[0]);
    }
    System.out.println("ready");
  }

  private static void mock(
      final File cert, final File key, final int port, final PushNotificationHandlerFactory handlers)
      throws Exception {
    new MockApnsServerBuilder()
        .setServerCredentials(cert, key, null)
        .setUseAlpn(true)
        .setMaxConcurrentStreams(1000)
        .setHandlerFactory(handlers)
        .build()
        .start(port)
        .get();
  }

  /** Knows one device and one key, and checks the token's signature on every push. */
  private static PushNotificationHandlerFactory validating(
      final File publicKey, final String team, final String keyId, final String topic, final String device)
      throws Exception {
    final ApnsVerificationKey key = ApnsVerificationKey.loadFromPkcs8File(publicKey, team, keyId);
    return new ValidatingPushNotificationHandlerFactory(
        Map.of(topic, Set.of(device)),
        // No expirations: a device that has one is answered 410, whatever the clock says.
        Map.of(),
        Map.of(keyId, key),
        Map.of(key, Set.of(topic)));
  }
}
