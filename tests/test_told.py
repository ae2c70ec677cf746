"""Who is still told what: a card leaves, and changes, only while its reader may know what is in it."""

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace

import pytest
from sqlmodel import Session, select

import schedules.health
import storage
from bot import access
from bot.care.admin import Named
from bot.care.blockers import Severity
from bot.care.people import Role
from bot.planner import NOT_THEIRS
from schedules import letters
from storage.blockers import Report
from storage.cases import HealthAlert
from storage.deliveries import PAUSED, plan
from tests.blockers import STUCK, answers, asked, change, report, runs_out_and_goes
from tests.conftest import Town
from tests.hours import agree, ask
from tests.test_health import DECLINING, works

pytestmark = pytest.mark.chats("slack", "teams")


async def no_care_channel(town: Town) -> None:
    await town.db(lambda db: setattr(storage.people.the_workspace(db), "care_channel", ""))


async def at_once(town: Town, *work: Callable[[Session], object]) -> None:
    """All of it happens before anything can leave."""
    await town.db(lambda db: [one(db) for one in work])
    await town.settle()


async def loses(town: Town, name: str, named: Named = Named.CARE) -> Callable[[Session], object]:
    """Ada takes somebody's role back."""
    person, ada = await town.person_id(name), await town.person_id("ada")
    return lambda db: storage.admin.take_back(db, storage.people.get(db, person), named, ada, town.now)


async def gains(town: Town, name: str, named: Named = Named.CARE) -> None:
    await change(town, name, **{named: True})


async def becomes_managed_by(town: Town, name: str, work: int = 1) -> Callable[[Session], object]:
    """Ada names another manager."""
    person = await town.person_id(name)

    def hand_over(db: Session) -> None:
        found = storage.engagements.get(db, work)
        before, found.manager_id = found.manager_id, person
        storage.engagements.change(db, found, "Europe/Lisbon", town.now, False, before)

    return hand_over


async def away(town: Town, name: str) -> None:
    await change(town, name, away_from=date(2026, 11, 23), away_until=date(2026, 11, 24))


async def returns(town: Town, name: str) -> None:
    person = await town.person_id(name)
    await at_once(town, lambda db: storage.away.returned(db, storage.people.get(db, person), town.now))


async def withheld(town: Town) -> list[str]:
    """The keys of what was not told since it is no longer theirs to know."""
    return [key for key, state, reason in await town.ledger() if (state, reason) == ("skipped", NOT_THEIRS)]


def test_every_letter_says_whom_it_is_for_and_whom_it_is_about_where_that_decides() -> None:
    assert set(access.LETTERS) == set(letters())
    of_something = {Role.CONTRACTOR, Role.MANAGER, Role.RESPONSIBLE}
    assert all((letter.about is not None) == bool(letter.to & of_something) for letter in letters().values())


# -- the care team ---------------------------------------------------------------------------------------------


async def test_whoever_leaves_the_care_team_before_an_alert_does_is_not_told_of_it(town: Town) -> None:
    await no_care_channel(town)
    await works(town, *DECLINING)
    await gains(town, "lee")
    tonight = SimpleNamespace(subject=town.workspace, due_at=town.now, name=storage.health.START)
    await at_once(town, lambda db: schedules.health.look(db, tonight, town.now, False), await loses(town, "kei"))
    await town.person("lee").sees("Somebody to check in with")
    await town.person("kei").does_not_see("Ana Sousa")
    assert await withheld(town) == [f"health:1:1:{await town.person_id('kei')}"]


async def test_an_alert_that_somebody_of_the_care_team_has_does_not_change_once_they_have_left_it(town: Town) -> None:
    await no_care_channel(town)
    await works(town, *DECLINING)
    await gains(town, "lee")
    await town.until("2026-11-24 03:00", "UTC")
    kei, lee = await town.person_id("kei"), await town.person_id("lee")
    read = (await town.person("kei").sees("Somebody to check in with")).text

    def takes(db: Session) -> None:
        storage.cases.take(db, db.exec(select(HealthAlert)).one(), lee, town.now)

    await at_once(town, takes, await loses(town, "kei"))
    await town.person("lee").sees("Lee Park is checking in.")
    assert (await town.person("kei").sees("Somebody to check in with")).text == read
    assert await withheld(town) == [f"health:1:1:{kei}~1"]


