"""How a fault that is switched on shows over HTTP, whichever chat it strikes."""

import asyncio

from aiohttp import web

from bot.demo.faults import Fault
from bot.demo.organisation import Exchange, Json


async def before(
    request: web.Request, exchange: Exchange, fault: Fault, limited: Json, broken: int
) -> web.StreamResponse | None:
    """What happens instead of the call: `limited` is the body of a 429, `broken` the status of a bad day."""
    if fault.kind == "slow":
        exchange.note = f"slow: {fault.seconds:g} s"
        await asyncio.sleep(fault.seconds)
    if fault.kind == "lose":
        exchange.note = "lost before it was accepted"
        return hang_up(request)
    if fault.kind == "rate_limit":
        exchange.status, exchange.note = 429, "told to wait"
        return web.json_response(limited, status=429, headers={"Retry-After": str(int(fault.seconds))})
    if fault.kind == "error":
        exchange.status, exchange.note = broken, "broken on purpose"
        return web.Response(status=broken, text="internal_error")
    return None


def hang_up(request: web.Request) -> web.StreamResponse:
    """End the connection without an answer."""
    if request.transport:
        request.transport.abort()
    return web.Response()
