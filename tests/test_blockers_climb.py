"""How a blocker climbs: on whose clock, to whom, what the contractor hears, and when it is enough."""

from datetime import date, time

import pytest
from sqlmodel import Session

import storage
from bot.care.blockers import State
from tests.blockers import MORNING, STUCK, answers, asked, change, kept, report, runs_out_and_goes
from tests.conftest import Town

pytestmark = pytest.mark.chats("slack", "teams")


async def test_it_climbs_from_owner_to_manager_to_care_and_every_card_follows(town: Town) -> None:
    await report(town, whom="lee")
    ana, lee, mo = (town.person(name) for name in ("ana", "lee", "mo"))
    first = await lee.sees("Ana Sousa asks for your help")  # it is a quarter to three in Kathmandu
    assert "I ask Mo Haddad on Tue 24 Nov, 15:00 Lisbon" in (await ana.sees("What stops you:")).text
    await town.until("2026-11-24 08:59", "America/Chicago")
    await mo.does_not_see("No access to staging")  # Lee's four hours were over in Mo's night
    await town.until("2026-11-24 09:00", "America/Chicago")
    second = await mo.sees("Ana Sousa still waits for an answer from Lee Park")
    await ana.sees("There was no answer in time, so I asked Mo Haddad for you.")
    await first.becomes("asked Mo Haddad")
    await town.until("2026-11-24 13:00", "America/Chicago")
    third = await town.person("kei").sees("Nobody could help Ana Sousa so far", where="care")
    await ana.sees("There was no answer in time, so I asked the care team for you.")
    assert "Tue 24 Nov, 19:00 Lisbon / Wed 25 Nov, 00:45 Kathmandu: asked the care team" in third.text
    await third.tap("I am on it")
    await town.settle()
    for card in (first, second, third):
        await card.becomes("Kei Mori is on it")
        assert "I am on it" not in card.buttons
    await ana.sees("Kei Mori is on it.")


async def test_the_clock_stands_still_on_the_managers_public_holiday(town: Town) -> None:
    await change(town, "mo", country="US")
    await town.engage()
    await town.until("2026-11-25 16:00", "America/Chicago")  # the day before Thanksgiving
    await report(town, engaged=True)
    await town.person("mo").sees("Ana Sousa asks for your help")
    card = await town.person("ana").sees("What stops you:")
    assert "I ask the care team on Fri 27 Nov, 18:00 Lisbon" in card.text
    await town.until("2026-11-26 23:00", "America/Chicago")
    await town.channel("care").does_not_see("stuck")


async def test_who_cannot_go_on_is_helped_in_half_the_time(town: Town) -> None:
    await report(town, severity="I cannot go on")
    await town.until(MORNING, "America/Chicago")
    assert "care team on Mon 23 Nov, 17:00 Lisbon" in (await town.person("ana").sees("What stops you:")).text


async def test_an_owner_on_holiday_is_passed_over_and_the_contractor_hears_it(town: Town) -> None:
    await change(town, "lee", away_from=date(2026, 11, 20), away_until=date(2026, 12, 11))
    await report(town, whom="lee")
    ana = town.person("ana")
    assert "It goes to Mo Haddad on Mon 23 Nov, 15:00 Lisbon" in (await ana.sees("What stops you:")).text
    await town.until(MORNING, "America/Chicago")
    await ana.sees("Whoever would be next is out of reach for some days, so I asked Mo Haddad for you.")
    assert "Lee Park is out of reach for some days" in (await ana.sees("What stops you:")).text
    await town.until("2026-11-30 12:00", "Asia/Kathmandu")
    assert not town.person("lee").cards(STUCK)


async def without_care_channel(town: Town) -> None:
    def work(db: Session) -> None:
        row = storage.people.the_workspace(db)
        row.care_channel = ""
        db.add(row)

    await town.db(work)


async def test_without_a_care_channel_each_of_the_care_team_is_asked_in_their_own_hours(town: Town) -> None:
    await without_care_channel(town)
    await asked(town)
    await town.until("2026-11-23 13:00", "America/Chicago")
    kei = town.person("kei")
    await kei.does_not_see("No access to staging")  # it is four in the morning in Tokyo
    await town.until("2026-11-24 09:00", "Asia/Tokyo")
    notice = await kei.sees("Nobody could help Ana Sousa so far")
    await answers(town, "mo", "I am on it")
    await notice.becomes("Mo Haddad is on it")


async def test_whoever_was_to_be_asked_in_the_morning_is_not_once_somebody_took_it_on(town: Town) -> None:
    await without_care_channel(town)
    await asked(town)
    await town.until("2026-11-23 13:00", "America/Chicago")
    await answers(town, "mo", "I am on it")
    await town.until("2026-11-24 09:00", "Asia/Tokyo")
    await town.person("kei").does_not_see("No access to staging")


async def test_a_notice_held_back_by_an_absence_is_not_shown_once_it_is_settled(town: Town) -> None:
    await report(town)
    await town.until("2026-11-23 08:59", "America/Chicago")
    mo_id = await town.person_id("mo")
    await town.db(runs_out_and_goes(town, mo_id, date(2026, 11, 23), date(2026, 11, 23)))
    await town.settle()
    assert ("blocker:1:1:1.0", "skipped", "away or muted") in await town.ledger()
    card = await town.person("ana").sees("What stops you:")
    await card.tap("It is solved")
    await (await town.person("ana").form()).submit()
    await town.until("2026-11-24 12:00", "America/Chicago")
    assert not town.person("mo").cards(STUCK)


