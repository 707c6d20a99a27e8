"""Python's clients against a running mock: httpx, h2 and aioapns.

Where it runs comes from HOUSE_* (test/clients/toolchains.ts); one line per check goes to standard output.
"""

import asyncio
import base64
import logging
import os
import re
import socket
import ssl
import sys
import time
from urllib.parse import urlsplit

import aioapns
import h2.config
import h2.connection
import h2.events
import httpx
from aioapns.connection import APNsDevelopmentClientProtocol

DEVICE = "c0ffee" * 10 + "c0ff"
PAYLOAD = '{"aps":{"alert":"Hello"}}'
APNS_ID = "0B8C5D70-1F0E-4E6B-9F0D-6A0C1B2D3E4F"
SEND = os.environ["HOUSE_SEND"]
MANAGE = os.environ["HOUSE_MANAGE"]
PRODUCTION = os.environ["HOUSE_MANAGE_PRODUCTION"]
TOPIC = os.environ["HOUSE_TOPIC"]
AUTH = {"authorization": os.environ["HOUSE_AUTHORIZATION"]}
PUSH = {**AUTH, "apns-topic": TOPIC}

# aioapns logs every refused push; here they are refused on purpose.
logging.disable(logging.CRITICAL)


def same(what, got, wanted):
    if got != wanted:
        raise AssertionError(f"{what} is {got!r}, not {wanted!r}")


def spell(name):
    return (name.encode().hex() + "00").ljust(64, "0")


def trust(who=None, alpn=None):
    # Strict, as Python 3.13 is by default.
    context = ssl.create_default_context(cafile=os.environ["HOUSE_CA"])
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    if who is not None:
        context.load_cert_chain(os.environ[f"HOUSE_{who}_CERT"], os.environ[f"HOUSE_{who}_KEY"])
    if alpn is not None:
        context.set_alpn_protocols(alpn)
    return context


# httpx


def client(who=None, http1=False):
    return httpx.Client(http2=True, http1=http1, verify=trust(who), timeout=60)


def httpx_push():
    with client() as http:
        got = http.post(f"{SEND}/3/device/{DEVICE}", headers={**PUSH, "apns-id": APNS_ID}, content=PAYLOAD)
    same("protocol", got.http_version, "HTTP/2")
    same("status", got.status_code, 200)
    same("apns-id", got.headers["apns-id"], APNS_ID)
    same("date", got.headers.get("date"), None)


def httpx_refused():
    with client() as http:
        for target, status, reason in [
            ("abc", 400, "BadDeviceToken"),
            (spell("Forbidden"), 403, "Forbidden"),
            (spell("TooManyRequests"), 429, "TooManyRequests"),
            (spell("InternalServerError"), 500, "InternalServerError"),
            (spell("Shutdown"), 503, "Shutdown"),
        ]:
            got = http.post(f"{SEND}/3/device/{target}", headers=PUSH, content=PAYLOAD)
            same("answer", (got.status_code, got.json()), (status, {"reason": reason}))
        gone = http.post(f"{SEND}/3/device/{spell('Unregistered')}", headers=PUSH, content=PAYLOAD)
        same("status", gone.status_code, 410)
        same("a recent moment", abs(gone.json()["timestamp"] / 1000 - time.time()) < 60, True)


def httpx_channels():
    channels = f"{MANAGE}/1/apps/{TOPIC}/channels"
    with client() as http:
        created = http.post(channels, headers=AUTH, json={"message-storage-policy": 1, "push-type": "LiveActivity"})
        same("status of create", created.status_code, 201)
        channel = {"apns-channel-id": created.headers["apns-channel-id"]}
        same("bytes of the id", len(base64.b64decode(channel["apns-channel-id"], validate=True)), 16)
        read = http.get(channels, headers={**AUTH, **channel})
        same("read", read.json(), {"message-storage-policy": 1, "push-type": "LiveActivity"})
        listed = http.get(f"{MANAGE}/1/apps/{TOPIC}/all-channels", headers=AUTH)
        same("listed", channel["apns-channel-id"] in listed.json()["channels"], True)

        def broadcast():
            more = {"apns-push-type": "liveactivity", "apns-expiration": "0", "apns-priority": "10"}
            body = {"aps": {"event": "update", "timestamp": 1, "content-state": {}}}
            return http.post(f"{SEND}/4/broadcasts/apps/{TOPIC}", headers={**AUTH, **channel, **more}, json=body)

        same("status of broadcast", broadcast().status_code, 200)
        same("status of delete", http.delete(channels, headers={**AUTH, **channel}).status_code, 204)
        again = broadcast()
        same("after delete", (again.status_code, again.json()), (400, {"reason": "ChannelNotRegistered"}))


