// Go's clients against a running mock: net/http, golang.org/x/net/http2 and github.com/sideshow/apns2.
// Where it runs comes from HOUSE_* (test/clients/toolchains.ts); one line per check goes to standard output.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sideshow/apns2"
	"github.com/sideshow/apns2/token"
	"golang.org/x/net/http2"
)

const device = "c0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ff"
const payload = `{"aps":{"alert":"Hello"}}`

var (
	send       = os.Getenv("HOUSE_SEND")
	manage     = os.Getenv("HOUSE_MANAGE")
	production = os.Getenv("HOUSE_MANAGE_PRODUCTION")
	h2c        = os.Getenv("HOUSE_H2C")
	topic      = os.Getenv("HOUSE_TOPIC")
	bearer     = os.Getenv("HOUSE_AUTHORIZATION")
	roots      = x509.NewCertPool()
)

func main() {
	pem, err := os.ReadFile(os.Getenv("HOUSE_CA"))
	if err != nil || !roots.AppendCertsFromPEM(pem) {
		fmt.Println("FAIL trust file:", err)
		return
	}
	for _, one := range []struct {
		name string
		run  func()
	}{
		{"net/http: a push, ids letter by letter", netHTTPPush},
		{"net/http: refused with a reason", func() { refusals(&http.Client{Transport: netHTTP(nil)}) }},
		{"net/http: channels from creation to deletion", func() { channels(&http.Client{Transport: netHTTP(nil)}) }},
		{"net/http: a client certificate", clientCertificate},
		{"net/http: a certificate of the other environment is not answered", wrongCertificate},
		{"net/http: HTTP/1.1 only is no answer", onlyHTTP1},
		{"x/net/http2: a push", func() { push(&http.Client{Transport: xNet(nil)}, send, "HTTP/2.0") }},
		{"x/net/http2: TLS without ALPN", func() { push(&http.Client{Transport: xNet(withoutALPN)}, send, "HTTP/2.0") }},
		{"x/net/http2: cleartext with prior knowledge", func() { push(&http.Client{Transport: xNet(cleartext)}, h2c, "HTTP/2.0") }},
		{"x/net/http2: 500 at once on one connection", burst},
		{"x/net/http2: PING", ping},
		{"sideshow/apns2: a push, ids letter by letter", sideshowPush},
		{"sideshow/apns2: refused with a reason", sideshowRefused},
		{"sideshow/apns2: a push after GOAWAY takes a new connection", sideshowGoaway},
		{"sideshow/apns2: trouble on the wire, and the next push passes", sideshowTrouble},
		{"sideshow/apns2: a client certificate", sideshowCertificate},
	} {
		check(one.name, one.run)
	}
	fmt.Println("done")
}

type failure struct{ text string }

func fail(format string, given ...any) { panic(failure{fmt.Sprintf(format, given...)}) }

func check(name string, run func()) {
	defer func() {
		switch problem := recover().(type) {
		case nil:
			fmt.Println("ok", name)
		case failure:
			fmt.Printf("FAIL %s: %s\n", name, problem.text)
		default:
			fmt.Printf("FAIL %s: %v\n", name, problem)
		}
	}()
	run()
}

func must[T any](value T, err error) T {
	if err != nil {
		fail("%v", err)
	}
	return value
}

func same[T comparable](what string, got, wanted T) {
	if got != wanted {
		fail("%s is %v, not %v", what, got, wanted)
	}
}

// What the target spells in place of a real one.
func spell(name string) string {
	return (fmt.Sprintf("%x00", name) + strings.Repeat("0", 64))[:max(64, 2*len(name)+2)]
}

func trust(certificates []tls.Certificate) *tls.Config {
	return &tls.Config{RootCAs: roots, Certificates: certificates, MinVersion: tls.VersionTLS12}
}

func netHTTP(certificates []tls.Certificate) *http.Transport {
	return &http.Transport{TLSClientConfig: trust(certificates), ForceAttemptHTTP2: true}
}

