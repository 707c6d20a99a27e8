// Java's own client, java.net.http, against a running mock. Where it runs comes from HOUSE_* (test/clients/toolchains.ts);
// one line per check goes to standard output. Needs nothing but a JDK: java JdkClient.java

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

public class JdkClient {
  static final String DEVICE = "c0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ff";
  static final String PAYLOAD = "{\"aps\":{\"alert\":\"Hello\"}}";
  static final String SEND = System.getenv("HOUSE_SEND");
  static final String MANAGE = System.getenv("HOUSE_MANAGE");
  static final String PRODUCTION = System.getenv("HOUSE_MANAGE_PRODUCTION");
  static final String TOPIC = System.getenv("HOUSE_TOPIC");
  static final String AUTHORIZATION = System.getenv("HOUSE_AUTHORIZATION");

  interface Check {
    void run() throws Exception;
  }

  public static void main(String[] args) {
    check("a push, ids letter by letter", JdkClient::push);
    check("refused with a reason", JdkClient::refused);
    check("channels from creation to deletion", JdkClient::channels);
    check("200 at once", JdkClient::burst);
    check("a push after GOAWAY", JdkClient::goaway);
    check("a client certificate", JdkClient::certificate);
    check("a certificate of the other environment is not answered", JdkClient::wrongCertificate);
    check("HTTP/1.1 only is no answer", JdkClient::onlyHttp1);
    System.out.println("done");
    System.exit(0);
  }

  static void check(String name, Check check) {
    try {
      check.run();
      System.out.println("ok " + name);
    } catch (Throwable problem) {
      System.out.println("FAIL " + name + ": " + problem.toString().replace('\n', ' '));
    }
  }

  static void same(String what, Object got, Object wanted) {
    if (!Objects.equals(got, wanted)) throw new AssertionError(what + " is " + got + ", not " + wanted);
  }

  static byte[] pem(Path file) throws IOException {
    return Base64.getMimeDecoder().decode(Files.readString(file).replaceAll("-----[^-]+-----", ""));
  }

