"""From `python -m bot run` to the first answer, installed and migrated."""

import os
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress

from tests.bench.ground import ground
from tests.bench.taps import memory

ROUNDS = 5
IDLE = 1.0  # seconds after which it has settled
SLACK = """
import asyncio, sys
from datetime import UTC, datetime
from bot.demo.api import DemoServer
from bot.demo.workspace import Workspace
async def main():
    server = DemoServer(Workspace(now=lambda: datetime.now(UTC)))
    await server.start()
    print(server.api_url, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
asyncio.run(main())
"""


def once(api: str, url: str, port: int) -> tuple[float, float]:
    """Seconds until the bot answers over HTTP, and the megabytes it then holds when nothing happens."""
    environment = os.environ | {
        "SLACK_BOT_TOKEN": "xoxb-demo", "SLACK_SIGNING_SECRET": "s", "SLACK_API_URL": api, "PORT": str(port),
        "DATABASE_URL": url,
    }  # fmt: skip
    began = time.perf_counter()
    bot = subprocess.Popen([sys.executable, "-m", "bot", "run"], env=environment, stderr=subprocess.DEVNULL)
    try:
        while bot.poll() is None:
            with suppress(urllib.error.URLError, ConnectionError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1).close()
                took = time.perf_counter() - began
                time.sleep(IDLE)
                return took, memory(bot.pid)
            time.sleep(0.005)
    finally:
        bot.terminate()
        bot.wait()
    raise RuntimeError("the bot did not start")


def measure() -> None:
    """Print the median."""
    with ground() as url:
        slack = subprocess.Popen(
            [sys.executable, "-c", SLACK], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert slack.stdout is not None
        api = slack.stdout.readline().strip()
        took, held = zip(*(once(api, url, 18300 + n) for n in range(ROUNDS)), strict=True)
        slack.kill()
        slack.wait()
    print(f"start to first answer: {statistics.median(took):.2f} s (reach 1.5, worth reaching 0.8)")
    print(f"idle memory: {statistics.median(held):.0f} MB (reach 120, worth reaching 80)")


if __name__ == "__main__":
    measure()