type dialer func(ctx context.Context, network, address string, config *tls.Config) (net.Conn, error)

func xNet(dial dialer) *http2.Transport {
	return &http2.Transport{TLSClientConfig: trust(nil), DialTLSContext: dial, AllowHTTP: true}
}

func withoutALPN(ctx context.Context, network, address string, config *tls.Config) (net.Conn, error) {
	bare := config.Clone()
	bare.NextProtos = nil
	connection, err := (&tls.Dialer{Config: bare}).DialContext(ctx, network, address)
	if err == nil {
		same("ALPN", connection.(*tls.Conn).ConnectionState().NegotiatedProtocol, "")
	}
	return connection, err
}

func cleartext(ctx context.Context, network, address string, _ *tls.Config) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

type answer struct {
	status  int
	proto   string
	headers http.Header
	body    string
}

func (a answer) reason() string {
	var told struct{ Reason string }
	if err := json.Unmarshal([]byte(a.body), &told); err != nil {
		fail("the body %q is not JSON", a.body)
	}
	return told.Reason
}

func ask(client *http.Client, method, url, body string, headers map[string]string) answer {
	got, err := try(client, method, url, body, headers)
	return must(got, err)
}

func try(client *http.Client, method, url, body string, headers map[string]string) (answer, error) {
	request := must(http.NewRequest(method, url, strings.NewReader(body)))
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	response, err := client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Proto, response.Header, string(text)}, err
}

func push(client *http.Client, base, proto string) answer {
	got := ask(client, "POST", base+"/3/device/"+device, payload,
		map[string]string{"authorization": bearer, "apns-topic": topic})
	same("status", got.status, 200)
	same("protocol", got.proto, proto)
	same("body", got.body, "")
	return got
}

func netHTTPPush() {
	client := &http.Client{Transport: netHTTP(nil)}
	id := "0B8C5D70-1F0E-4E6B-9F0D-6A0C1B2D3E4F"
	got := ask(client, "POST", send+"/3/device/"+device, payload,
		map[string]string{"authorization": bearer, "apns-topic": topic, "apns-id": id})
	same("status", got.status, 200)
	same("protocol", got.proto, "HTTP/2.0")
	same("apns-id", got.headers.Get("apns-id"), id)
	same("date", got.headers.Get("date"), "")
}

func refusals(client *http.Client) {
	for _, one := range []struct {
		target, reason string
		status         int
	}{
		{"abc", "BadDeviceToken", 400},
		{spell("Forbidden"), "Forbidden", 403},
		{spell("ExpiredToken"), "ExpiredToken", 410},
		{spell("TooManyRequests"), "TooManyRequests", 429},
		{spell("InternalServerError"), "InternalServerError", 500},
		{spell("ServiceUnavailable"), "ServiceUnavailable", 503},
	} {
		got := ask(client, "POST", send+"/3/device/"+one.target, payload,
			map[string]string{"authorization": bearer, "apns-topic": topic})
		same("status", got.status, one.status)
		same("reason", got.reason(), one.reason)
	}
	got := ask(client, "POST", send+"/3/device/"+device, payload, map[string]string{"apns-topic": topic})
	same("reason without a token", got.reason(), "MissingProviderToken")
}

