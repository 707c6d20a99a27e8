import asyncio
import os
import unittest
from pathlib import Path

from provider import Scores, Where


def measured(what: str, library: str) -> None:
    """For the table in docs/languages.md."""
    if "EXAMPLE_RESULTS" in os.environ:
        with open(os.environ["EXAMPLE_RESULTS"], "a") as file:
            file.write(f"{what}\t{library}\n")


class ScoresTest(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        env = os.environ
        self.scores = Scores(
            Where(
                host=env["APNS_HOST"],
                port=int(env["APNS_PORT"]),
                url=env["APNS_URL"],
                manage_url=env["APNS_MANAGE_URL"],
                key=Path(env["APNS_KEY_FILE"]).read_text(),
                key_id=env["APNS_KEY_ID"],
                team_id=env["APNS_TEAM_ID"],
            )
        )

    async def test_push(self):
        answer = await self.scores.goal("c0ffee".ljust(64, "0"), "Goal!")
        self.assertTrue(answer.is_successful, answer.description)
        measured("push", "aioapns")

    async def test_device_that_is_gone(self):
        # Hexadecimal of "Unregistered": the target spells its answer.
        answer = await self.scores.goal((b"Unregistered".hex() + "00").ljust(64, "0"), "Goal!")
        self.assertEqual((answer.status, answer.description), ("410", "Unregistered"))
        measured("410", "aioapns")

    async def test_goodbye(self):
        for end in "12":
            for start in ["90dbee", "af7e12"]:
                answer = await self.scores.goal(start.ljust(64, end), "Goal!")
                self.assertTrue(answer.is_successful, answer.description)
                await asyncio.sleep(0.1)
        measured("GOAWAY", "aioapns")

    async def test_channel_and_broadcast(self):
        channel = await self.scores.open_channel()
        await self.scores.broadcast(channel, 1, 0)
        measured("broadcast", "httpx")
        await self.scores.close_channel(channel)
        measured("channels", "httpx")


if __name__ == "__main__":
    unittest.main()