  static Certificate certificate(Path file) throws Exception {
    try (var in = Files.newInputStream(file)) {
      return CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  /** Trusts the mock and nobody else; `who`: CLIENT or SANDBOX, or null for no certificate of one's own. */
  static SSLContext tls(String who) throws Exception {
    var trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null);
    trusted.setCertificateEntry("mock-apns", certificate(Path.of(System.getenv("HOUSE_CA"))));
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    KeyManagerFactory keys = null;
    if (who != null) {
      PrivateKey key =
          KeyFactory.getInstance("RSA")
              .generatePrivate(new PKCS8EncodedKeySpec(pem(Path.of(System.getenv("HOUSE_" + who + "_KEY")))));
      var own = KeyStore.getInstance(KeyStore.getDefaultType());
      own.load(null);
      var chain = new Certificate[] {certificate(Path.of(System.getenv("HOUSE_" + who + "_CERT")))};
      own.setKeyEntry("client", key, new char[0], chain);
      keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(own, new char[0]);
    }
    var context = SSLContext.getInstance("TLS");
    context.init(keys == null ? null : keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  static HttpClient client(String who, HttpClient.Version version) throws Exception {
    return HttpClient.newBuilder()
        .version(version)
        .sslContext(tls(who))
        .connectTimeout(Duration.ofSeconds(60))
        .build();
  }

  static HttpClient client() throws Exception {
    return client(null, HttpClient.Version.HTTP_2);
  }

  static HttpRequest request(String method, String url, String body, String... headers) {
    var publisher = body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body);
    return HttpRequest.newBuilder(URI.create(url))
        .timeout(Duration.ofSeconds(60))
        .method(method, publisher)
        .headers(headers)
        .build();
  }

  static HttpRequest pushTo(String target, String... more) {
    var headers = new ArrayList<>(List.of("authorization", AUTHORIZATION, "apns-topic", TOPIC));
    headers.addAll(List.of(more));
    return request("POST", SEND + "/3/device/" + target, PAYLOAD, headers.toArray(String[]::new));
  }

  static HttpResponse<String> ask(HttpClient client, HttpRequest request) throws Exception {
    var got = client.send(request, BodyHandlers.ofString());
    same("protocol", got.version(), HttpClient.Version.HTTP_2);
    return got;
  }

  static String spell(String name) {
    var digits = new StringBuilder();
    for (byte one : name.getBytes()) digits.append(String.format("%02x", one));
    digits.append("00");
    while (digits.length() < 64) digits.append('0');
    return digits.toString();
  }

  static void push() throws Exception {
    var id = "0B8C5D70-1F0E-4E6B-9F0D-6A0C1B2D3E4F";
    var got = ask(client(), pushTo(DEVICE, "apns-id", id));
    same("status", got.statusCode(), 200);
    same("body", got.body(), "");
    same("apns-id", got.headers().firstValue("apns-id").orElse(null), id);
    same("date", got.headers().firstValue("date").isPresent(), false);
  }

  static void refused() throws Exception {
    var client = client();
    for (var one :
        List.of(
            List.of("abc", "400", "BadDeviceToken"),
            List.of(spell("Forbidden"), "403", "Forbidden"),
            List.of(spell("TooManyRequests"), "429", "TooManyRequests"),
            List.of(spell("InternalServerError"), "500", "InternalServerError"),
            List.of(spell("Shutdown"), "503", "Shutdown"))) {
      var got = ask(client, pushTo(one.get(0)));
      same("status", String.valueOf(got.statusCode()), one.get(1));
      same("body", got.body(), "{\"reason\":\"" + one.get(2) + "\"}");
    }
    var gone = ask(client, pushTo(spell("Unregistered")));
    same("status", gone.statusCode(), 410);
    same("a moment in " + gone.body(), gone.body().matches("\\{\"reason\":\"Unregistered\",\"timestamp\":\\d{13}}"), true);
  }

  static void channels() throws Exception {
    var client = client();
    var url = MANAGE + "/1/apps/" + TOPIC + "/channels";
    var created =
        ask(
            client,
            request(
                "POST",
                url,
                "{\"message-storage-policy\":1,\"push-type\":\"LiveActivity\"}",
                "authorization",
                AUTHORIZATION));
    same("status of create", created.statusCode(), 201);
    var id = created.headers().firstValue("apns-channel-id").orElseThrow();
    same("bytes of the id", Base64.getDecoder().decode(id).length, 16);

    var read = ask(client, request("GET", url, null, "authorization", AUTHORIZATION, "apns-channel-id", id));
    same("read", read.body(), "{\"message-storage-policy\":1,\"push-type\":\"LiveActivity\"}");
    var all = MANAGE + "/1/apps/" + TOPIC + "/all-channels";
    var listed = ask(client, request("GET", all, null, "authorization", AUTHORIZATION));
    same("listed", listed.body().contains('"' + id + '"'), true);

    var broadcast =
        request(
            "POST",
            SEND + "/4/broadcasts/apps/" + TOPIC,
            "{\"aps\":{\"event\":\"update\",\"timestamp\":1,\"content-state\":{}}}",
            "authorization",
            AUTHORIZATION,
            "apns-channel-id",
            id,
            "apns-push-type",
            "liveactivity",
            "apns-expiration",
            "0",
            "apns-priority",
            "10");
    same("status of broadcast", ask(client, broadcast).statusCode(), 200);
    var removed = ask(client, request("DELETE", url, null, "authorization", AUTHORIZATION, "apns-channel-id", id));
    same("status of delete", removed.statusCode(), 204);
    same("after delete", ask(client, broadcast).body(), "{\"reason\":\"ChannelNotRegistered\"}");
  }

  static void burst() throws Exception {
    var client = client();
    ask(client, pushTo(DEVICE));
    var waiting = new ArrayList<CompletableFuture<HttpResponse<String>>>();
    for (int i = 0; i < 200; i++) waiting.add(client.sendAsync(pushTo(DEVICE), BodyHandlers.ofString()));
    for (var one : waiting) same("status", one.get().statusCode(), 200);
  }

  static void goaway() throws Exception {
    var client = client();
    same("status", ask(client, pushTo(spell("goaway"))).statusCode(), 200);
    // A push in this very moment may be lost with the connection; a moment later it takes a new one.
    Thread.sleep(100);
    same("status", ask(client, pushTo(DEVICE)).statusCode(), 200);
  }

  static void certificate() throws Exception {
    var client = client("CLIENT", HttpClient.Version.HTTP_2);
    var url = SEND + "/3/device/" + DEVICE;
    same("status", ask(client, request("POST", url, PAYLOAD, "apns-topic", TOPIC)).statusCode(), 200);
    var other = ask(client, request("POST", url, PAYLOAD, "apns-topic", "com.example.other"));
    same("body", other.body(), "{\"reason\":\"TopicDisallowed\"}");
  }

  static void wrongCertificate() throws Exception {
    var client = client("SANDBOX", HttpClient.Version.HTTP_2);
    try {
      var got = ask(client, request("GET", PRODUCTION + "/1/apps/" + TOPIC + "/all-channels", null, "x", "y"));
      throw new AssertionError("it was answered " + got.statusCode());
    } catch (IOException expected) {
      // GOAWAY; the reason in it is not shown.
    }
  }

  static void onlyHttp1() throws Exception {
    var client = client(null, HttpClient.Version.HTTP_1_1);
    try {
      var got = client.send(pushTo(DEVICE), BodyHandlers.ofString());
      throw new AssertionError("it was answered " + got.statusCode());
    } catch (IOException expected) {
      // Bytes that are no HTTP/1.1, and the end.
    }
  }
}
