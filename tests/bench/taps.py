"""A durable pulse tap against a bare Bolt ack: CPU, and how long the person waits."""

import asyncio
import hashlib
import hmac
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote_plus

from aiohttp import ClientSession

from tests.bench.ground import ground
from tests.bench.servers import PEOPLE, SECRET

ROUNDS = 7
MANY, AT_ONCE, ONE_BY_ONE = 1500, 20, 150
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A server process under measurement."""

    pid: int
    port: int

    def cpu(self) -> float:
        """Seconds of CPU so far, all threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK


def memory(pid: int) -> float:
    """Resident megabytes of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise LookupError("no VmRSS")


@contextmanager
def serving(which: str) -> Iterator[Server]:
    """Start one of the two servers."""
    with ground() as url:
        command = [sys.executable, "-m", "tests.bench.servers", which, url]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        yield Server(process.pid, int(process.stdout.readline()))
        process.kill()
        process.wait()


def tap(number: int) -> tuple[bytes, dict[str, str]]:
    """A signed tap on a pulse card of the size Slack sends."""
    person = random.randrange(PEOPLE)
    rows = [
        {"type": "actions", "block_id": f"b{k}",
         "elements": [{"type": "button", "action_id": f"pulse.answer#{k}{n}", "value": f"{person + 1}:week:{n}",
                       "text": {"type": "plain_text", "text": str(n)}} for n in range(1, 6)]}
        for k in range(4)
    ]  # fmt: skip
    payload = {
        "type": "block_actions", "team": {"id": "T0DEMO", "domain": "demo"}, "api_app_id": "A0", "token": "none",
        "user": {"id": f"U{person}", "username": "p", "name": "p", "team_id": "T0DEMO"},
        "container": {"type": "message", "message_ts": "1.2", "channel_id": "D1", "is_ephemeral": False},
        "trigger_id": f"{time.time_ns()}.{number}", "channel": {"id": "D1", "name": "directmessage"},
        "message": {"type": "message", "ts": "1.2", "user": "U0BOT", "text": "Your weekly pulse", "blocks": rows},
        "response_url": "http://127.0.0.1:9/",
        "actions": [{"action_id": "pulse.answer#11", "block_id": "b1", "value": f"{person + 1}:week:4", "type": "button",
                     "text": {"type": "plain_text", "text": "4"}, "action_ts": f"{time.time():.6f}"}],
    }  # fmt: skip
    body = ("payload=" + quote_plus(json.dumps(payload))).encode()
    stamp = str(int(time.time()))
    signed = hmac.new(SECRET.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    kind = "application/x-www-form-urlencoded"
    return body, {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={signed}", "Content-Type": kind}


async def load(server: Server, count: int, at_once: int) -> tuple[float, float, float]:
    """CPU seconds per request, p50 and p99 seconds."""
    requests = [tap(n) for n in range(count)]
    waited: list[float] = []

    async def client(session: ClientSession) -> None:
        while requests:
            body, headers = requests.pop()
            began = time.perf_counter()
            async with session.post(
                f"http://127.0.0.1:{server.port}/slack/events", data=body, headers=headers
            ) as answer:
                assert answer.status == 200, answer.status
                await answer.read()
            waited.append(time.perf_counter() - began)

    async with ClientSession() as session:
        before = server.cpu()
        await asyncio.gather(*(client(session) for _ in range(at_once)))
    waited.sort()
    return (server.cpu() - before) / count, waited[count // 2], waited[int(count * 0.99)]


async def compare() -> None:
    """Print the three ratios of the taps."""
    with serving("bare") as bare, serving("bot") as bot:
        for server in (bare, bot):
            await load(server, 300, AT_ONCE)  # warm up
        cpu, p50, p99 = [], [], []
        for _ in range(ROUNDS):
            base_many, many = await load(bare, MANY, AT_ONCE), await load(bot, MANY, AT_ONCE)
            base_one, one = await load(bare, ONE_BY_ONE, 1), await load(bot, ONE_BY_ONE, 1)
            cpu.append(many[0] / base_many[0])
            p99.append(many[2] / base_many[2])
            p50.append(one[1] / base_one[1])
        for name, ratios, least, worth in (
            ("CPU per tap, 20 at once", cpu, 2.0, 0.8), ("p50 one at a time", p50, 0.3, 0.1),
            ("p99 at 20 at once", p99, 1.2, 0.5),
        ):  # fmt: skip
            spread = f"{min(ratios):.2f}–{max(ratios):.2f}"
            print(f"{name} ÷ bare Bolt ack: {statistics.median(ratios):.2f} ({spread}; reach {least}, worth {worth})")
        print(f"last round: bot {many[0] * 1000:.2f} ms CPU, {one[1] * 1000:.1f} ms p50, {many[2] * 1000:.1f} ms p99; "
              f"bare {base_many[0] * 1000:.2f}, {base_one[1] * 1000:.1f}, {base_many[2] * 1000:.1f}")  # fmt: skip


if __name__ == "__main__":
    asyncio.run(compare())