func channels(client *http.Client) {
	auth := func(more map[string]string) map[string]string {
		headers := map[string]string{"authorization": bearer}
		for name, value := range more {
			headers[name] = value
		}
		return headers
	}
	url := manage + "/1/apps/" + topic + "/channels"
	created := ask(client, "POST", url, `{"message-storage-policy":1,"push-type":"LiveActivity"}`, auth(nil))
	same("status of create", created.status, 201)
	id := created.headers.Get("apns-channel-id")
	same("bytes of the id", len(must(base64.StdEncoding.DecodeString(id))), 16)
	channel := auth(map[string]string{"apns-channel-id": id})

	read := ask(client, "GET", url, "", channel)
	same("status of read", read.status, 200)
	same("read", read.body, `{"message-storage-policy":1,"push-type":"LiveActivity"}`)
	var list struct{ Channels []string }
	listed := ask(client, "GET", manage+"/1/apps/"+topic+"/all-channels", "", auth(nil))
	if err := json.Unmarshal([]byte(listed.body), &list); err != nil || !slices.Contains(list.Channels, id) {
		fail("the list %s lacks %s", listed.body, id)
	}
	broadcast := func() answer {
		return ask(client, "POST", send+"/4/broadcasts/apps/"+topic, `{"aps":{"event":"update","timestamp":1,"content-state":{}}}`,
			auth(map[string]string{"apns-channel-id": id, "apns-push-type": "liveactivity", "apns-expiration": "0", "apns-priority": "10"}))
	}
	same("status of broadcast", broadcast().status, 200)
	same("status of delete", ask(client, "DELETE", url, "", channel).status, 204)
	again := broadcast()
	same("status of broadcast after delete", again.status, 400)
	same("reason", again.reason(), "ChannelNotRegistered")
}

func certificate(name string) []tls.Certificate {
	return []tls.Certificate{must(tls.LoadX509KeyPair(os.Getenv("HOUSE_"+name+"_CERT"), os.Getenv("HOUSE_"+name+"_KEY")))}
}

func clientCertificate() {
	client := &http.Client{Transport: netHTTP(certificate("CLIENT"))}
	got := ask(client, "POST", send+"/3/device/"+device, payload, map[string]string{"apns-topic": topic})
	same("status", got.status, 200)
	other := ask(client, "POST", send+"/3/device/"+device, payload, map[string]string{"apns-topic": "com.example.other"})
	same("reason", other.reason(), "TopicDisallowed")
}

// GOAWAY NO_ERROR with last stream 0 means "try again elsewhere" to Go, and so it does, hundreds of times a second, until
// its timeout; the reason in the debug data is not shown. Apple's says the same and is taken the same.
func wrongCertificate() {
	client := &http.Client{Transport: netHTTP(certificate("SANDBOX")), Timeout: 200 * time.Millisecond}
	if got, err := try(client, "GET", production+"/1/apps/"+topic+"/all-channels", "", nil); err == nil {
		fail("it was answered %d", got.status)
	}
}

func onlyHTTP1() {
	transport := &http.Transport{TLSClientConfig: trust(nil), TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{}}
	transport.TLSClientConfig.NextProtos = []string{"http/1.1"}
	_, err := try(&http.Client{Transport: transport}, "POST", send+"/3/device/"+device, payload, nil)
	// Which error depends on whether our bytes or the request came first.
	if err == nil {
		fail("it was answered")
	}
}

func burst() {
	client := &http.Client{Transport: xNet(nil)}
	push(client, send, "HTTP/2.0")
	var all sync.WaitGroup
	problems := make(chan string, 500)
	for range 500 {
		all.Add(1)
		go func() {
			defer all.Done()
			got, err := try(client, "POST", send+"/3/device/"+device, payload,
				map[string]string{"authorization": bearer, "apns-topic": topic})
			if err != nil || got.status != 200 {
				problems <- fmt.Sprint(got.status, err)
			}
		}()
	}
	all.Wait()
	close(problems)
	for problem := range problems {
		fail("%s", problem)
	}
}

func ping() {
	address := strings.TrimPrefix(send, "https://")
	config := trust(nil)
	config.NextProtos = []string{"h2"}
	raw := must(tls.Dial("tcp", address, config))
	connection := must(xNet(nil).NewClientConn(raw))
	defer connection.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	if err := connection.Ping(ctx); err != nil {
		fail("%v", err)
	}
}