async def test_taken_on_but_not_solved_is_asked_again_after_one_working_day_and_then_nudged(town: Town) -> None:
    await asked(town)
    await answers(town, "mo", "I am on it")
    ana, mo = town.person("ana"), town.person("mo")
    await town.until("2026-11-24 08:59", "America/Chicago")
    await ana.does_not_see("It is not solved yet")
    await town.until("2026-11-24 09:00", "America/Chicago")
    await ana.sees("It is not solved yet, so I asked the care team.")
    await town.channel("care").sees("still stuck, a working day after somebody took it on")
    await town.until("2026-11-26 17:00", "America/Chicago")
    await mo.does_not_see("still stuck after several working days")
    await town.until("2026-11-27 09:00", "America/Chicago")
    await mo.sees("still stuck after several working days")
    await ana.sees("It is still open, so I reminded Mo Haddad.")


async def test_nobody_is_asked_for_ever(town: Town) -> None:
    await asked(town)
    await town.until("2027-02-01 09:00", "America/Chicago")
    mo, ana = town.person("mo"), town.person("ana")
    assert len(mo.cards("What stops them")) == 1
    assert len(town.channel("care").cards("What stops them")) == 3, "asked once, reminded twice"
    assert len(ana.cards(STUCK)) == 5, "the receipt, the report, and one message for each of the three"
    assert (await kept(town)).state == State.OPEN


async def test_a_muted_manager_is_left_alone_and_care_is_asked(town: Town) -> None:
    await change(town, "mo", muted_until=town.now.replace(month=12))
    await report(town)
    await town.channel("care").sees("Nobody could help Ana Sousa so far")
    await town.until("2026-11-24 17:00", "America/Chicago")
    assert not town.person("mo").cards(STUCK)


async def test_a_paused_engagement_stops_the_clock_and_goes_on_with_a_full_one(town: Town) -> None:
    await asked(town)
    ana, mo = town.person("ana"), town.person("mo")
    await mo.commands("edit @ana")
    await town.settle()
    await (await mo.sees("Pause")).tap("Pause")
    await town.settle()
    await ana.sees("the clock of your blocker stands still")
    assert "nobody's clock runs" in (await ana.sees("What stops you:")).text
    await town.until("2026-11-25 10:00", "America/Chicago")
    await town.channel("care").does_not_see("stuck")
    await (await mo.sees("Go on")).tap("Go on")
    await town.settle()
    await ana.sees("Your engagement goes on, and so does the clock")
    assert "I ask the care team on Wed 25 Nov, 20:00 Lisbon" in (await ana.sees("What stops you:")).text
    await town.until("2026-11-25 14:00", "America/Chicago")
    await town.channel("care").sees("Nobody could help Ana Sousa so far")


async def test_an_ended_engagement_closes_its_blockers_with_a_note(town: Town) -> None:
    await asked(town)
    ana, mo = town.person("ana"), town.person("mo")
    await mo.commands("edit @ana")
    await town.settle()
    await (await mo.sees("Pause")).tap("End", confirmed=True)
    await town.settle()
    await ana.sees("Your engagement has ended, so I closed your blocker")
    settled = await mo.sees("A blocker, settled")
    assert settled.buttons == []
    await town.until("2026-12-07 09:00", "America/Chicago")
    await town.channel("care").does_not_see("stuck")


async def test_a_restart_late_at_night_asks_nobody_before_morning(town: Town) -> None:
    await report(town)
    town.world.clock.put_forward(town.now.replace(day=24, hour=5))  # a night later, nothing was played in between
    await town.settle()
    await town.person("mo").does_not_see("No access to staging")
    await town.until("2026-11-24 09:00", "America/Chicago")
    await town.person("mo").sees("Ana Sousa asks for your help")
    await town.channel("care").does_not_see("stuck")


async def test_new_working_hours_of_whoever_is_asked_move_the_clock(town: Town) -> None:
    await report(town)
    mo_id = await town.person_id("mo")

    def early(db: Session) -> None:
        mo = storage.people.get(db, mo_id)
        storage.away.set_hours(
            db, mo, zone=mo.zone, days="12345", starts=time(6), ends=time(14), country="US", now=town.now
        )

    await town.db(early)
    await town.settle()
    await town.until("2026-11-23 06:00", "America/Chicago")
    assert town.person("mo").cards("Ana Sousa asks for your help")


async def test_whoever_is_asked_for_the_first_time_is_asked_once_when_they_work(town: Town) -> None:
    await report(town, whom="lee")
    lee = town.person("lee")
    await town.goes(hours=1)
    await lee.sees("When do you work?")
    await report(town, "And no desk", whom="lee", engaged=True)
    await town.goes(days=1)
    assert len(lee.cards("When do you work?")) == 1


async def test_a_contractor_who_is_away_finds_the_news_when_they_are_back(town: Town) -> None:
    await asked(town)
    await change(town, "ana", away_from=date(2026, 11, 23), away_until=date(2026, 11, 24))
    await answers(town, "mo", "I am on it")
    ana, ana_id = town.person("ana"), await town.person_id("ana")
    assert not ana.cards("Mo Haddad is on it.\n")
    await ana.sees("Mo Haddad is on it, since Mon 23 Nov, 15:00 Lisbon")
    await town.goes(days=2)

    def back(db: Session) -> None:
        storage.away.returned(db, storage.people.get(db, ana_id), town.now)

    await town.db(back)
    await town.settle()
    await ana.sees("Mo Haddad is on it.")
