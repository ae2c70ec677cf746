"""What an operator watches, for Prometheus, on a port of its own."""

from typing import TYPE_CHECKING

from aiohttp import web

import storage
from storage.database import EVERYONE

if TYPE_CHECKING:
    from bot.app import App


def site(app: "App") -> web.Application:
    """`GET /metrics`."""
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

    registry = CollectorRegistry()
    deliveries = Gauge("care_deliveries", "Rows of the ledger by state", ["state"], registry=registry)
    late = Gauge("care_deliveries_late_seconds", "Age of the oldest delivery that is due", registry=registry)
    lag = Gauge("care_clock_lag_seconds", "Seconds since the last tick", registry=registry)
    queue = Gauge("care_writer_queue", "Functions that wait for the writer", registry=registry)

    async def metrics(_: web.Request) -> web.Response:
        counts, oldest = await app.database.read(storage.deliveries.census, EVERYONE)
        for state in storage.deliveries.State:
            deliveries.labels(state).set(counts.get(state, 0))
        late.set(max((app.now() - oldest).total_seconds(), 0) if oldest else 0)
        lag.set((app.now() - app.ticked_at).total_seconds() if app.ticked_at else -1)
        queue.set(app.database.waiting)
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    made = web.Application()
    made.router.add_get("/metrics", metrics)
    return made
