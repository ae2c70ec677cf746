"""A replica that was frozen, or cut off, sends nothing that another may have taken over by then."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import DatabaseAway
from bot.holds import MARGIN, Holds, Unheld

BEGAN = time.monotonic()
HOLD = (1, 1)


def now() -> datetime:
    return datetime(2026, 11, 26, 15, 0, tzinfo=UTC) + timedelta(seconds=time.monotonic() - BEGAN)


def until(seconds: float) -> datetime:
    """When a hold is over under which a send may take this long."""
    return now() + MARGIN + timedelta(seconds=seconds)


async def sends(holds: Holds, end: datetime, frozen: float) -> list[str]:
    """What left of a message, if the process is frozen when its line to the chat is just being made."""
    left, loop = list[str](), asyncio.get_running_loop()
    line = loop.create_future()

    def freeze() -> None:
        loop.call_soon_threadsafe(line.set_result, None)  # meanwhile the line is there
        time.sleep(frozen)

    try:
        async with holds.sending(HOLD, end):
            loop.call_soon(freeze)
            await line
            left.append("message")
    except DatabaseAway:
        left.append("nobody knows")
    return left


@pytest.mark.parametrize(
    ("shared", "frozen", "left"),
    [(True, 0.0, ["message"]), (True, 0.3, ["nobody knows"]), (False, 0.3, ["message"])],
    ids=["awake", "frozen", "alone"],
)
async def test_what_was_about_to_leave_when_the_process_was_frozen_leaves_no_more(
    shared: bool, frozen: float, left: list[str]
) -> None:
    assert await sends(Holds(now, shared), until(0.1), frozen) == left


async def test_a_send_may_take_as_long_as_its_hold_is_renewed() -> None:
    holds = Holds(now, shared=True)
    async with holds.sending(HOLD, until(0.1)):
        holds.renewed([HOLD], until(5))
        await asyncio.sleep(0.2)


async def test_a_send_whose_hold_another_has_is_cut_off_and_another_is_not_begun() -> None:
    holds = Holds(now, shared=True)

    async def send(end: datetime) -> None:
        async with holds.sending(HOLD, end):
            holds.renewed([(2, 1)], until(5))
            await asyncio.sleep(0.2)
            pytest.fail("it was sent")

    with pytest.raises(DatabaseAway):
        await send(until(0.1))
    with pytest.raises(Unheld):
        await send(until(-0.1))
