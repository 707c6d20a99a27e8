import com.eatthepath.pushy.apns.server.AcceptAllPushNotificationHandlerFactory;
import com.eatthepath.pushy.apns.server.BenchmarkApnsServerBuilder;
import com.eatthepath.pushy.apns.server.MockApnsServerBuilder;
import java.io.File;

/** The servers that pushy brings along, as peers: PushyServers mock|benchmark CERT KEY PORT. */
public final class PushyServers {
  public static void main(final String[] args) throws Exception {
    final File cert = new File(args[1]);
    final File key = new File(args[2]);
    final int port = Integer.parseInt(args[3]);
    if (args[0].equals("mock"))
      new MockApnsServerBuilder()
          .setServerCredentials(cert, key, null)
          .setUseAlpn(true)
          .setMaxConcurrentStreams(1000)
          .setHandlerFactory(new AcceptAllPushNotificationHandlerFactory())
          .build()
          .start(port)
          .get();
    else
      new BenchmarkApnsServerBuilder()
          .setServerCredentials(cert, key, null)
          .setUseAlpn(true)
          .setMaxConcurrentStreams(1000)
          .build()
          .start(port)
          .get();
    System.out.println("ready");
  }
}
