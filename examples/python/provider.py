"""A provider as a backend has it. It is told where APNs is and how to sign, and knows nothing of tests."""

import ssl
import time
from dataclasses import dataclass

import httpx
import jwt
from aioapns import APNs, NotificationRequest, PushType
from aioapns.connection import APNsTLSClientProtocol

TOPIC = "com.example.scores"


@dataclass(frozen=True)
class Where:
    host: str
    port: int
    url: str
    manage_url: str
    key: str
    key_id: str
    team_id: str


class Scores:
    def __init__(self, where: Where):
        self.where = where
        # What is trusted is the environment's business (SSL_CERT_FILE).
        self.trust = ssl.create_default_context()
        self.apns = APNs(
            key=where.key,
            key_id=where.key_id,
            team_id=where.team_id,
            topic=TOPIC,
            max_connections=1,
            ssl_context=self.trust,
        )

        # The library has no option for the address: a class of its own says it.
        class Protocol(APNsTLSClientProtocol):
            APNS_SERVER = where.host
            APNS_PORT = where.port

        self.apns.pool.protocol_class = Protocol

    async def goal(self, device: str, text: str):
        message = {"aps": {"alert": text}}
        return await self.apns.send_notification(
            NotificationRequest(device_token=device, message=message, push_type=PushType.ALERT)
        )

    # The library knows neither channels nor broadcasts: httpx does it.

    async def open_channel(self) -> str:
        body = {"message-storage-policy": 1, "push-type": "LiveActivity"}
        answer = await self._ask("POST", f"{self.where.manage_url}/1/apps/{TOPIC}/channels", json=body)
        return answer.headers["apns-channel-id"]

    async def close_channel(self, channel: str) -> None:
        headers = {"apns-channel-id": channel}
        await self._ask("DELETE", f"{self.where.manage_url}/1/apps/{TOPIC}/channels", headers=headers)

    async def broadcast(self, channel: str, home: int, away: int) -> None:
        state = {"home": home, "away": away}
        body = {"aps": {"event": "update", "timestamp": int(time.time()), "content-state": state}}
        headers = {
            "apns-channel-id": channel,
            "apns-push-type": "liveactivity",
            "apns-priority": "10",
            "apns-expiration": "0",
        }
        await self._ask("POST", f"{self.where.url}/4/broadcasts/apps/{TOPIC}", headers=headers, json=body)

    async def _ask(self, method: str, url: str, headers: dict = {}, json=None) -> httpx.Response:
        claims = {"iss": self.where.team_id, "iat": int(time.time())}
        token = jwt.encode(claims, self.where.key, algorithm="ES256", headers={"kid": self.where.key_id})
        async with httpx.AsyncClient(http2=True, verify=self.trust) as client:
            answer = await client.request(
                method, url, headers={**headers, "authorization": f"bearer {token}"}, json=json
            )
        answer.raise_for_status()
        return answer
