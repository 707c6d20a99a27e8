// pushy against a running mock, with and without ALPN. Where it runs comes from HOUSE_* (test/clients/toolchains.ts); one
// line per check goes to standard output.

import com.eatthepath.pushy.apns.ApnsClient;
import com.eatthepath.pushy.apns.ApnsClientBuilder;
import com.eatthepath.pushy.apns.DeliveryPriority;
import com.eatthepath.pushy.apns.PushNotificationResponse;
import com.eatthepath.pushy.apns.PushType;
import com.eatthepath.pushy.apns.auth.ApnsSigningKey;
import com.eatthepath.pushy.apns.util.SimpleApnsPushNotification;
import java.io.File;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

public class PushyClient {
  static final String DEVICE = "c0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ff";
  static final String PAYLOAD = "{\"aps\":{\"alert\":\"Hello\"}}";
  static final URI SEND = URI.create(System.getenv("HOUSE_SEND"));
  static final URI PRODUCTION = URI.create(System.getenv("HOUSE_MANAGE_PRODUCTION"));
  static final String TOPIC = System.getenv("HOUSE_TOPIC");

  interface Check {
    void run(ApnsClient client) throws Exception;
  }

  public static void main(String[] args) throws Exception {
    for (boolean alpn : new boolean[] {false, true}) {
      var mode = alpn ? "with ALPN" : "without ALPN";
      check("a push, " + mode, token(alpn), PushyClient::push);
      check("refused with a reason, " + mode, token(alpn), PushyClient::refused);
      check("100 at once, " + mode, token(alpn), PushyClient::burst);
      check("a client certificate, " + mode, certificate("CLIENT", SEND, alpn), PushyClient::certificate);
    }
    check("a push after GOAWAY", token(true), PushyClient::goaway);
    check("trouble on the wire, and the next push passes", token(true), PushyClient::trouble);
    check(
        "a certificate of the other environment is not answered",
        certificate("SANDBOX", PRODUCTION, true),
        PushyClient::wrongCertificate);
    System.out.println("done");
    System.exit(0);
  }

  static void check(String name, ApnsClient client, Check check) {
    try {
      check.run(client);
      System.out.println("ok " + name);
    } catch (Throwable problem) {
      System.out.println("FAIL " + name + ": " + problem.toString().replace('\n', ' '));
    } finally {
      client.close();
    }
  }

  static void same(String what, Object got, Object wanted) {
    if (!Objects.equals(got, wanted)) throw new AssertionError(what + " is " + got + ", not " + wanted);
  }

  static ApnsClientBuilder at(URI server, boolean alpn) throws Exception {
    return new ApnsClientBuilder()
        .setApnsServer(server.getHost(), server.getPort())
        .setTrustedServerCertificateChain(new File(System.getenv("HOUSE_CA")))
        .setUseAlpn(alpn);
  }

  static ApnsClient token(boolean alpn) throws Exception {
    var key = new File(System.getenv("HOUSE_KEY"));
    return at(SEND, alpn)
        .setSigningKey(
            ApnsSigningKey.loadFromPkcs8File(key, System.getenv("HOUSE_TEAM_ID"), System.getenv("HOUSE_KEY_ID")))
        .build();
  }

  static ApnsClient certificate(String who, URI server, boolean alpn) throws Exception {
    X509Certificate certificate;
    try (var in = Files.newInputStream(Path.of(System.getenv("HOUSE_" + who + "_CERT")))) {
      certificate = (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
    var text = Files.readString(Path.of(System.getenv("HOUSE_" + who + "_KEY"))).replaceAll("-----[^-]+-----", "");
    PrivateKey key =
        KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(text)));
    return at(server, alpn).setClientCredentials(certificate, key, null).build();
  }

  static SimpleApnsPushNotification to(String target) {
    return to(target, TOPIC, null);
  }

