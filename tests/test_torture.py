"""Killed at random moments in a workspace where much goes wrong, the bot loses nothing, repeats nothing, forgets nothing."""

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

import storage
from bot.demo.workspace import Channel, Message, Workspace
from bot.slack.transport import MARKER
from storage.blockers import BlockerDraft
from storage.database import CareSession
from storage.deliveries import Delivery, State
from storage.pulse import PulseAnswer, PulseRound
from storage.sqlite import sqlite_engine
from tests.conftest import MONDAY
from tests.torture import verdict
from tests.torture.crowd import Crowd
from tests.torture.run import torture
from tests.torture.verdict import Verdict

SEED, KILLS, CONTRACTORS, EACH = (
    "short",
    20,
    150,
    4,
)  # `make torture` kills two hundred times, with a new seed each time


async def test_twenty_kills_lose_nothing_repeat_nothing_and_forget_nothing(tmp_path: Path) -> None:
    outcome = await torture(tmp_path, SEED, CONTRACTORS, EACH, KILLS)
    assert outcome.wrong == [], f"{outcome}\n{outcome.wrong}"
    assert outcome.verdict.sent > CONTRACTORS * 2
    assert outcome.acknowledged > CONTRACTORS * 2
    assert outcome.caught > 0  # some messages were being sent when it was killed
    assert set(outcome.struck) == {"drop", "lose", "error", "rate_limit", "slow"}


async def test_over_postgresql_neither(tmp_path: Path, migrated_postgres: str) -> None:
    outcome = await torture(tmp_path, SEED, CONTRACTORS // 2, EACH, KILLS // 2, migrated_postgres)
    assert outcome.wrong == [], f"{outcome}\n{outcome.wrong}"
    assert outcome.verdict.sent > CONTRACTORS
    assert outcome.acknowledged > CONTRACTORS
    assert outcome.caught > 0


# -- whether it would notice -------------------------------------------------------------------------------

Change = Callable[[Delivery, list[Message]], Any]


@pytest.fixture
def db(tmp_path: Path, migrated: Path) -> Iterator[Session]:
    """Of a bot that owed one message, which has arrived."""
    engine = sqlite_engine(str(shutil.copy(migrated, tmp_path / "care.db")))
    with CareSession(engine, info={"workspace": 1}) as session:
        storage.deliveries.plan(session, "note", "tests.note", at=MONDAY, channel="C1")
        row = storage.deliveries.by_key(session, "note")
        assert row is not None
        storage.deliveries.settle(session, row.id or 0, State.SENT, MONDAY, "", ("C1", "1.1"))
        session.flush()
        yield session
    engine.dispose()


def arrived(ts: str, key: str = "note") -> Message:
    return Message(ts, "C1", "B1", "", metadata={"event_type": MARKER, "event_payload": {"key": key}})


def found(db: Session, change: Change) -> tuple[Verdict, list[str]]:
    """What is said of the ledger and of what stands in the channel once this has been done to both; and about what."""
    row, messages, made = storage.deliveries.by_key(db, "note"), [arrived("1.1")], Verdict()
    assert row is not None
    change(row, messages)
    db.flush()
    workspace = Workspace(now=lambda: MONDAY)
    workspace.channels["C1"] = Channel("C1", "one", messages=messages)
    verdict.of_ledger(db, workspace, MONDAY, made)
    return made, [one.partition(":")[0] for one in made.wrong]


def becomes(**values: Any) -> Change:
    def change(row: Delivery, _: list[Message]) -> None:
        for name, value in values.items():
            setattr(row, name, value)

    return change


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (lambda row, messages: None, []),
        (lambda row, messages: messages.append(arrived("1.2")), ["repeated"]),
        (lambda row, messages: messages.append(arrived("1.2", "another")), ["unexplained"]),
        (lambda row, messages: messages.clear(), ["lost"]),
        (becomes(landed_message="1.2"), ["lost"]),
        (becomes(state=State.SKIPPED, reason="answered"), ["unexplained"]),
        (becomes(state=State.SENDING), ["unexplained", "lost"]),
        (becomes(state=State.FAILED, reason="the chat did not answer"), ["unexplained", "lost"]),
    ],
)
def test_a_message_that_is_lost_repeated_or_not_accounted_for_is_noticed(
    db: Session, change: Change, wrong: list[str]
) -> None:
    assert sorted(found(db, change)[1]) == sorted(wrong)


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"state": State.SKIPPED, "reason": "answered"}, []),
        ({"state": State.SKIPPED, "reason": ""}, ["unexplained"]),
        ({"state": State.DUE, "next_at": MONDAY + timedelta(hours=1)}, []),
        ({"state": State.DUE, "next_at": MONDAY}, ["lost"]),
        ({"state": State.FAILED, "reason": "the chat did not answer"}, ["lost"]),
    ],
)
def test_a_message_that_never_left_is_noticed_unless_the_ledger_says_why(
    db: Session, values: dict[str, Any], wrong: list[str]
) -> None:
    def change(row: Delivery, messages: list[Message]) -> None:
        messages.clear()
        becomes(**values)(row, messages)

    made, said = found(db, change)
    assert said == wrong
    assert made.sent == 0


