"""Taps that come when they come: p99 at 1,000 a second in an open loop against bare Bolt, and memory over 100,000.

python -m tests.bench.load [taps a second …]      (default: 250 500 1000)
"""

import asyncio
import statistics
import sys

from tests.bench.taps import Server, memory, serving, tap
from tests.bench.wire import open_loop, request

ROUNDS = 5
SECONDS = 4
FLAT = 100_000  # taps over which memory is watched
AT = 20_000  # taps between two looks
CALM = 500  # taps a second while memory is watched: well below what the bot can take


async def push(server: Server, per_second: float, count: int) -> list[float]:
    """`count` different taps, `per_second` of them a second; how long each waited, sorted."""
    return await open_loop(server.port, [request(server.port, *tap(n)) for n in range(count)], per_second)


async def rates(per_second: list[int]) -> None:
    """p50 and p99 at each rate, alternating between the two servers."""
    with serving("bare") as bare, serving("bot") as bot:
        for server in (bare, bot):
            await push(server, 200, 400)  # warm up
        for rate in per_second:
            ratios, ours, theirs = [], [], []
            for _ in range(ROUNDS):
                base, mine = [await push(server, rate, rate * SECONDS) for server in (bare, bot)]
                ours.append(_p(mine, 99))
                theirs.append(_p(base, 99))
                ratios.append(ours[-1] / theirs[-1])
            print(
                f"{rate} taps/s open loop, p99 ÷ bare Bolt ack: {statistics.median(ratios):.2f} "
                f"({min(ratios):.2f}–{max(ratios):.2f}); bot {statistics.median(ours) * 1000:.1f} ms, "
                f"bare {statistics.median(theirs) * 1000:.1f} ms",
                flush=True,
            )


async def flat() -> None:
    """Resident memory while a hundred thousand taps come in."""
    with serving("bot") as bot:
        await push(bot, CALM, AT)
        held = [memory(bot.pid)]
        for _ in range(FLAT // AT):
            await push(bot, CALM, AT)
            held.append(memory(bot.pid))
    print(
        f"memory over {FLAT:,} taps: {held[0]:.0f} MB after the first {AT:,}, {held[-1]:.0f} MB at the end, "
        f"at most {max(held):.0f} MB"
    )


def _p(waited: list[float], percent: int) -> float:
    return waited[min(len(waited) - 1, len(waited) * percent // 100)]


async def measure(per_second: list[int] | None = None) -> None:
    """Both."""
    await rates(per_second or [250, 500, 1000])
    await flat()


if __name__ == "__main__":
    asyncio.run(measure([int(rate) for rate in sys.argv[1:]]))
