package example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ScoresTest {
  private Scores scores;

  @BeforeEach
  void open() throws Exception {
    scores =
        new Scores(
            new Scores.Where(
                URI.create(env("APNS_URL")),
                URI.create(env("APNS_MANAGE_URL")),
                new File(env("APNS_KEY_FILE")),
                env("APNS_KEY_ID"),
                env("APNS_TEAM_ID")));
  }

  @AfterEach
  void close() {
    scores.close();
  }

  @Test
  void push() throws Exception {
    assertTrue(scores.goal(fill("c0ffee", "0"), "Goal!").isAccepted());
    measured("push", "pushy");
  }

  @Test
  void deviceThatIsGone() throws Exception {
    // Hexadecimal of "Unregistered": the target spells its answer.
    var name = HexFormat.of().formatHex("Unregistered".getBytes(StandardCharsets.US_ASCII));
    var answer = scores.goal(fill(name + "00", "0"), "Goal!");
    assertEquals(410, answer.getStatusCode());
    assertEquals("Unregistered", answer.getRejectionReason().orElseThrow());
    assertTrue(answer.getTokenInvalidationTimestamp().isPresent());
    measured("410", "pushy");
  }

  @Test
  void goodbye() throws Exception {
    for (var end : List.of("1", "2"))
      for (var start : List.of("90dbee", "af7e12")) {
        assertTrue(scores.goal(fill(start, end), "Goal!").isAccepted());
        Thread.sleep(100);
      }
    measured("GOAWAY", "pushy");
  }

  @Test
  void channelAndBroadcast() throws Exception {
    var channel = scores.openChannel();
    scores.broadcast(channel, 1, 0);
    measured("broadcast", "java.net.http");
    scores.closeChannel(channel);
    measured("channels", "java.net.http");
  }

  private static String env(String name) {
    return System.getenv(name);
  }

  private static String fill(String start, String with) {
    return start + with.repeat(64 - start.length());
  }

  /** For the table in docs/languages.md. */
  private static void measured(String what, String library) throws Exception {
    var file = env("EXAMPLE_RESULTS");
    if (file != null) Files.writeString(Path.of(file), what + "\t" + library + "\n", StandardOpenOption.APPEND);
  }
}