def a_round(db: Session) -> int:
    person = storage.people.learn(db, "U1", MONDAY, name="Ana")
    made = PulseRound(person_id=person.id or 0, week="2026-W48", questions="week", asked_at=MONDAY, closes_at=MONDAY)
    db.add(made)
    db.flush()
    return made.id or 0


def test_a_question_that_was_never_planned_is_noticed(db: Session) -> None:
    a_round(db)
    assert found(db, becomes())[1] == ["lost"]


def forgotten(db: Session, **crowd: Any) -> list[str]:
    """What is said of what people did."""
    made, people = Verdict(), Crowd(None, [])  # type: ignore[arg-type]  # nobody acts here
    for name, value in crowd.items():
        getattr(people, name).update(value) if isinstance(value, dict) else getattr(people, name).extend(value)
    verdict.of_deeds(db, people, made)
    return made.forgotten


def test_a_deed_that_was_acknowledged_and_never_recorded_is_noticed(db: Session) -> None:
    storage.inbound.first_time(db, "kept", MONDAY)
    assert forgotten(db, acknowledged=["kept"]) == []
    assert forgotten(db, acknowledged=["kept", "lost"]) == ["lost"]


@pytest.mark.parametrize(("acknowledged", "kept", "well"), [
    (True, 1, True), (True, 0, False), (True, 2, False), (False, 0, True), (False, 1, True), (False, 2, False),
])  # fmt: skip
def test_words_that_were_not_kept_once_are_noticed(db: Session, acknowledged: bool, kept: int, well: bool) -> None:
    person = storage.people.learn(db, "U1", MONDAY, name="Ana")
    db.add_all([BlockerDraft(person_id=person.id or 0, text="stuck", at=MONDAY) for _ in range(kept)])
    db.flush()
    assert (forgotten(db, said={"stuck": acknowledged}) == []) is well


@pytest.mark.parametrize(("given", "kept", "well"), [
    ([(4, True), (2, True)], 2, True), ([(4, True), (2, True)], 4, False),
    ([(4, True), (2, False)], 4, True), ([(4, True), (2, False)], 2, True),
    ([(4, True)], None, False), ([(4, False)], None, True), ([(4, False)], 4, True), ([(4, False)], 3, False),
])  # fmt: skip
def test_a_score_that_is_not_the_last_one_acknowledged_or_one_after_it_is_noticed(
    db: Session, given: list[tuple[int, bool]], kept: int | None, well: bool
) -> None:
    number = a_round(db)
    if kept is not None:
        db.add(PulseAnswer(round_id=number, question="week", score=kept))
        db.flush()
    assert (forgotten(db, scores={(number, "week"): given}) == []) is well
