"""Both sides are reminded on their own clocks, through midnights, clock changes, days off and restarts."""

import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

import storage
from bot.demo.start import DemoClock, together
from tests.conftest import Town, northwind
from tests.demo_driver import Stage
from tests.demo_slack import SlackPlatform
from tests.hours import WEEK, agree, ask, at, change, engagement, propose, reminders

pytestmark = pytest.mark.chats("slack", "teams")


async def test_both_sides_are_reminded_ten_minutes_before_each_on_their_own_clock(town: Town) -> None:
    await town.engage()
    await agree(town)
    ana, mo = town.person("ana"), town.person("mo")
    await town.until("2026-11-23 14:49", "Europe/Lisbon")
    await ana.does_not_see("about to open")
    await town.until("2026-11-23 14:50", "Europe/Lisbon")
    assert "from 15:00 Lisbon / 09:00 Chicago" in (await ana.sees("about to open")).text
    assert "Nothing is expected of you" in (await ana.sees("about to open")).text
    assert "from 09:00 Chicago / 15:00 Lisbon" in (await mo.sees("about to open")).text
    await town.until("2026-11-24 14:49", "Europe/Lisbon")
    assert len(ana.cards("about to open")) == 1
    await town.until("2026-11-24 14:50", "Europe/Lisbon")
    assert len(ana.cards("about to open")) == len(mo.cards("about to open")) == 2


async def test_a_window_after_midnight_belongs_to_another_day_for_each_side(town: Town) -> None:
    await town.engage("lee", "mo")
    lee, mo = town.person("lee"), town.person("mo")
    await propose(town, "lee", ("Tuesday", "Wednesday"), "00:00", "2 hours")
    card = await mo.sees("Lee Park suggests a window")
    assert "Your clock: Mon, Tue, 12:15–14:15 Chicago" in card.text
    assert "Lee Park: Tue, Wed, 00:00–02:00 Kathmandu" in card.text
    await card.tap("Accept")
    await town.until("2026-11-23 23:49", "Asia/Kathmandu")
    await lee.does_not_see("about to open")
    await town.until("2026-11-23 23:50", "Asia/Kathmandu")
    await lee.sees("from 00:00 Kathmandu / 12:15 Chicago until 02:00 Kathmandu / 14:15 Chicago")
    await mo.sees("from 12:15 Chicago / 00:00 Kathmandu")
    assert [key for key, _ in await reminders(town)] == ["hours:1:2026-11-24:2", "hours:1:2026-11-24:5"]


async def test_a_question_asked_before_midnight_is_due_when_its_window_closes_after_it(town: Town) -> None:
    await town.engage("lee", "mo")
    await agree(town, "lee", days=WEEK, start="23:00")
    lee, mo = town.person("lee"), town.person("mo")
    await town.until("2026-11-23 23:30", "Asia/Kathmandu")
    await ask(town, "Ship it?", "lee")
    await lee.sees("commits to answer by Tue 24 Nov, 01:00 Kathmandu / Mon 23 Nov, 13:15 Chicago")
    await town.until("2026-11-24 00:59", "Asia/Kathmandu")
    await mo.does_not_see("still open")
    await town.until("2026-11-24 01:00", "Asia/Kathmandu")
    await mo.sees("The window has closed and this question is still open")


@pytest.mark.parametrize(
    ("begins", "moves", "told", "becomes", "back_told"),
    [  # the clocks of Chicago change first in March and last in autumn
        ("2027-03-01 09:00", "Mon 15 Mar", "2027-03-08 15:00", "10:00–12:00 Chicago", "2027-03-22 15:00"),
        ("2027-10-18 08:00", "Mon 1 Nov", "2027-10-25 15:00", "10:00–12:00 Chicago", "2027-11-01 15:00"),
    ],
)
async def test_a_window_that_clocks_move_is_offered_anew_a_week_before(
    town: Town, begins: str, moves: str, told: str, becomes: str, back_told: str
) -> None:
    at(town, begins)
    await town.engage()
    await agree(town)
    ana, mo = town.person("ana"), town.person("mo")
    await town.until(told.replace("15:00", "14:59"), "Europe/Lisbon")
    await mo.does_not_see("A clock change moves your golden hours")
    await town.until(told, "Europe/Lisbon")
    for person, place in ((mo, "Your clock"), (ana, "Mo Haddad")):
        card = await person.sees("A clock change moves your golden hours")
        assert f"From {moves} the golden hours" in card.text
        assert f"{place}: Mon–Fri, {becomes}" in card.text
        assert "Mon–Fri, 09:00–11:00 Chicago" in card.text
        assert "Mon–Fri, 15:00–17:00 Lisbon" in card.text
    card = await mo.sees("A clock change moves your golden hours")
    await card.tap("Keep it so")
    await card.becomes("stay as they are")
    await town.until(back_told, "Europe/Lisbon")
    assert "09:00–11:00 Chicago" in (await mo.sees("A clock change moves your golden hours")).text
    assert len(ana.cards("A clock change moves your golden hours")) == 2