async def httpx_burst():
    async with httpx.AsyncClient(http2=True, verify=trust(), timeout=60) as http:
        url = f"{SEND}/3/device/{DEVICE}"
        await http.post(url, headers=PUSH, content=PAYLOAD)
        answers = await asyncio.gather(*(http.post(url, headers=PUSH, content=PAYLOAD) for _ in range(200)))
    same("statuses", {answer.status_code for answer in answers}, {200})


def httpx_goaway():
    with client() as http:
        for target in [spell("goaway"), DEVICE]:
            got = http.post(f"{SEND}/3/device/{target}", headers=PUSH, content=PAYLOAD)
            same("status", got.status_code, 200)
            # A push in this very moment may be lost with the connection.
            time.sleep(0.1)


def httpx_certificate():
    with client("CLIENT") as http:
        got = http.post(f"{SEND}/3/device/{DEVICE}", headers={"apns-topic": TOPIC}, content=PAYLOAD)
        same("status", got.status_code, 200)
        other = http.post(f"{SEND}/3/device/{DEVICE}", headers={"apns-topic": "com.example.other"}, content=PAYLOAD)
        same("answer", other.json(), {"reason": "TopicDisallowed"})


def httpx_only_http1():
    with httpx.Client(http2=False, verify=trust(), timeout=60) as http:
        try:
            got = http.post(f"{SEND}/3/device/{DEVICE}", headers=PUSH, content=PAYLOAD)
        except httpx.TransportError:
            return
        raise AssertionError(f"it was answered {got.status_code}")


# h2: the protocol without a client around it


class Bare:
    """One connection, and all that happened on it."""

    def __init__(self, base, who=None, alpn=("h2",)):
        place = urlsplit(base)
        raw = socket.create_connection((place.hostname, place.port), timeout=60)
        self.socket = trust(who, alpn).wrap_socket(raw, server_hostname=place.hostname)
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.h2.initiate_connection()
        self.flush()

    def flush(self):
        self.socket.sendall(self.h2.data_to_send())

    def ask(self, path, headers, body=b""):
        stream = self.h2.get_next_available_stream_id()
        pseudo = [(":method", "POST"), (":scheme", "https"), (":path", path), (":authority", "localhost")]
        self.h2.send_headers(stream, pseudo + list(headers.items()))
        self.h2.send_data(stream, body, end_stream=True)
        self.flush()
        return stream

    def until(self, kind):
        """Everything up to an event of that kind, or (None) to the end of the connection."""
        seen = []
        while True:
            data = self.socket.recv(65536)
            if not data:
                if kind is None:
                    return seen
                raise AssertionError(f"the connection ended before {kind.__name__}: {seen}")
            seen += self.h2.receive_data(data)
            self.flush()
            if kind is not None and any(isinstance(event, kind) for event in seen):
                return seen


def bare_push(alpn):
    bare = Bare(SEND, alpn=alpn)
    same("ALPN", bare.socket.selected_alpn_protocol(), alpn and "h2")
    bare.ask(f"/3/device/{DEVICE}", PUSH, PAYLOAD.encode())
    seen = bare.until(h2.events.StreamEnded)
    answer = next(event for event in seen if isinstance(event, h2.events.ResponseReceived))
    same("status", dict(answer.headers)[":status"], "200")
    # HEADERS with END_STREAM, and no DATA.
    same("ended by its headers", answer.stream_ended is not None, True)
    same("data", [event for event in seen if isinstance(event, h2.events.DataReceived)], [])
    bare.ask("/3/device/abc", PUSH, PAYLOAD.encode())
    data = [event for event in bare.until(h2.events.StreamEnded) if isinstance(event, h2.events.DataReceived)]
    same("data", [event.data for event in data], [b'{"reason":"BadDeviceToken"}'])
    same("ended by its only DATA", data[0].stream_ended is not None, True)


def bare_ping():
    bare = Bare(SEND)
    bare.h2.ping(b"mock-pns")
    bare.flush()
    seen = bare.until(h2.events.PingAckReceived)
    same("ping", next(e.ping_data for e in seen if isinstance(e, h2.events.PingAckReceived)), b"mock-pns")


