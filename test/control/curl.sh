#!/bin/sh
# The control API from a shell, in the README's style. Needs curl with HTTP/2, and:
#   CONTROL  http://127.0.0.1:2198      H2C  http://127.0.0.1:2199 (mock-apns --h2c-port 2199)
#   TOKEN    a provider token
set -eu

fail() { echo "FAILED: $*" >&2; exit 1; }
# has TEXT PART: the text contains the part
has() { case "$1" in *"$2"*) ;; *) fail "no $2 in: $1" ;; esac; }
api() { curl -sS "$@"; }
status() { curl -sS -o /dev/null -w '%{http_code}' "$@"; }
apns() { curl -sS -i --http2-prior-knowledge -H "authorization: bearer $TOKEN" "$@" | tr -d '\r'; }
device=c0ffee00000000000000000000000000000000000000000000000000c0ffee00

# Wait for the server, and ask what it is.
[ "$(status "$CONTROL/readyz")" = 200 ] || fail "not ready"
has "$(api "$CONTROL/api/v1/info")" '"name":"mock-apns"'
has "$(api "$CONTROL/ca.pem")" 'BEGIN CERTIFICATE'
has "$(api "$CONTROL/bundle.pem")" 'BEGIN CERTIFICATE'
eval "$(api "$CONTROL/api/v1/env")"
[ -n "$APNS_URL" ] || fail "no APNS_URL"
has "$(api "$CONTROL/openapi.json")" '"openapi":"3.1.0"'

# A channel, and two broadcasts on it: one right, one without its expiration.
api -X POST "$CONTROL/api/v1/reset" > /dev/null
channel=$(apns "$H2C/1/apps/com.example.scores/channels" \
  -d '{"message-storage-policy": 1, "push-type": "LiveActivity"}' | sed -n 's/^apns-channel-id: //p')
[ -n "$channel" ] || fail "no channel"
broadcast() {
  apns "$H2C/4/broadcasts/apps/com.example.scores" -H "apns-channel-id: $channel" -H 'apns-push-type: liveactivity' \
    -H 'apns-priority: 10' "$@" -d '{"aps": {"event": "update", "timestamp": 1790000000, "content-state": {"home": 1}}}'
}
has "$(broadcast -H 'apns-expiration: 0')" 'HTTP/2 200'
has "$(broadcast)" 'BadExpirationDate'
has "$(api "$CONTROL/api/v1/channels?bundleId=com.example.scores")" '"accepted":1'

# What came, and why it was refused.
has "$(api "$CONTROL/api/v1/exchanges?q=is:invalid")" 'the header apns-expiration is missing'
has "$(api "$CONTROL/api/v1/exchanges/latest?operation=broadcast.send")" '"reason":"BadExpirationDate"'

# Say what should have come, without sleeping.
has "$(api "$CONTROL/api/v1/exchanges/wait?q=operation:broadcast.send&count=2&timeout=5s")" '"exchanges":['
[ "$(status "$CONTROL/api/v1/exchanges/wait?q=topic:nobody&timeout=50ms")" = 408 ] || fail "waited for nobody"
has "$(api "$CONTROL/api/v1/verify" -d '{
  "match": {"operation": "broadcast.send"}, "count": {"exactly": 2}, "order": [{"status": 200}, {"status": 400}], "quiet": "100ms"
}')" '"ok":true'
missed=$(api "$CONTROL/api/v1/verify" -d '{"match": {"operation": "broadcast.send", "status": 200}, "count": {"exactly": 2}}')
has "$missed" 'status was 400, not 200; BadExpirationDate, because'

# One stumble, then all is well.
has "$(api "$CONTROL/api/v1/rules" -d '{
  "name": "a stumble", "times": 1, "when": {"operation": "device.send"}, "then": {"reason": "TooManyRequests", "retryAfter": 5}
}')" '"id":"a1"'
push() { apns "$H2C/3/device/$device" -H 'apns-topic: com.example.app' -H 'apns-push-type: alert' -d '{"aps": {"alert": "Hi"}}'; }
has "$(push)" 'retry-after: 5'
has "$(push)" 'HTTP/2 200'
has "$(api "$CONTROL/api/v1/rules")" '"hits":1'
[ "$(status -X DELETE "$CONTROL/api/v1/rules/a1")" = 204 ] || fail "the rule stays"

# A scenario, by its text; one with a mistake changes nothing.
printf 'version: 1\nname: gone\nrules:\n  - when: {operation: device.send}\n    then: {reason: Unregistered}\n' |
  api -X PUT "$CONTROL/api/v1/scenario" --data-binary @- > /dev/null
has "$(push)" '"reason":"Unregistered"'
has "$(api -X PUT "$CONTROL/api/v1/scenario" -d 'version: 1
rules: [{then: {reson: Unregistered}}]')" '"suggestion":"reason"'
has "$(api "$CONTROL/api/v1/scenario")" '"name":"gone"'
api -X DELETE "$CONTROL/api/v1/scenario" > /dev/null

# The registries.
has "$(api -X PUT "$CONTROL/api/v1/apps/com.example.scores" -d '{"broadcast": false}')" '"broadcast":false'
has "$(broadcast -H 'apns-expiration: 0')" 'HTTP/2 40'
api -X PUT "$CONTROL/api/v1/devices/$device" -d '{"state": "unregistered", "since": "1h ago"}' > /dev/null
has "$(push)" 'HTTP/2 410'
has "$(api -X DELETE "$CONTROL/api/v1/devices/$device")" '"registered":false'
has "$(api -X POST "$CONTROL/api/v1/keys/generate")" 'BEGIN PRIVATE KEY'
has "$(api "$CONTROL/api/v1/keys")" '"keyId"'

# Time, and faults on demand.
has "$(api -X PUT "$CONTROL/api/v1/clock" -d '{"frozen": true}')" '"frozen":true'
has "$(api -X POST "$CONTROL/api/v1/clock/advance" -d '{"by": "1h"}')" '"now"'
api -X POST "$CONTROL/api/v1/reset" > /dev/null
has "$(api -X POST "$CONTROL/api/v1/connections/all/goaway" -d '{"reason": "Shutdown"}')" '"connections":['
has "$(api "$CONTROL/api/v1/connections")" '"connections":['

# Take it home.
push > /dev/null
has "$(api "$CONTROL/api/v1/export?format=ndjson")" '"operation":"device.send"'
has "$(api "$CONTROL/api/v1/export?format=har")" '"creator":{"name":"mock-apns"'
has "$(api "$CONTROL/api/v1/export?format=scenario")" 'name: recorded'
has "$(api "$CONTROL/metrics")" 'mock_apns_exchanges_total{operation="device.send"'
has "$(curl -sSN --max-time 1 "$CONTROL/api/v1/events?after=0" 2> /dev/null || true)" 'event: exchange'
has "$(api -X DELETE "$CONTROL/api/v1/exchanges?q=topic:com.example.app")" '"deleted":1'
has "$(api -X POST "$CONTROL/api/v1/reset?topic=com.example.scores")" '"reset":"com.example.scores"'
echo fine