@pytest.mark.parametrize(
    ("begins", "instants"),
    [
        ("2027-03-12 12:00", ["2027-03-12 14:50", "2027-03-15 14:50", "2027-03-26 14:50", "2027-03-29 13:50"]),
        ("2027-10-28 12:00", ["2027-10-28 13:50", "2027-10-29 13:50", "2027-11-01 14:50", "2027-11-08 14:50"]),
    ],
)
async def test_reminders_keep_the_contractors_wall_clock_through_clock_changes(
    town: Town, begins: str, instants: list[str]
) -> None:
    at(town, begins)
    await town.engage()
    await agree(town)
    ana, mo = town.person("ana"), town.person("mo")
    for instant in instants:
        due = datetime.fromisoformat(instant).replace(tzinfo=UTC)
        await town.world.travel(due.replace(minute=49))
        before = len(ana.cards("about to open")), len(mo.cards("about to open"))
        await town.world.travel(due)
        assert (len(ana.cards("about to open")), len(mo.cards("about to open"))) == (before[0] + 1, before[1] + 1)
        assert "from 15:00 Lisbon" in (await ana.sees("about to open")).text
    shown = [card.text for card in mo.cards("about to open")]
    assert any("from 09:00 Chicago" in text for text in shown)
    assert any("from 10:00 Chicago" in text for text in shown)


async def test_a_clock_change_can_be_answered_with_another_window(town: Town) -> None:
    at(town, "2027-03-09 12:00")
    await town.engage()
    await agree(town)
    ana, mo = town.person("ana"), town.person("mo")
    card = await mo.sees("A clock change moves your golden hours")  # it is less than a week away: at once
    await card.tap("Suggest another")
    form = await mo.form()
    form.fill("From", "09:30")
    await form.submit()
    assert "Your clock: Mon–Fri, 15:30–17:30 Lisbon" in (await ana.sees("Mo Haddad suggests a window")).text


OFF: list[tuple[str, dict[str, Any]]] = [
    ("ana", {"away_from": date(2026, 11, 24), "away_until": date(2026, 11, 24)}),
    ("mo", {"away_from": date(2026, 11, 24), "away_until": date(2026, 11, 24)}),
    ("mo", {"away_until": date(2026, 11, 24)}),
]


@pytest.mark.parametrize(("who", "values"), OFF)
async def test_nobody_is_reminded_on_a_day_on_which_either_side_is_away(
    town: Town, who: str, values: dict[str, Any]
) -> None:
    await town.engage()
    await agree(town)
    await town.until("2026-11-23 18:00", "Europe/Lisbon")
    await change(town, who, **values)
    await town.until("2026-11-25 18:00", "Europe/Lisbon")
    days = {key.split(":")[2] for key, _ in await reminders(town)}
    assert days == {"2026-11-23", "2026-11-25"}


@pytest.mark.parametrize(("who", "country", "day"), [("ana", "PT", "2026-12-01"), ("mo", "US", "2026-11-26")])
async def test_nobody_is_reminded_on_a_public_holiday_of_either_side(
    town: Town, who: str, country: str, day: str
) -> None:
    await town.engage()
    await agree(town)
    await change(town, who, country=country)
    await town.until("2026-12-02 18:00", "Europe/Lisbon")
    days = {key.split(":")[2] for key, _ in await reminders(town)}
    assert day not in days
    assert len(days) == 7


async def test_somebody_muted_is_left_alone_while_the_other_side_is_reminded(town: Town) -> None:
    await town.engage()
    await agree(town)
    await change(town, "mo", muted_until=datetime(2026, 11, 24, tzinfo=UTC))
    await town.until("2026-11-23 15:00", "Europe/Lisbon")
    assert await reminders(town) == [("hours:1:2026-11-23:1", "sent"), ("hours:1:2026-11-23:2", "skipped")]