  static SimpleApnsPushNotification to(String target, String topic, UUID id) {
    var until = Instant.now().plus(Duration.ofHours(1));
    return new SimpleApnsPushNotification(
        target, topic, PAYLOAD, until, DeliveryPriority.IMMEDIATE, PushType.ALERT, null, id);
  }

  static PushNotificationResponse<SimpleApnsPushNotification> ask(ApnsClient client, SimpleApnsPushNotification push)
      throws Exception {
    return client.sendNotification(push).get(60, TimeUnit.SECONDS);
  }

  static String spell(String name) {
    var digits = new StringBuilder();
    for (byte one : name.getBytes()) digits.append(String.format("%02x", one));
    digits.append("00");
    while (digits.length() < 64) digits.append('0');
    return digits.toString();
  }

  static void push(ApnsClient client) throws Exception {
    var id = UUID.fromString("0b8c5d70-1f0e-4e6b-9f0d-6a0c1b2d3e4f");
    var got = ask(client, to(DEVICE, TOPIC, id));
    same("rejection", got.getRejectionReason().orElse(null), null);
    same("accepted", got.isAccepted(), true);
    same("apns-id", got.getApnsId(), id);
  }

  static void refused(ApnsClient client) throws Exception {
    for (var one :
        List.of(
            List.of("abcd00", "200", ""),
            List.of("0000", "400", "BadDeviceToken"),
            List.of(spell("Forbidden"), "403", "Forbidden"),
            List.of(spell("TooManyRequests"), "429", "TooManyRequests"),
            List.of(spell("ServiceUnavailable"), "503", "ServiceUnavailable"))) {
      var got = ask(client, to(one.get(0)));
      same("status", String.valueOf(got.getStatusCode()), one.get(1));
      same("reason", got.getRejectionReason().orElse(""), one.get(2));
    }
    var gone = ask(client, to(spell("Unregistered")));
    same("reason", gone.getRejectionReason().orElse(null), "Unregistered");
    var age = Duration.between(gone.getTokenInvalidationTimestamp().orElseThrow(), Instant.now());
    same("a moment " + age + " ago", age.abs().compareTo(Duration.ofMinutes(1)) < 0, true);
  }

  static void burst(ApnsClient client) throws Exception {
    var waiting = new ArrayList<CompletableFuture<PushNotificationResponse<SimpleApnsPushNotification>>>();
    for (int i = 0; i < 100; i++) waiting.add(client.sendNotification(to(DEVICE)));
    for (var one : waiting) same("accepted", one.get(60, TimeUnit.SECONDS).isAccepted(), true);
  }

  static void certificate(ApnsClient client) throws Exception {
    same("accepted", ask(client, to(DEVICE)).isAccepted(), true);
    var other = ask(client, to(DEVICE, "com.example.other", null));
    same("reason", other.getRejectionReason().orElse(null), "TopicDisallowed");
  }

  static void goaway(ApnsClient client) throws Exception {
    same("accepted", ask(client, to(spell("goaway"))).isAccepted(), true);
    Thread.sleep(100);
    same("accepted", ask(client, to(DEVICE)).isAccepted(), true);
  }

  static void trouble(ApnsClient client) throws Exception {
    for (var fault : List.of("drop", "reset")) {
      try {
        var got = ask(client, to(spell(fault)));
        throw new AssertionError(fault + " was answered " + got.getStatusCode());
      } catch (java.util.concurrent.ExecutionException expected) {
        // What pushy makes of a lost answer.
      }
      same("accepted after " + fault, ask(client, to(DEVICE)).isAccepted(), true);
    }
  }

  static void wrongCertificate(ApnsClient client) throws Exception {
    try {
      var got = client.sendNotification(to(DEVICE)).get(1, TimeUnit.SECONDS);
      throw new AssertionError("it was answered " + got.getStatusCode());
    } catch (java.util.concurrent.ExecutionException | TimeoutException expected) {
      // GOAWAY; pushy says so in its log and connects again.
    }
  }
}
