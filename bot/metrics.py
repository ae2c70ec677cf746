"""What an operator watches, for Prometheus, on a port of its own."""

import asyncio
import logging
from bisect import bisect_left
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.typedefs import Handler
from sqlalchemy.exc import DBAPIError

import storage
from bot.errors import DatabaseAway
from bot.logs import OURS
from storage.database import EVERYONE, gave_up

if TYPE_CHECKING:
    from bot.app import App

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)  # a chat gives up after three
INBOUND = "POST"  # what a chat sends; the rest are those who watch


@dataclass
class Acknowledged:
    """How long those who did something waited for an answer."""

    within: list[int] = field(default_factory=lambda: [0] * (len(SECONDS) + 1))  # the last: longer than all
    total: float = 0.0

    def note(self, seconds: float) -> None:
        """One more answer."""
        self.within[bisect_left(SECONDS, seconds)] += 1
        self.total += seconds

    @web.middleware
    async def measure(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Around every request."""
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            return await handler(request)
        finally:
            if request.method == INBOUND:
                self.note(clock() - began)


class Tally(logging.Handler):
    """How often the bot itself had something to report, by level."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.counts: Counter[str] = Counter(warning=0, error=0)

    def emit(self, record: logging.LogRecord) -> None:
        """One more."""
        self.counts[record.levelname.lower()] += 1


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the ledger holds just now."""

    counts: Mapping[str, int]
    due: int
    late: float

    def collect(self) -> Iterator[Any]:
        """Its part of what is told."""
        from prometheus_client.core import GaugeMetricFamily

        states = GaugeMetricFamily("care_deliveries", "Rows of the ledger by state", labels=["state"])
        for state in storage.deliveries.State:
            states.add_metric([state], self.counts.get(state, 0))
        yield states
        yield GaugeMetricFamily("care_deliveries_due_now", "Messages that should have left by now", self.due)
        yield GaugeMetricFamily(
            "care_deliveries_late_seconds", "How long the oldest message waits that should have left", self.late
        )


@dataclass(eq=False)
class Numbers:
    """Everything that is told, collected when somebody asks."""

    app: "App"
    tally: Tally
    ledger: "Ledger | None" = None  # None while nobody can look into it

    async def look(self) -> None:
        """Into the ledger: the rest is known without it, and told without it where the database is in trouble."""
        self.ledger = None
        now = self.app.now()
        try:
            census = await self.app.database.read(lambda db: storage.deliveries.census(db, now), EVERYONE)
        except (DBAPIError, DatabaseAway) as error:
            if not gave_up(error):
                raise
            return
        counts, oldest, due = census
        self.ledger = Ledger(counts, due, max((now - oldest).total_seconds(), 0) if oldest else 0)

    def collect(self) -> Iterator[Any]:
        """As Prometheus' own library wants it."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

        app, acks = self.app, self.app.acknowledged
        yield from self.ledger.collect() if self.ledger else ()
        trouble = bool(app.database.trouble) or self.ledger is None
        lag = (app.now() - app.ticked_at).total_seconds() if app.ticked_at else -1
        for name, about, value in (
            ("care_clock_lag_seconds", "Seconds since the last tick", lag),
            ("care_writer_queue", "Functions that wait for the writer", app.database.waiting),
            ("care_database_trouble", "1 while the database cannot be written", trouble),
            ("care_chats_connected", "Workspaces that can be written to", len(app.chats)),
        ):
            yield GaugeMetricFamily(name, about, value=value)
        limited = CounterMetricFamily("care_limited", "Calls a chat turned away as too many (429)", labels=["call"])
        for call in storage.deliveries.Call:
            limited.add_metric([call], app.courier.pacing.limited[call])
        yield limited
        yield CounterMetricFamily(
            "care_database_busy", "What the database had no room for in time", value=app.database.turned_away
        )
        logged = CounterMetricFamily("care_log_records", "What the bot's own log has", labels=["level"])
        for level, count in self.tally.counts.items():
            logged.add_metric([level], count)
        yield logged
        sums = zip([*map(str, SECONDS), "+Inf"], accumulate(acks.within), strict=True)
        yield HistogramMetricFamily(
            "care_acknowledgement_seconds", "How long a chat waited for an answer", buckets=list(sums), sum_value=acks.total
        )  # fmt: skip


def site(app: "App") -> web.Application:
    """`GET /metrics`."""
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

    numbers, registry = Numbers(app, Tally()), CollectorRegistry(auto_describe=False)
    registry.register(numbers)

    async def metrics(_: web.Request) -> web.Response:
        await numbers.look()
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def listening(_: web.Application) -> AsyncIterator[None]:
        for name in OURS:
            logging.getLogger(name).addHandler(numbers.tally)
        yield
        for name in OURS:
            logging.getLogger(name).removeHandler(numbers.tally)

    made = web.Application()
    made.cleanup_ctx.append(listening)
    made.router.add_get("/metrics", metrics)
    return made
