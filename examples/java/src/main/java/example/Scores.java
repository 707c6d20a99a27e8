package example;

import com.eatthepath.pushy.apns.ApnsClient;
import com.eatthepath.pushy.apns.ApnsClientBuilder;
import com.eatthepath.pushy.apns.DeliveryPriority;
import com.eatthepath.pushy.apns.PushNotificationResponse;
import com.eatthepath.pushy.apns.PushType;
import com.eatthepath.pushy.apns.auth.ApnsSigningKey;
import com.eatthepath.pushy.apns.util.SimpleApnsPushNotification;
import java.io.File;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.concurrent.TimeUnit;

/**
 * A provider as a backend has it. It is told where APNs is and how to sign, and knows nothing of tests; what is trusted is the
 * business of the virtual machine (javax.net.ssl.trustStore).
 */
public final class Scores implements AutoCloseable {
  private static final String TOPIC = "com.example.scores";

  public record Where(URI url, URI manageUrl, File key, String keyId, String teamId) {}

  private final Where where;
  private final ApnsSigningKey key;
  private final ApnsClient apns;
  private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();

  public Scores(Where where) throws Exception {
    this.where = where;
    key = ApnsSigningKey.loadFromPkcs8File(where.key(), where.teamId(), where.keyId());
    apns =
        new ApnsClientBuilder()
            .setApnsServer(where.url().getHost(), where.url().getPort())
            .setSigningKey(key)
            .build();
  }

  public PushNotificationResponse<SimpleApnsPushNotification> goal(String device, String text) throws Exception {
    var payload = "{\"aps\":{\"alert\":\"" + text + "\"}}";
    var until = Instant.now().plus(Duration.ofHours(1));
    var push =
        new SimpleApnsPushNotification(device, TOPIC, payload, until, DeliveryPriority.IMMEDIATE, PushType.ALERT);
    return apns.sendNotification(push).get(30, TimeUnit.SECONDS);
  }

  // The library knows neither channels nor broadcasts: java.net.http does it.

  public String openChannel() throws Exception {
    var body = BodyPublishers.ofString("{\"message-storage-policy\":1,\"push-type\":\"LiveActivity\"}");
    return ask(channels().POST(body)).headers().firstValue("apns-channel-id").orElseThrow();
  }

  public void closeChannel(String channel) throws Exception {
    ask(channels().header("apns-channel-id", channel).DELETE());
  }

  public void broadcast(String channel, int home, int away) throws Exception {
    var state = "{\"home\":%d,\"away\":%d}".formatted(home, away);
    var now = Instant.now().getEpochSecond();
    var body = "{\"aps\":{\"event\":\"update\",\"timestamp\":%d,\"content-state\":%s}}".formatted(now, state);
    ask(
        HttpRequest.newBuilder(where.url().resolve("/4/broadcasts/apps/" + TOPIC))
            .header("apns-channel-id", channel)
            .header("apns-push-type", "liveactivity")
            .header("apns-priority", "10")
            .header("apns-expiration", "0")
            .POST(BodyPublishers.ofString(body)));
  }

  @Override
  public void close() {
    apns.close().join();
  }

  private HttpRequest.Builder channels() {
    return HttpRequest.newBuilder(where.manageUrl().resolve("/1/apps/" + TOPIC + "/channels"));
  }

  private HttpResponse<String> ask(HttpRequest.Builder request) throws Exception {
    request.header("authorization", "bearer " + token()).timeout(Duration.ofSeconds(30));
    var answer = http.send(request.build(), BodyHandlers.ofString());
    if (answer.statusCode() >= 300) throw new IllegalStateException(answer.statusCode() + " " + answer.body());
    return answer;
  }

  private String token() throws Exception {
    var header = "{\"alg\":\"ES256\",\"kid\":\"%s\"}".formatted(where.keyId());
    var claims = "{\"iss\":\"%s\",\"iat\":%d}".formatted(where.teamId(), Instant.now().getEpochSecond());
    var text = base64(header.getBytes(StandardCharsets.UTF_8)) + "." + base64(claims.getBytes(StandardCharsets.UTF_8));
    var signature = Signature.getInstance("SHA256withECDSAinP1363Format");
    signature.initSign(key);
    signature.update(text.getBytes(StandardCharsets.US_ASCII));
    return text + "." + base64(signature.sign());
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