async def test_a_channel_that_was_the_care_channel_is_told_of_nobody_any_more(town: Town) -> None:
    await works(town, *DECLINING)
    team = town.chat.channel("team").id
    tonight = SimpleNamespace(subject=town.workspace, due_at=town.now, name=storage.health.START)
    await at_once(
        town,
        lambda db: schedules.health.look(db, tonight, town.now, False),
        lambda db: setattr(storage.people.the_workspace(db), "care_channel", team),
    )
    await town.channel("care").does_not_see("Ana Sousa")
    assert await withheld(town) == ["health:1:1"]


async def test_whoever_leaves_the_care_team_before_their_morning_hears_of_no_blocker(town: Town) -> None:
    await no_care_channel(town)
    await asked(town)
    await town.until("2026-11-23 13:00", "America/Chicago")
    await at_once(town, await loses(town, "kei"))
    await town.until("2026-11-24 09:00", "Asia/Tokyo")
    await town.person("kei").does_not_see(STUCK)
    assert await withheld(town) == [f"blocker:1:1:2.0:{await town.person_id('kei')}"]


async def test_what_is_typed_about_a_blocker_does_not_reach_a_card_of_who_has_left_the_care_team(town: Town) -> None:
    await no_care_channel(town)
    await asked(town)
    await town.until("2026-11-24 09:00", "Asia/Tokyo")
    await at_once(town, await loses(town, "kei"))
    await answers(town, "mo", "It is solved", note="She was ill, now she has the key")
    await town.person("mo").sees("now she has the key")
    assert "now she has the key" not in (await town.person("kei").sees("Nobody could help Ana Sousa so far")).text
    assert len(await withheld(town)) == 1


async def test_who_took_a_blocker_on_and_left_the_care_team_is_not_reminded_the_others_are(town: Town) -> None:
    await no_care_channel(town)
    await asked(town)
    await gains(town, "lee")
    await town.until("2026-11-24 09:00", "Asia/Tokyo")
    await answers(town, "kei", "I am on it")
    await at_once(town, await loses(town, "kei"))
    await town.until("2026-12-04 17:00", "America/Chicago")
    await town.person("lee").sees("still stuck after several working days")
    await town.person("kei").does_not_see("still stuck")


async def test_a_reminder_from_their_time_in_the_care_team_keeps_nobody_informed(town: Town) -> None:
    await no_care_channel(town)
    await asked(town)
    await town.until("2026-11-24 09:00", "Asia/Tokyo")
    await answers(town, "kei", "I am on it")
    await town.until("2026-11-25 09:00", "Asia/Tokyo")
    await town.person("kei").sees("still stuck, a working day after somebody took it on")
    await at_once(town, await loses(town, "kei"))
    await answers(town, "mo", "It is solved", note="She was ill, now she has the key")
    await town.person("kei").does_not_see("now she has the key")
    assert "That is open only to" in await town.runs("kei", "blockers.open", "1")


# -- a manager -------------------------------------------------------------------------------------------------


async def test_a_manager_who_leaves_the_care_team_is_still_told_what_managers_are(town: Town) -> None:
    await report(town)
    await gains(town, "mo")
    await at_once(town, await loses(town, "mo"))
    await town.until("2026-11-23 09:00", "America/Chicago")
    await town.person("mo").sees(STUCK)
    assert await withheld(town) == []


async def test_a_question_waits_for_a_manager_who_is_away_and_is_not_told_to_who_is_it_no_longer(town: Town) -> None:
    await town.engage()
    await agree(town)
    await away(town, "mo")
    await ask(town, "May I tell the client?")
    await at_once(town, await becomes_managed_by(town, "lee"))
    await town.until("2026-11-25 12:00", "America/Chicago")
    await town.person("mo").does_not_see("May I tell the client?")
    assert await withheld(town) == ["hours-question:1:1"]


async def test_what_becomes_of_a_question_does_not_change_the_card_of_who_was_the_manager(town: Town) -> None:
    await town.engage()
    await agree(town)
    await ask(town, "May I tell the client?")
    read = (await town.person("mo").sees("May I tell the client?")).text
    await at_once(town, await becomes_managed_by(town, "lee"))
    await town.runs("ana", "hours.got", "1")
    await town.settle()
    assert (await town.person("mo").sees("May I tell the client?")).text == read
    assert len(await withheld(town)) == 1


