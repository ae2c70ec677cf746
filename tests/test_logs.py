"""Logs say what happened and where, and hold no token, comment or name, whatever goes wrong."""

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlmodel import Session

import storage
from bot import logs
from bot.chat import Turn
from bot.followups import AGAIN
from bot.planner import Letter
from tests.conftest import Town

COMMENT = "the quiet marmalade incident"
PERSONAL = (COMMENT, "marmalade", "Sousa", "Haddad", "ana@example.com", "xoxb-", "demo-signing-secret", "v0=")


@pytest.fixture(params=["text", "json"])
def written(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Everything the real log writes, with every logger of every library as talkative as it can be."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stderr = io.StringIO()
    monkeypatch.setattr("sys.stderr", stderr)
    logs.start(request.param)
    loggers = [root, *(one for one in root.manager.loggerDict.values() if isinstance(one, logging.Logger))]
    levels = [one.level for one in loggers]
    for one in loggers:
        one.setLevel(logging.DEBUG)
    yield stderr
    for one, before in zip(loggers, levels, strict=True):
        one.setLevel(before)
    root.handlers[:] = handlers
    root.setLevel(level)


async def comments(town: Town) -> None:
    """Ana answers with a comment, and writes what nobody understands."""
    await town.engage()
    ana = town.person("ana")
    await town.until("2026-11-26 15:00", "Europe/Lisbon")
    card = await ana.sees("Your weekly pulse")
    await card.tap("2", under="How was your week, all in all?")
    await town.settle()
    await (await ana.sees("Your weekly pulse")).tap("Add a comment")
    form = await ana.form()
    form.fill(form.labels[0], COMMENT)
    await form.submit()
    await town.settle()
    await (await ana.sees("Your weekly pulse")).tap("Submit")
    await ana.says(f"{COMMENT} happened to Mo Haddad")
    await town.settle()


async def test_a_conversation_leaves_no_personal_word_in_the_log(town: Town, written: io.StringIO) -> None:
    await comments(town)
    log = written.getvalue()
    assert "has something to report" in log  # the libraries did speak
    assert [word for word in PERSONAL if word in log] == []


async def test_a_network_that_fails_leaves_none_either(town: Town, written: io.StringIO) -> None:
    await comments(town)
    for fault in ("lose", "error", "drop", "rate_limit"):
        town.world.workspace.faults.add(fault, len(AGAIN) + 1, "chat.postMessage")
        await town.person("ana").says(f"{fault}: {COMMENT} and Mo Haddad")
        await town.settle()
        await town.goes(minutes=1)
    town.world.workspace.faults.add("error", 1, "views.open")
    await (await town.person("ana").sees(COMMENT)).tap("Report it as a blocker")
    await town.settle()
    log = written.getvalue()
    assert log.count("a follow-up did not arrive") == 4
    assert log.count("a form did not open") == 1
    assert [word for word in PERSONAL if word in log] == []


def owe(db: Session, town: Town) -> None:
    person = storage.people.by_user(db, "U0MO")
    assert person is not None
    storage.deliveries.plan(db, "note", "home.welcome", at=town.now, subject=person.id or 0, person=person.id)


async def test_an_unexpected_error_is_told_by_a_reference_that_the_log_explains(
    town: Town, written: io.StringIO
) -> None:
    def breaks(turn: Turn) -> None:
        raise KeyError(COMMENT, turn.actor.name)

    turns = town.world.app.turns
    turns.routes = {**turns.routes, "/help": replace(turns.routes["/help"], handler=breaks)}
    mo = town.person("mo")
    await mo.commands("help")
    said = (await mo.sees("Something went wrong on our side; nothing was changed.")).text
    reference = said.split("this reference: ")[1].split(".")[0].strip()
    assert len(reference) == 8
    [line] = [one for one in written.getvalue().splitlines() if reference in one]
    assert "unexpected error" in line
    assert "KeyError" in line
    assert "breaks" in line  # where it was
    assert [word for word in PERSONAL if word in written.getvalue()] == []


async def test_a_letter_that_breaks_is_in_the_ledger_by_the_same_reference(town: Town, written: io.StringIO) -> None:
    def breaks(*_: object) -> None:
        raise RuntimeError(COMMENT)

    courier = town.world.app.courier
    courier.letters = {**courier.letters, "home.welcome": Letter(breaks, False)}  # type: ignore[arg-type]
    await town.db(lambda db: owe(db, town))
    await town.settle()
    [(_key, state, reason)] = [row for row in await town.ledger() if row[0] == "note"]
    assert state == "failed"
    assert reason.removeprefix("reference ") in written.getvalue()
    assert COMMENT not in written.getvalue()


def test_a_library_that_is_angry_says_only_who_it_is_and_what_broke(written: io.StringIO) -> None:
    try:
        raise ValueError(COMMENT)
    except ValueError:
        logging.getLogger("slack_sdk.web").exception("with %s", COMMENT)
        logging.getLogger("slack_bolt.bot").error("body %s", COMMENT)
    said = written.getvalue()
    assert "slack_sdk.web has something to report" in said
    assert "slack_bolt.bot has something to report" in said
    assert "ValueError" in said
    assert COMMENT not in said


def test_for_machines_every_line_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    record = logging.LogRecord("bot.x", logging.WARNING, "", 0, "first\nsecond", None, None)
    record.key, record.secret = "pulse:1:2026-W48", COMMENT
    line = logs.JsonLines().format(record)
    assert "\n" not in line
    told = json.loads(line)
    assert (told["level"], told["logger"], told["message"]) == ("WARNING", "bot.x", "first\nsecond")
    assert told["key"] == "pulse:1:2026-W48"
    assert COMMENT not in line