def bare_wrong_certificate():
    bare = Bare(PRODUCTION, "SANDBOX")
    seen = bare.until(None)
    told = [event for event in seen if isinstance(event, h2.events.ConnectionTerminated)]
    same("GOAWAYs", len(told), 1)
    same("last stream", told[0].last_stream_id, 0)
    same("code", int(told[0].error_code), 0)
    same("debug data", told[0].additional_data, b'{"reason":"BadCertificateEnvironment"}')


# aioapns: no ALPN, a host header and no :authority, answers found by the exact apns-id


def aioapns_client(**credentials):
    place = urlsplit(SEND)

    class Here(APNsDevelopmentClientProtocol):
        APNS_SERVER = place.hostname
        APNS_PORT = place.port

    apns = aioapns.APNs(topic=TOPIC, use_sandbox=True, max_connection_attempts=2, **credentials)
    apns.pool.protocol_class = Here
    return apns


def aioapns_by_token():
    with open(os.environ["HOUSE_KEY"], encoding="ascii") as file:
        key = file.read()
    return aioapns_client(
        key=key, key_id=os.environ["HOUSE_KEY_ID"], team_id=os.environ["HOUSE_TEAM_ID"], ssl_context=trust()
    )


async def aioapns_send(apns, target, **more):
    message = {"aps": {"alert": "Hello"}}
    request = aioapns.NotificationRequest(device_token=target, message=message, **more)
    return await asyncio.wait_for(apns.send_notification(request), 5)


async def aioapns_push():
    apns = aioapns_by_token()
    got = await aioapns_send(apns, DEVICE, notification_id=APNS_ID)
    same("status", got.status, "200")
    same("id", got.notification_id, APNS_ID)
    apns.pool.close()


async def aioapns_refused():
    apns = aioapns_by_token()
    for target, status, reason in [
        ("abc", "400", "BadDeviceToken"),
        (spell("Unregistered"), "410", "Unregistered"),
        (spell("TooManyRequests"), "429", "TooManyRequests"),
        (spell("ServiceUnavailable"), "503", "ServiceUnavailable"),
    ]:
        got = await aioapns_send(apns, target)
        same("answer", (got.status, got.description), (status, reason))
        same("a moment", got.timestamp is not None, status == "410")
    apns.pool.close()


async def aioapns_burst():
    apns = aioapns_by_token()
    answers = await asyncio.gather(*(aioapns_send(apns, DEVICE) for _ in range(100)))
    same("statuses", {answer.status for answer in answers}, {"200"})
    apns.pool.close()


async def aioapns_certificate():
    # It reads certificate and key from one file.
    both = os.path.join(os.path.dirname(os.environ["HOUSE_CA"]), "both.pem")
    with open(both, "w", encoding="ascii") as file:
        for name in ["HOUSE_CLIENT_CERT", "HOUSE_CLIENT_KEY"]:
            with open(os.environ[name], encoding="ascii") as part:
                file.write(part.read())
    apns = aioapns_client(client_cert=both, ssl_context=trust("CLIENT"))
    same("status", (await aioapns_send(apns, DEVICE)).status, "200")
    apns.pool.close()


CHECKS = [
    ("httpx: a push, ids letter by letter", httpx_push),
    ("httpx: refused with a reason", httpx_refused),
    ("httpx: channels from creation to deletion", httpx_channels),
    ("httpx: 200 at once", httpx_burst),
    ("httpx: a push after GOAWAY", httpx_goaway),
    ("httpx: a client certificate", httpx_certificate),
    ("httpx: HTTP/1.1 only is no answer", httpx_only_http1),
    ("h2: the frames of a push, with ALPN", lambda: bare_push(["h2"])),
    ("h2: the frames of a push, without ALPN", lambda: bare_push(None)),
    ("h2: PING", bare_ping),
    ("h2: a certificate of the other environment is told by one GOAWAY", bare_wrong_certificate),
    ("aioapns: a push, ids letter by letter", aioapns_push),
    ("aioapns: refused with a reason", aioapns_refused),
    ("aioapns: 100 at once", aioapns_burst),
    ("aioapns: a client certificate", aioapns_certificate),
]

for name, check in CHECKS:
    try:
        if asyncio.iscoroutinefunction(check):
            asyncio.run(check())
        else:
            check()
        print("ok", name, flush=True)
    except Exception as problem:  # every kind of failure is a line
        text = re.sub(r"\s+", " ", f"{type(problem).__name__}: {problem}")
        print(f"FAIL {name}: {text}", flush=True)
print("done")
sys.exit(0)