async def test_a_reminder_of_golden_hours_brings_no_word_to_who_was_the_manager(town: Town) -> None:
    work = await town.engage()
    await agree(town)
    mo, ana = await town.person_id("mo"), await town.person_id("ana")

    def reminds(db: Session) -> None:
        for person in (mo, ana):
            plan(db, f"reminds:{person}", "hours.reminder", at=town.now, subject="1:2026-11-23", person=person)

    await at_once(town, reminds, await becomes_managed_by(town, "lee", work))
    await town.person("mo").does_not_see("about to open")
    assert await withheld(town) == [f"reminds:{mo}"]


async def test_who_was_the_manager_is_not_told_that_the_engagement_is_paused_or_has_ended(town: Town) -> None:
    await town.engage()
    ada = await town.person_id("ada")

    def pauses(db: Session) -> None:
        storage.engagements.pause(db, storage.engagements.get(db, 1), town.now, ada)

    await at_once(town, pauses, await becomes_managed_by(town, "lee"))
    await town.person("mo").sees("Ana Sousa works with Lee Park as Data engineer from now on.")
    await town.person("mo").does_not_see("is paused")
    await town.person("ana").sees("is paused")


async def test_what_was_held_back_for_a_manager_is_not_shown_on_the_return_of_who_is_it_no_longer(town: Town) -> None:
    await report(town, whom="lee")
    await gains(town, "mo", Named.ADMIN)
    await away(town, "mo")
    mo, ana, lee = [await town.person_id(name) for name in ("mo", "ana", "lee")]

    def owed(db: Session) -> None:
        told = Report(1, lee, "And no desk", "", Severity.SLOWED, town.now)
        second = storage.blockers.report(db, ana, told, town.now)
        for about, key in ((1, "first"), (second.id or 0, "second")):
            plan(db, key, "blockers.notice", at=town.now, subject=about, person=mo)

    await at_once(town, owed)
    assert ("first", "skipped", PAUSED) in await town.ledger()
    await at_once(town, await becomes_managed_by(town, "kei"))
    await returns(town, "mo")
    await town.person("mo").does_not_see(STUCK)
    await town.person("mo").does_not_see("And no desk")
    assert [state for key, state, _ in await town.ledger() if key.startswith("back:")] == ["skipped"]


async def test_who_is_the_manager_no_longer_when_they_could_be_asked_is_not_told_of_a_blocker(town: Town) -> None:
    await report(town, whom="lee")
    await town.until("2026-11-24 08:59", "America/Chicago")
    mo = await town.person_id("mo")
    await at_once(town, runs_out_and_goes(town, mo, date(2026, 11, 24), date(2026, 11, 25)))
    assert ("blocker:1:1:2.0", "skipped", PAUSED) in await town.ledger()
    await at_once(town, await becomes_managed_by(town, "kei"))
    await returns(town, "mo")
    await town.person("mo").does_not_see(STUCK)
    assert "blocker:1:1:2.0" in await withheld(town)


async def test_who_was_asked_for_help_and_read_it_keeps_an_up_to_date_card(town: Town) -> None:
    await report(town, whom="lee")
    await answers(town, "lee", "Hand it over", whom="mo")
    await town.until("2026-11-23 09:00", "America/Chicago")
    await answers(town, "mo", "I am on it")
    await (await town.person("lee").sees("What stops them")).becomes("Mo Haddad is on it")
    assert await withheld(town) == []


# -- an admin --------------------------------------------------------------------------------------------------


async def test_who_is_an_admin_no_longer_is_not_asked_whom_to_take_into_the_care_team(town: Town) -> None:
    await gains(town, "mo", Named.ADMIN)
    await away(town, "mo")
    await town.enters("lee", "care")
    await town.person("ada").sees("Lee Park joined the care channel.")
    await at_once(town, await loses(town, "mo", Named.ADMIN))
    await returns(town, "mo")
    await town.person("mo").does_not_see("Lee Park joined")
    mo, lee = await town.person_id("mo"), await town.person_id("lee")
    assert await withheld(town) == [f"care-joined:{lee}:{mo}"]


async def test_who_is_an_admin_no_longer_is_not_told_that_an_introduction_finds_no_way(town: Town) -> None:
    work = await town.engage()
    await gains(town, "mo", Named.ADMIN)
    mo = await town.person_id("mo")

    def waits(db: Session) -> None:
        one = storage.onboarding.offer(db, work)
        one.state = "approved"
        storage.onboarding.keep(db, one)
        plan(db, "no-way", "onboarding.no_way", at=town.now, subject=one.id or 0, person=mo)

    await at_once(town, waits, await loses(town, "mo", Named.ADMIN))
    assert await withheld(town) == ["no-way"]
