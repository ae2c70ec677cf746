"""Checking in: from a week that went badly to what the care team found, and who never hears of it."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

import storage
from bot.care.blockers import Severity
from bot.care.cases import State, Verdict
from bot.care.health import Blank, Sign, points
from bot.care.occurrences import iso_week
from bot.care.pulse import OPEN_FOR, Outcome
from schedules.health import plan_night
from storage.cases import HealthAlert
from storage.database import scoped
from tests.conftest import MONDAY, Town
from tests.demo_driver import Card

pytestmark = pytest.mark.chats("slack", "teams")
LONG_AGO = date(2026, 1, 5)
DECLINING = (4, 4, 4, 4, 1, 1)


def answered(db: Session, person: int, *scores: int | None, seen: str = "care", comment: str = "") -> None:
    """Pulses of the last weeks, the newest last; None is a week without an answer. `seen`, `comment` of the newest."""
    for back, score in zip(range(len(scores), 0, -1), scores, strict=True):
        asked = MONDAY - timedelta(days=7 * back - 3)
        round_ = storage.pulse.open_round(db, person, iso_week(asked.date()), ["week"], asked, asked + OPEN_FOR)
        assert round_.id
        if score is None:
            storage.pulse.miss(db, round_)
            continue
        storage.pulse.tap(db, round_.id, "week", score, "care")
        if back == 1:
            storage.pulse.set_seen(db, round_, seen)
            round_.comment = comment
        storage.pulse.submit(db, round_, asked)


async def works(town: Town, *scores: int | None, seen: str = "care", comment: str = "", **more: Any) -> int:
    """Ana works for Mo, has answered so, and the nights are on the calendar."""
    await town.engage(starts_on=LONG_AGO, **more)
    ana = await town.person_id("ana")
    await town.db(lambda db: answered(db, ana, *scores, seen=seen, comment=comment))
    await town.db(lambda db: plan_night(db, town.now))
    return ana


async def night(town: Town, day: str = "2026-11-24") -> None:
    """It is the morning after a night."""
    await town.until(f"{day} 03:00", "UTC")


async def alerted(town: Town) -> Card:
    """A night has found Ana; the card as Kei has it in the care channel."""
    await works(town, *DECLINING)
    await night(town)
    return await town.person("kei").sees("Somebody to check in with", where="care")


async def alerts(town: Town) -> list[HealthAlert]:
    return await town.db(lambda db: list(db.exec(select(HealthAlert)).all()))


async def signs(town: Town) -> set[Sign]:
    """What the night would notice about Ana now."""
    ana = await town.person_id("ana")

    def look(db: Session) -> set[Sign]:
        for person, _, known in storage.health.signals(db, storage.health.team_of(db, ana), town.now):
            if person == ana:
                return {reason.sign for reason in points(known).reasons}
        raise AssertionError("nobody looked at ana")

    return await town.db(look)


async def test_a_declining_contractor_leads_to_one_alert_that_says_why(town: Town) -> None:
    card = await alerted(town)
    assert "Ana Sousa, Data engineer, works with Mo Haddad" in card.text
    assert "The latest pulse was 1 of 5; usually it is about 3.3." in card.text
    assert "2 of the last 4 pulses were low." in card.text
    assert card.notification == "Ana Sousa may be glad of a check-in."
    for day in ("2026-11-25", "2026-11-26"):
        await night(town, day)
    assert len(town.channel("care").cards("Somebody to check in with")) == 1


async def test_a_card_gives_no_number_but_those_that_were_answered(town: Town) -> None:
    card = await alerted(town)
    for word in ("%", "point", "probab", "score", "leav", "rank"):
        assert word not in card.text.lower()


async def test_neither_the_manager_nor_the_contractor_sees_the_alert(town: Town) -> None:
    await alerted(town)
    for name in ("mo", "ana", "ada"):
        await town.person(name).does_not_see("check in with")


async def test_somebody_who_is_well_is_not_spoken_of(town: Town) -> None:
    await works(town, 4, 4, 3, 4, 4, 3)
    await night(town)
    assert not await alerts(town)


async def test_who_checks_in_is_shown_on_the_card(town: Town) -> None:
    card = await alerted(town)
    await card.tap("I check in")
    await card.becomes("Kei Mori is checking in.")
    assert "I take over" in card.buttons
    await town.settle()
    assert len(town.channel("care").cards("Ana Sousa")) == 1


async def test_a_snoozed_alert_comes_back_on_its_day_and_not_before(town: Town) -> None:
    card = await alerted(town)
    await card.tap("Snooze")
    form = await town.person("kei").form("Set this aside")
    form.fill("Look again on", "2026-11-24")
    await form.submit()
    assert form.errors == {"Look again on": "Pick a day from tomorrow on, within the next 90 days."}
    form.fill("Look again on", "2026-11-27")
    await form.submit()
    await card.becomes("Set aside until Fri 27 Nov")
    await night(town, "2026-11-26")
    assert "Set aside until Fri 27 Nov" in card.text
    await night(town, "2026-11-27")
    back = await town.person("kei").sees("Back as you asked: it still stands.", where="care")
    assert "The latest pulse was 1 of 5" in back.text
    await card.becomes("There is a newer card about Ana Sousa, further down.")
    assert len(await alerts(town)) == 1


async def test_tomorrow_is_tomorrow_where_the_care_team_is(town: Town) -> None:
    card = await alerted(town)  # Tuesday in Tokyo and by UTC, Monday evening in Chicago
    await town.changes("kei", tz="America/Chicago")
    await card.tap("Snooze")
    form = await town.person("kei").form("Set this aside")
    form.fill("Look again on", "2026-11-24")
    assert not (await form.submit()).errors
    await card.becomes("Set aside until Tue 24 Nov")
    await town.until("2026-11-24 00:00", "America/Chicago")
    assert "Set aside until Tue 24 Nov" in card.text
    await town.until("2026-11-24 23:00", "America/Chicago")
    await town.person("kei").sees("Back as you asked", where="care")


async def test_a_snoozed_alert_that_no_longer_stands_closes_by_itself(town: Town) -> None:
    card = await alerted(town)
    await card.tap("Snooze")
    form = await town.person("kei").form()
    form.fill("Look again on", "2026-12-01")
    await form.submit()
    ana = await town.person_id("ana")

    def recovers(db: Session) -> None:
        for round_ in db.exec(select(storage.pulse.PulseRound).where(storage.pulse.PulseRound.person_id == ana)).all():
            round_.mean = 4.5

    await town.db(recovers)
    await night(town, "2026-12-01")
    await card.becomes("It has been calm again; this closed by itself.")


async def test_what_is_not_a_concern_is_not_told_again_though_it_goes_on(town: Town) -> None:
    card = await alerted(town)
    await card.tap("Not a concern")
    form = await town.person("kei").form("Not a concern")
    form.choose("Why not?", "There is a harmless explanation")
    form.fill("A note", "A *hard* exam; over soon")
    await form.submit()
    await card.becomes("Not a concern: there is a harmless explanation.")
    assert "exam" not in card.text
    await town.db(_no_pulse)
    for day in ("2026-11-25", "2026-12-02", "2027-01-04"):
        await night(town, day)
    found = await alerts(town)
    assert [(one.verdict, one.state) for one in found] == [(Verdict.NO_CONCERN, State.CLOSED)]


async def test_a_resolved_alert_is_quiet_for_four_weeks(town: Town) -> None:
    card = await alerted(town)
    await card.tap("Resolved")
    form = await town.person("kei").form("What did you find?")
    await form.submit()
    assert form.errors, "a verdict is what the card is for"
    form.choose("Was there a concern?", "Yes, and it is being looked after")
    await form.submit()
    await card.becomes("Somebody checked in, and this is closed.")
    await town.db(lambda db: _no_pulse(db))
    await night(town, "2026-12-19")
    assert len(await alerts(town)) == 1
    await night(town, "2026-12-22")
    assert [one.verdict for one in await alerts(town)] == [Verdict.CONCERN, Verdict.NONE]


def _no_pulse(db: Session) -> None:
    """Nothing is asked from now on, so that the weeks stay as they are."""
    for one in db.exec(select(storage.occurrences.Occurrence)).all():
        if one.kind.startswith("pulse."):
            db.delete(one)


async def test_a_case_that_calms_down_closes_by_itself_and_still_takes_a_verdict(town: Town) -> None:
    card = await alerted(town)
    await town.db(_no_pulse)
    ana = await town.person_id("ana")

    def recovers(db: Session) -> None:
        for round_ in db.exec(select(storage.pulse.PulseRound).where(storage.pulse.PulseRound.person_id == ana)).all():
            round_.mean = 4.5

    await town.db(recovers)
    await night(town, "2026-11-25")
    await card.becomes("It has become calmer since.")
    await night(town, "2026-12-07")
    await card.becomes("It has been calm again; this closed by itself.")
    await card.tap("Say what you found")
    form = await town.person("kei").form()
    form.choose("Was there a concern?", "No, all is well")
    await form.submit()
    await town.settle()
    assert "Say what you found" not in card.buttons
    assert [one.verdict for one in await alerts(town)] == [Verdict.NO_CONCERN]


async def test_something_new_in_an_open_case_gets_a_card_of_its_own(town: Town) -> None:
    await works(town, 4, 4, 4, 4, 4, 4, None, None, None)
    await town.db(_no_pulse)
    ana = await town.person_id("ana")

    def begin_lately(db: Session) -> None:
        for one in db.exec(select(storage.engagements.Engagement)).all():
            one.starts_on = date(2026, 10, 20)

    await town.db(begin_lately)
    await night(town)
    card = await town.person("kei").sees("3 weeks without an answer", where="care")

    def falls(db: Session) -> None:
        round_ = storage.pulse.open_round(db, ana, "2026-W48", ["week"], town.now, town.now + OPEN_FOR)
        storage.pulse.tap(db, round_.id or 0, "week", 1, "care")
        storage.pulse.submit(db, round_, town.now)

    await town.db(falls)
    await night(town, "2026-11-25")
    assert card.text.startswith("Somebody to check in"), "this week's budget is spent"
    await night(town, "2026-11-30")
    newer = await town.person("kei").sees("Something has been added since the last card.", where="care")
    assert "The latest pulse was 1 of 5" in newer.text
    await card.becomes("There is a newer card about Ana Sousa, further down.")
    assert len(await alerts(town)) == 1


async def test_a_team_of_twenty_has_one_alert_a_week(town: Town) -> None:
    await town.engage(starts_on=LONG_AGO)
    mo = await town.person_id("mo")

    def team(db: Session) -> None:
        for number in range(1, 21):
            person = storage.people.Person(name=f"Number {number}")
            db.add(person)
            db.flush()
            assert person.id
            db.add(storage.engagements.Engagement(contractor_id=person.id, manager_id=mo, role="QA", bottleneck="",
                                                  starts_on=LONG_AGO, status="active"))  # fmt: skip
            answered(db, person.id, *((4, 4, 4, 5, 1, 1) if number in (3, 5) else DECLINING if number == 4 else (4, 4)))
        for one in db.exec(select(storage.engagements.Engagement)).all()[:1]:
            one.status = "ended"
        plan_night(db, town.now)

    await town.db(team)
    for day in ("2026-11-24", "2026-11-25", "2026-11-29"):
        await night(town, day)
        assert [card.text.count("Number 4") for card in town.channel("care").cards("Somebody to check in")] == [1]
    await night(town, "2026-11-30")
    assert len(town.channel("care").cards("Somebody to check in with")) == 2


async def test_silence_while_away_is_not_silence(town: Town) -> None:
    ana = await works(town, 4, 4, 4, 4, None, None, None)
    assert await signs(town) == {Sign.SILENT}

    def leaves(db: Session) -> None:
        db.add(storage.away.AwayPeriod(person_id=ana, first=date(2026, 11, 6), last=date(2026, 11, 18)))

    await town.db(leaves)
    assert await signs(town) == set()


async def test_nobody_is_asked_on_their_public_holiday_nor_silent_because_of_it(town: Town) -> None:
    ana = await works(town)

    def lives(db: Session) -> None:
        storage.people.get(db, ana).country = "US"  # Thursday 26 November is Thanksgiving

    await town.db(lives)
    await town.until("2026-12-01 12:00", "Europe/Lisbon")
    await town.person("ana").does_not_see("How was your week")
    assert await town.db(lambda db: [one.outcome for one in storage.pulse.history(db, ana)]) == [Outcome.OPEN]
    assert await signs(town) == set()


async def test_a_pulse_that_never_arrived_was_not_missed(town: Town) -> None:
    ana = await works(town)

    def leaves(db: Session) -> None:
        storage.people.get(db, ana).active = False

    await town.db(leaves)
    await town.until("2026-12-01 12:00", "Europe/Lisbon")
    assert await town.db(lambda db: [one.outcome for one in storage.pulse.history(db, ana)]) == [Outcome.OPEN]


async def test_a_pulse_that_closes_while_somebody_is_muted_was_not_missed(town: Town) -> None:
    ana = await works(town)

    async def outcomes() -> list[str]:
        return await town.db(lambda db: [one.outcome for one in storage.pulse.history(db, ana)])

    await town.until("2026-11-26 16:00", "Europe/Lisbon")

    def mute(db: Session) -> None:
        storage.people.get(db, ana).muted_until = MONDAY + timedelta(days=7)

    await town.db(mute)
    await town.until("2026-12-01 12:00", "Europe/Lisbon")
    assert await outcomes() == [Outcome.OPEN]
    await town.until("2026-12-07 12:00", "Europe/Lisbon")
    assert await outcomes() == [Outcome.MISSED, Outcome.OPEN]


async def test_an_answer_only_in_totals_counts_as_answered_and_is_no_reason(town: Town) -> None:
    await works(town, 4, 4, 4, 4, None, 1, seen="totals", comment="I am exhausted")
    assert await signs(town) == set()
    ana = await town.person_id("ana")
    weeks = await town.db(
        lambda db: storage.health.signals(db, storage.health.team_of(db, ana), town.now)[0][2].weeks
    )  # fmt: skip
    assert weeks == [4, 4, 4, 4, Blank.MISSED, Blank.HIDDEN]


async def test_a_comment_is_read_only_by_those_it_was_given_to_and_never_in_the_channel(town: Town) -> None:
    await works(town, *DECLINING, comment="I am exhausted, *really*")
    await night(town)
    kei = town.person("kei")
    card = await kei.sees("Somebody to check in with", where="care")
    assert "sounds heavy" in card.text
    await card.tap("See comments")
    seen = await kei.is_told("Comments given to the care team", where="care")
    assert "“I am exhausted, *really*”" in seen.text
    await town.channel("care").does_not_see("exhausted")
    for name in ("mo", "ada"):
        await town.person(name).does_not_see("exhausted")


async def test_that_there_is_no_comment_says_of_whom(town: Town) -> None:
    """On Teams it stands in the 1:1, far from the card that it belongs to."""
    await works(town, *DECLINING)
    await night(town)
    kei = town.person("kei")
    await (await kei.sees("Somebody to check in with", where="care")).tap("See comments")
    seen = await kei.is_told("Comments given to the care team", where="care")
    assert "Ana Sousa gave the care team no comment" in seen.text


async def test_a_comment_only_for_totals_is_never_shown(town: Town) -> None:
    ana = await works(town, 4, 4, 4, 4, 1, 1, 1, seen="totals", comment="I am exhausted")

    assert await town.db(lambda db: list(storage.cases.comments(db, ana, town.now))) == []
    assert Sign.COMMENT not in await signs(town)


async def test_a_blocker_counts_once_it_has_been_open_for_more_than_a_week(town: Town) -> None:
    ana = await works(town)
    mo = await town.person_id("mo")

    def reports(db: Session, days: int) -> None:
        engagement = storage.engagements.of_contractor(db, ana)[0]
        at = MONDAY - timedelta(days=days)
        about = storage.blockers.Report(engagement.id or 0, mo, "No staging", "An account", Severity.SLOWED, at)
        storage.blockers.report(db, ana, about, at)

    await town.db(lambda db: reports(db, 6))
    assert await signs(town) == set()
    await town.db(lambda db: reports(db, 8))
    assert await signs(town) == {Sign.BLOCKED}


async def test_without_a_care_channel_each_of_the_care_team_is_written_to(town: Town) -> None:
    await works(town, *DECLINING)

    def no_channel(db: Session) -> None:
        storage.people.the_workspace(db).care_channel = ""

    await town.db(no_channel)
    await night(town)
    card = await town.person("kei").sees("Somebody to check in with")
    await card.tap("I check in")
    await card.becomes("Kei Mori is checking in.")


async def test_a_manager_and_an_admin_are_refused_with_a_sentence(town: Town) -> None:
    await works(town, *DECLINING)
    for name in ("mo", "ada"):
        await town.person(name).says("health")
        await town.person(name).sees("That is open only to the contractor or the care team")


async def test_the_care_team_lists_what_is_open_and_how_often_alerts_were_right(town: Town) -> None:
    await alerted(town)
    kei = town.person("kei")
    await kei.commands("health")
    listed = await kei.sees("Whom to check in with")
    assert "Ana Sousa, Data engineer, works with Mo Haddad" in listed.text
    assert "The latest pulse was 1 of 5" in listed.text
    assert "None has a verdict yet" in listed.text
    await listed.tap("Open")
    card = await kei.sees("Somebody to check in with")
    await card.tap("Resolved")
    form = await kei.form()
    form.choose("Was there a concern?", "Yes, and it is being looked after")
    await form.submit()
    await kei.says("health")
    listed = await kei.sees("Nobody to check in with just now.")
    assert "Of 1 with a verdict, 1 found a concern (100%)." in listed.text
    assert "a concern was found with 1 of all 1 contractors (100%)" in listed.text


async def test_the_home_of_care_counts_what_waits(town: Town) -> None:
    card = await alerted(town)
    home = await town.person("kei").home()
    assert "1 check-in is open." in home.text
    assert "1 of them is waiting" in home.text
    await card.tap("I check in")
    await town.settle()
    assert "waiting" not in (await town.person("kei").home()).text


async def test_a_contractor_sees_all_that_the_care_team_sees_about_them(town: Town) -> None:
    await alerted(town)
    ana = town.person("ana")
    await ana.says("health")
    card = await ana.sees("What the care team sees about you")
    assert "Your latest pulse was 1 of 5; usually it is about 3.3." in card.text
    assert "so somebody may write" in card.text
    home = await ana.home()
    await home.tap("What does the care team see about me?")
    kei = await town.person("kei").sees("Somebody to check in with", where="care")
    await kei.tap("Resolved")
    form = await town.person("kei").form()
    form.choose("Was there a concern?", "Yes, and it is being looked after")
    form.fill("A note", "Talked; fewer meetings from now on")
    await form.submit()
    await ana.says("health")
    card = await ana.sees("closed; something was found and is being looked after")
    assert "Talked; fewer meetings from now on" in card.text


async def test_when_the_engagement_ends_so_does_the_alert(town: Town) -> None:
    card = await alerted(town)

    def ends(db: Session) -> None:
        for one in db.exec(select(storage.engagements.Engagement)).all():
            one.status = "ended"

    await town.db(ends)
    await night(town, "2026-11-25")
    await card.becomes("The engagement no longer runs, so this closed.")


async def test_a_night_is_planned_again_each_night_and_only_once(town: Town) -> None:
    await works(town)
    await town.db(lambda db: plan_night(db, town.now + timedelta(days=3)))

    def due(db: Session) -> datetime:
        found = storage.occurrences.of(db, "health.nightly", db.info["workspace"])
        assert found
        return found.due_at

    assert (await town.db(due)).isoformat() == "2026-11-24T02:30:00+00:00"
    await night(town)
    assert (await town.db(due)).isoformat() == "2026-11-25T02:30:00+00:00"


@pytest.mark.parametrize("most", [1, 2, 3, 4, 100])
async def test_a_night_looks_at_everybody_once_and_at_whole_teams_where_they_fit(town: Town, most: int) -> None:
    mo, kei = await town.person_id("mo"), await town.person_id("kei")

    def look(db: Session) -> list[list[tuple[int, int]]]:
        people = [storage.people.Person(name=str(number)) for number in range(6)]
        db.add_all(people)
        db.flush()
        ids = [one.id or 0 for one in people]
        for contractor, manager, status in [
            (0, mo, "active"), (1, kei, "active"), (2, mo, "onboarding"), (3, mo, "paused"), (4, kei, "active"),
            (5, mo, "active"), (0, kei, "active"),
        ]:  # fmt: skip
            db.add(storage.engagements.Engagement(contractor_id=ids[contractor], manager_id=manager, role="", bottleneck="",
                                                  starts_on=LONG_AGO, status=status))  # fmt: skip
            db.flush()
        parts: list[list[tuple[int, int]]] = []
        after = storage.health.START
        while after or not parts:
            part, after = storage.health.teams(db, after, most)
            parts.append([(ids.index(one.person), one.team) for one in part])
        return parts

    parts = await town.db(look)
    assert sorted(one for part in parts for one in part) == [(0, mo), (1, kei), (2, mo), (4, kei), (5, mo)]
    assert all(len(part) <= most for part in parts)
    if most >= 3:
        assert [sum(any(one[1] == team for one in part) for part in parts) for team in (mo, kei)] == [1, 1]


async def test_another_workspace_is_none_of_this_nights_business(town: Town) -> None:
    await works(town, *DECLINING)

    def elsewhere(db: Session) -> list[storage.health.Looked]:
        with scoped(db, 99):
            return storage.health.teams(db, storage.health.START, 10)[0]

    assert await town.db(elsewhere) == []
    assert len((await town.db(lambda db: storage.health.teams(db, storage.health.START, 10)))[0]) == 1


def test_a_list_of_ids_is_one_parameter_on_either_database() -> None:
    among = storage.health.Among(col(HealthAlert.person_id), storage.health.PEOPLE)
    on = {"sqlite": sqlite.dialect(), "postgresql": postgresql.dialect()}  # type: ignore[no-untyped-call]
    said = {name: str(among.compile(dialect=dialect)) for name, dialect in on.items()}
    assert said["sqlite"] == "healthalert.person_id IN (SELECT value FROM json_each(?))"
    assert "IN (SELECT value::int FROM json_array_elements_text(CAST(%(people)s" in said["postgresql"]


async def test_answers_of_long_ago_still_tell_how_somebody_usually_is(town: Town) -> None:
    ana = await works(town, *[5] * 20)
    known = await town.db(lambda db: storage.health.signals(db, storage.health.team_of(db, ana), town.now)[0][2])
    assert (known.answers, known.mean, len(known.weeks)) == (20, 5, 11)
