// github.com/sideshow/apns2 as a player (../talk.ts): its own client and transport, only the host is another.
// It trusts what SSL_CERT_FILE says. No broadcasts.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/sideshow/apns2"
	"github.com/sideshow/apns2/payload"
	"github.com/sideshow/apns2/token"
)

type push struct{ Mark, Device, ID, Text string }

type question struct {
	Do      string
	Opening struct {
		Send, Topic string
		Key         struct{ P8, KeyID, TeamID string }
	}
	Pushes []push
	Width  int
}

type outcome struct {
	Mark string `json:"mark"`
	OK   bool   `json:"ok"`
	Text string `json:"text"`
}

var (
	mouth  sync.Mutex
	client *apns2.Client
	topic  string
)

func say(told any) {
	line, _ := json.Marshal(told)
	mouth.Lock()
	defer mouth.Unlock()
	fmt.Println(string(line))
}

func open(asked question) {
	key, err := token.AuthKeyFromBytes([]byte(asked.Opening.Key.P8))
	if err != nil {
		panic(err)
	}
	client = apns2.NewTokenClient(&token.Token{AuthKey: key, KeyID: asked.Opening.Key.KeyID, TeamID: asked.Opening.Key.TeamID})
	client.Host = strings.TrimSuffix(asked.Opening.Send, "/")
	topic = asked.Opening.Topic
	say(map[string]bool{"opened": true})
}

func send(by *apns2.Client, one push) {
	got, err := by.Push(&apns2.Notification{
		ApnsID:      one.ID,
		DeviceToken: one.Device,
		Topic:       topic,
		Payload:     payload.NewPayload().Alert(one.Text),
	})
	switch {
	case err != nil:
		say(outcome{one.Mark, false, err.Error()})
	case !got.Sent():
		say(outcome{one.Mark, false, strings.TrimSpace(fmt.Sprint(got.StatusCode, " ", got.Reason))})
	default:
		say(outcome{one.Mark, true, ""})
	}
}

func batch(by *apns2.Client, pushes []push, width int) {
	for len(pushes) > 0 {
		now := pushes[:min(width, len(pushes))]
		pushes = pushes[len(now):]
		var all sync.WaitGroup
		for _, one := range now {
			all.Add(1)
			go func() {
				defer all.Done()
				send(by, one)
			}()
		}
		all.Wait()
	}
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var asked question
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			panic(err)
		}
		if asked.Do == "open" {
			open(asked)
		} else {
			go batch(client, asked.Pushes, asked.Width)
		}
	}
}
