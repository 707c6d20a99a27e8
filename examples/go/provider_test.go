package scores

import (
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sideshow/apns2"
)

func provider(t *testing.T) *Scores {
	t.Helper()
	scores, err := New(Where{
		URL:       os.Getenv("APNS_URL"),
		ManageURL: os.Getenv("APNS_MANAGE_URL"),
		KeyFile:   os.Getenv("APNS_KEY_FILE"),
		KeyID:     os.Getenv("APNS_KEY_ID"),
		TeamID:    os.Getenv("APNS_TEAM_ID"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return scores
}

// For the table in docs/languages.md.
func measured(what, library string) {
	file, err := os.OpenFile(os.Getenv("EXAMPLE_RESULTS"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return
	}
	defer file.Close()
	fmt.Fprintf(file, "%s\t%s\n", what, library)
}

func fill(start, with string) string { return start + strings.Repeat(with, 64-len(start)) }

func push(t *testing.T, scores *Scores, device string) *apns2.Response {
	t.Helper()
	response, err := scores.Goal(device, "Goal!")
	if err != nil {
		t.Fatal(err)
	}
	return response
}

func TestPush(t *testing.T) {
	if got := push(t, provider(t), fill("c0ffee", "0")); !got.Sent() {
		t.Fatal(got.StatusCode, got.Reason)
	}
	measured("push", "sideshow/apns2")
}

func TestDeviceThatIsGone(t *testing.T) {
	// Hexadecimal of "Unregistered": the target spells its answer.
	got := push(t, provider(t), fill(hex.EncodeToString([]byte("Unregistered"))+"00", "0"))
	if got.StatusCode != 410 || got.Reason != apns2.ReasonUnregistered {
		t.Fatal(got.StatusCode, got.Reason)
	}
	measured("410", "sideshow/apns2")
}

func TestGoodbye(t *testing.T) {
	scores := provider(t)
	for _, end := range []string{"1", "2"} {
		for _, start := range []string{"90dbee", "af7e12"} {
			if got := push(t, scores, fill(start, end)); !got.Sent() {
				t.Fatal(got.StatusCode, got.Reason)
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
	measured("GOAWAY", "sideshow/apns2")
}

func TestChannelAndBroadcast(t *testing.T) {
	scores := provider(t)
	channel, err := scores.OpenChannel()
	if err != nil {
		t.Fatal(err)
	}
	if err := scores.Broadcast(channel, 1, 0); err != nil {
		t.Fatal(err)
	}
	measured("broadcast", "net/http")
	if err := scores.CloseChannel(channel); err != nil {
		t.Fatal(err)
	}
	measured("channels", "net/http")
}
