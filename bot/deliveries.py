"""`python -m bot deliveries`: who was to get what and when, why somebody did not, and once more by hand.

It works beside a running bot, which takes up what is to be sent again within seconds. It shows no word of any message.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from sqlmodel import Session

import storage
from bot.care.people import PersonRow
from bot.errors import N_, NoMessage, NoSuchDelivery, NothingToRepeat, OfNoUse
from bot.language import _, ngettext
from bot.settings import Settings
from storage.database import EVERYONE, open_database, scoped
from storage.deliveries import Delivery, State

WENT_WELL, NOTHING_DONE = 0, 1  # exit codes
STATES = {
    State.DUE: N_("waits to be sent"),
    State.SENDING: N_("is being sent"),
    State.SENT: N_("was sent"),
    State.SKIPPED: N_("was skipped"),
    State.FAILED: N_("failed"),
}


async def main(settings: Settings, now: datetime, *, failed: bool, retry: str, why: str) -> int:
    """List what failed, send one again, tell the story of one, or count. 1 when there was nothing to do."""
    database = open_database(settings.store.database_url)
    await database.prepare()
    database.open()

    def work(db: Session) -> list[str]:
        if retry:
            return [line for one in _found(db, retry) for line in _again(db, one, now)]
        if why:
            return [line for one in _found(db, why) for line in _in(db, one, story)]
        return (
            [line for one in storage.deliveries.failed(db) for line in _in(db, one, brief)]
            if failed
            else totals(db, now)
        )

    try:
        said = await database.write(work, EVERYONE)
    finally:
        await database.close()
    print("\n".join(said) if said else _("No message has failed."))
    return WENT_WELL if said or failed else NOTHING_DONE


def _found(db: Session, key: str) -> list[Delivery]:
    """The message of this key, in each workspace that has one. Raises NoSuchDelivery."""
    if found := list(storage.deliveries.everywhere(db, key)):
        return found
    raise NoSuchDelivery(key=key)


def _in(db: Session, delivery: Delivery, tell: Callable[[Session, Delivery], Iterator[str]]) -> list[str]:
    with scoped(db, delivery.workspace_id):
        return list(tell(db, delivery))


def _again(db: Session, delivery: Delivery, now: datetime) -> Iterator[str]:
    """Owe it once more. Raises NothingToRepeat, NoMessage or OfNoUse."""
    if delivery.state not in (State.FAILED, State.SKIPPED):
        raise NothingToRepeat(key=delivery.key, state=_(STATES[State(delivery.state)]))
    if delivery.person_id is None and not delivery.channel:
        raise NoMessage(key=delivery.key)
    if delivery.not_after is not None and delivery.not_after < now:
        raise OfNoUse(key=delivery.key, until=_at(delivery.not_after))
    with scoped(db, delivery.workspace_id):
        storage.deliveries.again(db, delivery.key, delivery.channel, now)
    yield _("{key} is due again; a running bot sends it within seconds.").format(key=delivery.key)


def totals(db: Session, now: datetime) -> list[str]:
    """How many there are in each state."""
    counts, _oldest, due = storage.deliveries.census(db, now)
    lines = [f"{_(STATES[state])}: {counts.get(state, 0)}" for state in State]
    return [*lines, ngettext("{n} should have left by now", "{n} should have left by now", due).format(n=due)]


def brief(db: Session, delivery: Delivery) -> Iterator[str]:
    """One line: when, what, to whom, why not."""
    at = _at(delivery.done_at or delivery.due_at)
    yield f"{at}  {delivery.key}  {delivery.kind}  {_whom(db, delivery)}  {delivery.reason}"


def story(db: Session, delivery: Delivery) -> Iterator[str]:
    """Everything the ledger knows of one message."""
    state, place = State(delivery.state), storage.people.the_workspace(db)
    yield _("{key}, a {kind} to {whom} ({workspace})").format(
        key=delivery.key, kind=delivery.kind, whom=_whom(db, delivery), workspace=place.name or place.team)  # fmt: skip
    yield _("due {at}").format(at=_at(delivery.due_at))
    if delivery.not_after is not None:
        yield _("of use until {at}").format(at=_at(delivery.not_after))
    if delivery.attempts:
        yield ngettext("{n} attempt", "{n} attempts", delivery.attempts).format(n=delivery.attempts)
    if delivery.ambiguous and state in (State.DUE, State.SENDING):
        yield _("the last one may have arrived: it is looked for before it is sent again")
    for first in filter(None, (delivery.thread, delivery.updates)):
        yield _("goes after {key}").format(key=first)
    if state == State.DUE:
        yield _("next attempt {at}").format(at=_at(delivery.next_at))
    elif delivery.done_at is not None:
        yield f"{_(STATES[state])} {_at(delivery.done_at)}" + (f": {delivery.reason}" if delivery.reason else "")
    else:
        yield _(STATES[state])
    if delivery.landed_message:
        yield _("it is message {message} in {channel}").format(
            message=delivery.landed_message, channel=delivery.landed_channel)  # fmt: skip
    for later in storage.deliveries.changes(db, delivery.key):
        yield _("changed by {key}: {state} {reason}").format(
            key=later.key, state=_(STATES[State(later.state)]), reason=later.reason).rstrip()  # fmt: skip


def _whom(db: Session, delivery: Delivery) -> str:
    person: PersonRow | None = storage.people.get(db, delivery.person_id) if delivery.person_id else None
    if person is None:
        return delivery.channel or _("nobody")
    return f"{person.name} ({person.user})" if person.user else person.name


def _at(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
