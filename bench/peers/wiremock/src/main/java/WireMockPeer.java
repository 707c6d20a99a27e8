import static com.github.tomakehurst.wiremock.client.WireMock.ok;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathMatching;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;

/**
 * WireMock as a peer: WireMockPeer CERT KEY PORT [ENTRIES]. Answers 200 to a push, 404 to anything else. Its journal keeps
 * ENTRIES requests, or all, which is its default.
 */
public final class WireMockPeer {
  private static final String PASSWORD = "password";

  public static void main(final String[] args) throws Exception {
    final WireMockConfiguration config =
        wireMockConfig()
            .httpDisabled(true)
            .bindAddress("127.0.0.1")
            .httpsPort(Integer.parseInt(args[2]))
            .keystorePath(keyStore(Path.of(args[0]), Path.of(args[1])))
            .keystoreType("PKCS12")
            .keystorePassword(PASSWORD)
            .keyManagerPassword(PASSWORD);
    if (args.length > 3) config.maxRequestJournalEntries(Integer.valueOf(args[3]));
    final WireMockServer server = new WireMockServer(config);
    server.stubFor(
        post(urlPathMatching("/3/device/[^/]+"))
            .willReturn(ok().withHeader("apns-id", "123e4567-e89b-12d3-a456-426614174000")));
    server.start();
    System.out.println("ready");
  }

  /** Jetty wants certificate and EC key in a key store, not as PEM. */
  private static String keyStore(final Path cert, final Path key) throws Exception {
    final String pem = Files.readString(key).replaceAll("-----[^-]+-----|\\s", "");
    final PrivateKey secret =
        KeyFactory.getInstance("EC")
            .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
    final KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    try (InputStream in = Files.newInputStream(cert)) {
      final Certificate leaf = CertificateFactory.getInstance("X.509").generateCertificate(in);
      store.setKeyEntry("server", secret, PASSWORD.toCharArray(), new Certificate[] {leaf});
    }
    final Path file = Files.createTempFile("wiremock", ".p12");
    file.toFile().deleteOnExit();
    try (OutputStream out = Files.newOutputStream(file)) {
      store.store(out, PASSWORD.toCharArray());
    }
    return file.toString();
  }
}
