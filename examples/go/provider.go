// Package scores is a provider as a backend has it. It is told where APNs is and how to sign, and knows nothing of tests.
package scores

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/sideshow/apns2"
	"github.com/sideshow/apns2/token"
)

const topic = "com.example.scores"

// Where says how to reach APNs.
type Where struct {
	URL, ManageURL, KeyFile, KeyID, TeamID string
}

// Scores tells devices about goals.
type Scores struct {
	where  Where
	token  *token.Token
	client *apns2.Client
}

// New makes a provider; the environment decides what is trusted (SSL_CERT_FILE).
func New(where Where) (*Scores, error) {
	key, err := token.AuthKeyFromFile(where.KeyFile)
	if err != nil {
		return nil, err
	}
	signer := &token.Token{AuthKey: key, KeyID: where.KeyID, TeamID: where.TeamID}
	client := apns2.NewTokenClient(signer)
	client.Host = where.URL
	return &Scores{where, signer, client}, nil
}

// Goal sends an alert to one device.
func (s *Scores) Goal(device, text string) (*apns2.Response, error) {
	return s.client.Push(&apns2.Notification{
		DeviceToken: device,
		Topic:       topic,
		PushType:    apns2.PushTypeAlert,
		Payload:     map[string]any{"aps": map[string]any{"alert": text}},
	})
}

// OpenChannel makes a broadcast channel and tells its id. The library knows no channels: net/http does it.
func (s *Scores) OpenChannel() (string, error) {
	body := map[string]any{"message-storage-policy": 1, "push-type": "LiveActivity"}
	answer, err := s.ask(http.MethodPost, s.where.ManageURL+"/1/apps/"+topic+"/channels", nil, body)
	if err != nil {
		return "", err
	}
	return answer.Get("apns-channel-id"), nil
}

// CloseChannel deletes it.
func (s *Scores) CloseChannel(channel string) error {
	_, err := s.ask(http.MethodDelete, s.where.ManageURL+"/1/apps/"+topic+"/channels", map[string]string{"apns-channel-id": channel}, nil)
	return err
}

// Broadcast sends to everybody who listens to a channel.
func (s *Scores) Broadcast(channel string, home, away int) error {
	state := map[string]int{"home": home, "away": away}
	body := map[string]any{"aps": map[string]any{"event": "update", "timestamp": time.Now().Unix(), "content-state": state}}
	_, err := s.ask(http.MethodPost, s.where.URL+"/4/broadcasts/apps/"+topic, map[string]string{
		"apns-channel-id": channel, "apns-push-type": "liveactivity", "apns-priority": "10", "apns-expiration": "0",
	}, body)
	return err
}

func (s *Scores) ask(method, url string, headers map[string]string, body any) (http.Header, error) {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequest(method, url, content)
	if err != nil {
		return nil, err
	}
	request.Header.Set("authorization", "bearer "+s.token.GenerateIfExpired())
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode >= 300 {
		return nil, fmt.Errorf("%s: %s", response.Status, text)
	}
	return response.Header, nil
}