func sideshow() *apns2.Client {
	key := must(token.AuthKeyFromFile(os.Getenv("HOUSE_KEY")))
	client := apns2.NewTokenClient(&token.Token{AuthKey: key, KeyID: os.Getenv("HOUSE_KEY_ID"), TeamID: os.Getenv("HOUSE_TEAM_ID")})
	client.Host = send
	client.HTTPClient.Transport = &http2.Transport{TLSClientConfig: trust(nil)}
	return client
}

func notification(target string) *apns2.Notification {
	return &apns2.Notification{DeviceToken: target, Topic: topic, Payload: []byte(payload)}
}

func sideshowPush() {
	given := notification(device)
	given.ApnsID = "0B8C5D70-1F0E-4E6B-9F0D-6A0C1B2D3E4F"
	given.PushType, given.Priority, given.Expiration = apns2.PushTypeAlert, apns2.PriorityHigh, time.Now().Add(time.Hour)
	got := must(sideshow().Push(given))
	if !got.Sent() {
		fail("%d %s", got.StatusCode, got.Reason)
	}
	same("apns-id", got.ApnsID, given.ApnsID)
}

func sideshowRefused() {
	client := sideshow()
	bearer := client.Token.GenerateIfExpired()
	for _, one := range []struct {
		target, reason string
		status         int
	}{
		{"abc", apns2.ReasonBadDeviceToken, 400},
		{spell("Unregistered"), apns2.ReasonUnregistered, 410},
		{spell("ExpiredProviderToken"), apns2.ReasonExpiredProviderToken, 403},
		{spell("TooManyRequests"), apns2.ReasonTooManyRequests, 429},
		{spell("Shutdown"), apns2.ReasonShutdown, 503},
	} {
		got := must(client.Push(notification(one.target)))
		same("status", got.StatusCode, one.status)
		same("reason", got.Reason, one.reason)
		if client.Token.Bearer != bearer {
			fail("a new token was made after %s", one.reason)
		}
		if one.status == 410 && time.Since(got.Timestamp.Time) > time.Minute {
			fail("the moment of the 410 is %v", got.Timestamp.Time)
		}
	}
}

func sideshowGoaway() {
	client := sideshow()
	for _, target := range []string{spell("goaway"), device, spell("goaway"), device} {
		if got := must(client.Push(notification(target))); !got.Sent() {
			fail("%d %s", got.StatusCode, got.Reason)
		}
	}
}

func sideshowTrouble() {
	client := sideshow()
	for _, fault := range []string{"stall", "drop", "reset"} {
		client.HTTPClient.Timeout = 60 * time.Second
		if fault == "stall" {
			client.HTTPClient.Timeout = 500 * time.Millisecond
		}
		if got, err := client.Push(notification(spell(fault))); err == nil {
			fail("%s was answered %d", fault, got.StatusCode)
		} else if fault == "reset" {
			var reset http2.StreamError
			if !errors.As(err, &reset) || reset.Code != http2.ErrCodeInternal {
				fail("reset: %v", err)
			}
		}
		client.HTTPClient.Timeout = 60 * time.Second
		if got := must(client.Push(notification(device))); !got.Sent() {
			fail("after %s: %d %s", fault, got.StatusCode, got.Reason)
		}
	}
}

func sideshowCertificate() {
	client := apns2.NewClient(certificate("CLIENT")[0])
	client.Host = send
	client.HTTPClient.Transport.(*http2.Transport).TLSClientConfig.RootCAs = roots
	if got := must(client.Push(notification(device))); !got.Sent() {
		fail("%d %s", got.StatusCode, got.Reason)
	}
	wrong := apns2.NewClient(certificate("SANDBOX")[0])
	wrong.Host = production
	wrong.HTTPClient.Timeout = 200 * time.Millisecond
	wrong.HTTPClient.Transport.(*http2.Transport).TLSClientConfig.RootCAs = roots
	if got, err := wrong.Push(notification(device)); err == nil {
		fail("it was answered %d", got.StatusCode)
	}
}