async def test_a_paused_engagement_reminds_nobody_and_goes_on_afterwards(town: Town) -> None:
    made = await town.engage()
    await agree(town)
    await engagement(town, made, status="paused")
    await town.until("2026-11-24 18:00", "Europe/Lisbon")
    assert await reminders(town) == []
    await engagement(town, made, status="active")
    await town.until("2026-11-25 18:00", "Europe/Lisbon")
    assert len(await reminders(town)) == 2


async def test_an_ended_engagement_reminds_nobody_any_more(town: Town) -> None:
    made = await town.engage()
    await agree(town)
    await engagement(town, made, status="ended")
    await town.until("2026-11-30 18:00", "Europe/Lisbon")
    assert await reminders(town) == []
    assert await town.db(lambda db: storage.occurrences.of(db, "hours.remind", 1)) is None


async def test_a_new_manager_has_promised_nothing_and_the_contractor_is_told(town: Town) -> None:
    made = await town.engage()
    await agree(town)
    await town.engage("lee", "mo")
    await engagement(town, made, manager_id=await town.person_id("ada"))
    ana, mo = town.person("ana"), town.person("mo")
    await town.until("2026-11-23 18:00", "Europe/Lisbon")
    await ana.sees("Your golden hours have ended, since Ada Berg is your manager now")
    assert await reminders(town) == []
    await (await mo.sees("Agreed.")).tap("Golden hours")
    await mo.sees("That is open only to")


async def test_a_reminder_is_sent_once_whatever_falls_due_twice(town: Town) -> None:
    await town.engage()
    await agree(town)
    await town.until("2026-11-23 14:50", "Europe/Lisbon")

    def again(db: Session) -> None:
        storage.occurrences.plan(db, "hours.remind", 1, datetime(2026, 11, 23, 14, 50, tzinfo=UTC), "2026-11-23")

    await town.db(again)
    await town.settle()
    assert len(town.person("ana").cards("about to open")) == 1
    await town.until("2026-11-24 14:50", "Europe/Lisbon")
    assert len(town.person("ana").cards("about to open")) == 2


async def test_a_bot_that_was_down_reminds_until_the_window_opens_and_no_later(town: Town) -> None:
    await town.engage()
    await agree(town)
    ana = town.person("ana")
    at(town, "2026-11-23 14:57")  # nothing ran at 14:50
    await town.settle()
    assert len(ana.cards("about to open")) == 1
    sent = await town.db(lambda db: storage.deliveries.by_key(db, "hours:1:2026-11-23:1"))
    assert sent is not None
    assert sent.not_after == datetime(2026, 11, 23, 15, tzinfo=UTC)
    at(town, "2026-11-24 15:01")
    await town.settle()
    assert len(ana.cards("about to open")) == 1
    assert ("hours.remind:1:2026-11-24", "skipped") in [(key, state) for key, state, _ in await town.ledger()]
    await town.until("2026-11-25 14:50", "Europe/Lisbon")
    assert len(ana.cards("about to open")) == 2


async def test_a_restart_repeats_no_reminder(tmp_path: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SLACK_APP_TOKEN", "PORT", "HOST", "METRICS_PORT"):
        monkeypatch.delenv(name, raising=False)
    clock, path = DemoClock(datetime(2026, 11, 23, 9, tzinfo=UTC)), tmp_path / "care.db"
    shutil.copy(migrated, path)
    workspace = northwind(clock)

    async def while_running(work: Callable[[Town], Any]) -> None:
        async with together(workspace, clock, str(path), environment={"CARE_CHANNEL": "C0CARE"}) as world:
            await world.app.settled_in()
            await work(Town(world, Stage(SlackPlatform(world.outbox), world.settle)))

    async def first(town: Town) -> None:
        await town.engage()
        await agree(town)
        await town.until("2026-11-23 14:50", "Europe/Lisbon")
        assert len(town.person("ana").cards("about to open")) == 1

    async def second(town: Town) -> None:
        await town.until("2026-11-23 15:30", "Europe/Lisbon")
        assert len(town.person("ana").cards("about to open")) == 1
        await town.until("2026-11-24 14:50", "Europe/Lisbon")
        assert len(town.person("ana").cards("about to open")) == 2

    await while_running(first)
    await while_running(second)
