"""Away, muted, and when somebody works: what is not asked, and what comes once on their return."""

from datetime import date, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

import storage
from bot import care
from bot.care.away import LONGEST, Wrong
from bot.care.occurrences import DAY
from tests.conftest import Town
from tests.demo_driver import Person
from tests.hours import agree

pytestmark = pytest.mark.chats("slack", "teams")

DAYS = st.dates(date(2026, 1, 1), date(2026, 4, 1))
PERIODS = st.lists(st.tuples(DAYS, st.integers(0, 9)).map(lambda p: (p[0], p[0] + timedelta(days=p[1]))), max_size=6)


def days_of(periods: list[tuple[date, date]]) -> set[date]:
    return {first + timedelta(days=n) for first, last in periods for n in range((last - first).days + 1)}


# -- the rules -----------------------------------------------------------------------------------------------


@given(PERIODS)
def test_joining_absences_keeps_every_day_and_leaves_gaps_between_them(periods: list[tuple[date, date]]) -> None:
    found = care.away.joined(periods)
    assert days_of(found) == days_of(periods)
    assert all(earlier[1] + DAY < later[0] for earlier, later in pairwise(found))


@given(PERIODS, DAYS)
def test_coming_back_frees_the_running_absence_alone_and_keeps_the_past(
    periods: list[tuple[date, date]], today: date
) -> None:
    before = care.away.joined(periods)
    after = care.away.back(before, today)
    running = days_of([period for period in before if period[0] <= today <= period[1]])
    assert days_of(after) == days_of(before) - {day for day in running if day >= today}


@given(PERIODS, DAYS)
def test_what_is_ahead_is_what_has_not_ended(periods: list[tuple[date, date]], today: date) -> None:
    found = care.away.ahead(periods, today)
    assert {day for day in days_of(found) if day >= today} == {day for day in days_of(periods) if day >= today}
    assert all(last >= today for _first, last in found)


@pytest.mark.parametrize(
    ("first", "last", "wrong"),
    [
        (date(2026, 11, 23), date(2026, 11, 23), {}),
        (date(2026, 10, 23), date(2026, 11, 23), {}),
        (None, None, {"first": Wrong.MISSING, "last": Wrong.MISSING}),
        (date(2026, 11, 25), date(2026, 11, 24), {"last": Wrong.BACKWARDS}),
        (date(2026, 11, 20), date(2026, 11, 22), {"last": Wrong.PAST}),
        (date(2026, 10, 22), date(2026, 11, 23), {"first": Wrong.TOO_EARLY}),
        (date(2026, 11, 23), date(2026, 11, 23) + LONGEST, {}),
        (date(2026, 11, 23), date(2026, 11, 24) + LONGEST, {"last": Wrong.TOO_LONG}),
    ],
)
def test_an_absence_ends_on_a_day_to_come_within_a_year(
    first: date | None, last: date | None, wrong: dict[str, Wrong]
) -> None:
    assert care.away.wrong_period(first, last, date(2026, 11, 23)) == wrong


def test_hours_need_a_day_a_length_and_a_region_that_is_known() -> None:
    nine, five = time(9), time(17)
    assert care.away.wrong_hours("Europe/Berlin", ["1"], nine, five, "DE", "BY") == {}
    assert care.away.wrong_hours("Europe/Berlin", ["1"], five, nine, "", "") == {}
    assert care.away.wrong_hours(None, [], nine, nine, "DE", "XX") == {
        "zone": Wrong.MISSING, "days": Wrong.NO_DAYS, "ends": Wrong.NO_HOURS, "region": Wrong.REGION,
    }  # fmt: skip


# -- away ----------------------------------------------------------------------------------------------------


async def says_away(who: Person, first: str, last: str) -> None:
    await (await who.home()).tap("I'm away")
    form = await who.form("I'm away")
    form.fill("First day away", first)
    form.fill("Last day away", last)
    await form.submit()
    assert form.errors == {}


async def test_nothing_is_asked_of_somebody_away_and_the_pulse_comes_once_when_they_are_back(town: Town) -> None:
    await town.engage()
    ana = town.person("ana")
    await says_away(ana, "2026-11-25", "2026-11-26")
    await town.until("2026-11-27 08:59", "Europe/Lisbon")
    await ana.does_not_see("Your weekly pulse")
    await town.until("2026-11-27 09:00", "Europe/Lisbon")
    card = await ana.sees("Your weekly pulse")
    await card.tap("4", under="How was your week, all in all?")
    await town.settle()
    await (await ana.sees("Your weekly pulse")).tap("Submit")
    await card.becomes("Thank you, your pulse is in")
    await town.until("2026-12-02 09:00", "Europe/Lisbon")
    assert len(ana.cards("This round has closed")) == 1
    assert not [key for key, _state, _reason in await town.ledger() if key.startswith("pulse-remind")]


async def test_what_waits_is_shown_on_the_home_while_somebody_is_away(town: Town) -> None:
    await town.engage()
    ana = town.person("ana")
    await says_away(ana, "2026-11-25", "2026-12-04")
    home = await (await ana.home()).becomes("You are away 25 Nov – 4 Dec 2026.")
    assert "Waiting for your return" not in home.text
    await town.until("2026-11-26 15:00", "Europe/Lisbon")
    home = await ana.home()
    assert "Waiting for your return: your weekly pulse." in home.text


async def test_a_round_that_is_nearly_over_is_not_asked_on_return(town: Town) -> None:
    """It closes on Sunday at 15:00; on Saturday at 16:00 there is less than a day left."""
    await town.engage()
    ana, person = town.person("ana"), await town.person_id("ana")
    await says_away(ana, "2026-11-25", "2026-11-30")
    await town.until("2026-11-28 16:00", "Europe/Lisbon")
    await (await ana.home()).tap("I'm back")
    await ana.does_not_see("Your weekly pulse")
    assert await town.db(lambda db: [one.paused for one in storage.pulse.history(db, person)]) == [True]


async def test_what_waits_for_monday_is_not_lost_when_another_absence_is_added_on_saturday(town: Town) -> None:
    mo, person = town.person("mo"), await town.person_id("mo")
    await says_away(mo, "2026-11-25", "2026-11-27")
    await town.until("2026-11-26 12:00", "America/Chicago")
    await town.db(lambda db: storage.away.ask_hours(db, person, town.now))
    await town.until("2026-11-28 12:00", "America/Chicago")
    await says_away(mo, "2026-12-21", "2026-12-24")
    await mo.does_not_see("When do you work?")
    await town.until("2026-11-30 09:00", "America/Chicago")
    await mo.sees("When do you work?")
    found = await town.db(lambda db: storage.people.get(db, person))
    assert found.away_until == date(2026, 12, 24)


async def test_what_is_done_on_the_home_shows_there_and_sends_no_message(town: Town) -> None:
    ana = town.person("ana")
    await says_away(ana, "2026-12-07", "2026-12-11")
    await (await ana.home()).becomes("You are away 7–11 Dec 2026.")
    await town.settle()
    assert not ana.cards("Kept: you are away")


async def test_i_am_back_ends_the_absence_today_and_leaves_later_ones(town: Town) -> None:
    await town.engage()
    ana, person = town.person("ana"), await town.person_id("ana")
    await says_away(ana, "2026-11-20", "2026-11-27")
    await says_away(ana, "2026-12-21", "2026-12-24")
    await (await ana.home()).tap("I'm back")
    await town.settle()
    assert await town.db(lambda db: storage.away.periods(db, [person])) == {
        person: [(date(2026, 11, 20), date(2026, 11, 22)), (date(2026, 12, 21), date(2026, 12, 24))]
    }
    await town.until("2026-11-26 15:00", "Europe/Lisbon")
    await ana.sees("Your weekly pulse")
    found = await town.db(lambda db: storage.people.get(db, person))
    assert (found.away_from, found.away_until) == (date(2026, 12, 21), date(2026, 12, 24))


async def test_an_absence_that_is_over_gives_way_to_the_next_and_stays_known(town: Town) -> None:
    mo, person = town.person("mo"), await town.person_id("mo")
    await says_away(mo, "2026-11-24", "2026-11-25")
    await says_away(mo, "2026-11-30", "2026-12-01")
    found = await town.db(lambda db: storage.people.get(db, person))
    assert found.away_until == date(2026, 11, 25)
    await town.until("2026-11-26 09:00", "America/Chicago")
    found = await town.db(lambda db: storage.people.get(db, person))
    assert (found.away_from, found.away_until) == (date(2026, 11, 30), date(2026, 12, 1))
    await town.until("2026-12-03 09:00", "America/Chicago")
    found = await town.db(lambda db: storage.people.get(db, person))
    assert (found.away_from, found.away_until) == (None, None)
    assert len((await town.db(lambda db: storage.away.periods(db, [person])))[person]) == 2


async def test_an_absence_to_come_is_cancelled_from_the_settings(town: Town) -> None:
    ana = town.person("ana")
    await ana.says("settings")
    settings = await ana.sees("Your settings")
    await settings.tap("I'm away")
    form = await ana.form("I'm away")
    assert form.value("First day away") == "2026-11-23"
    form.fill("First day away", "2026-12-07")
    form.fill("Last day away", "2026-12-11")
    await form.submit()
    await settings.becomes("7–11 Dec 2026")
    await settings.choose("I won't be away after all", "7–11 Dec 2026")
    await town.settle()
    assert "Dec 7" not in settings.text


async def test_an_absence_that_ends_before_it_begins_comes_back_with_what_was_typed(town: Town) -> None:
    ana = town.person("ana")
    await (await ana.home()).tap("I'm away")
    form = await ana.form("I'm away")
    form.fill("First day away", "2026-12-04")
    form.fill("Last day away", "2026-12-01")
    await form.submit()
    assert form.errors == {"Last day away": "This is before the first day. Give the last day you are away."}
    assert form.value("First day away") == "2026-12-04"


async def test_several_things_that_waited_come_in_one_card_with_a_button_each(town: Town) -> None:
    await town.engage()
    ana, person = town.person("ana"), await town.person_id("ana")
    await says_away(ana, "2026-11-25", "2026-11-26")

    def ask(db: Session) -> None:
        storage.away.ask_hours(db, person, town.now)

    await town.until("2026-11-25 12:00", "Europe/Lisbon")
    await town.db(ask)
    await town.until("2026-11-27 09:00", "Europe/Lisbon")
    card = await ana.sees("This came up meanwhile")
    assert card.buttons == ["Show it", "Show it"]
    await ana.does_not_see("1 = not at all")
    await card.tap("Show it", nth=1)
    await town.settle()
    await ana.sees("When do you work?")
    assert (await ana.sees("This came up meanwhile")).buttons == ["Show it"]
    await (await ana.sees("This came up meanwhile")).tap("Show it")
    await town.settle()
    await ana.sees("1 = not at all")
    await ana.sees("That was all that came up meanwhile.")


# -- mute -----------------------------------------------------------------------------------------------------


async def test_one_tap_mutes_for_a_week_and_says_until_when(town: Town) -> None:
    await town.engage()
    ana = town.person("ana")
    await ana.says("hello")
    welcome = await ana.sees("Hello, I am Contractor Care")
    await welcome.tap("Mute for a week")
    await ana.sees("I ask you nothing until Mon 30 Nov, 09:00 Lisbon.")
    assert "Hello, I am Contractor Care" in welcome.text
    await town.until("2026-11-29 23:00", "Europe/Lisbon")
    await ana.does_not_see("Your weekly pulse")
    await town.until("2026-12-03 15:00", "Europe/Lisbon")
    await ana.sees("Your weekly pulse")


async def test_to_be_asked_again_shows_at_once_what_waited(town: Town) -> None:
    await town.engage()
    ana = town.person("ana")
    await (await ana.home()).tap("Mute for a week")
    await town.until("2026-11-26 15:00", "Europe/Lisbon")
    home = await ana.home()
    assert "Waiting for your return: your weekly pulse." in home.text
    await home.tap("Ask me again now")
    await town.settle()
    await ana.sees("Your weekly pulse")
    assert "Waiting for your return" not in (await ana.home()).text


async def test_a_mute_until_a_day_ends_in_its_morning_and_never_in_the_past(town: Town) -> None:
    ana, person = town.person("ana"), await town.person_id("ana")
    await (await ana.home()).tap("Mute until…")
    form = await ana.form("Mute")
    form.fill("Ask me again on", "2026-11-23")
    await form.submit()
    assert form.errors == {"Ask me again on": "This day is over. Give one that is still to come."}
    form.fill("Ask me again on", "2026-11-27")
    await form.submit()
    assert form.errors == {}
    found = await town.db(lambda db: storage.people.get(db, person))
    assert str(found.muted_until) == "2026-11-27 09:00:00+00:00"


async def test_the_end_of_a_mute_does_not_end_an_absence(town: Town) -> None:
    await town.engage()
    ana, person = town.person("ana"), await town.person_id("ana")
    await (await ana.home()).tap("Mute for a week")
    await says_away(ana, "2026-11-23", "2026-12-18")
    await town.until("2026-11-26 15:00", "Europe/Lisbon")
    await (await ana.home()).tap("Ask me again now")
    await ana.does_not_see("Your weekly pulse")
    assert await town.db(lambda db: [one.paused for one in storage.pulse.history(db, person)]) == [True]
    assert "Waiting for your return: your weekly pulse." in (await ana.home()).text


# -- when somebody works ----------------------------------------------------------------------------------------


async def weeks(town: Town, name: str) -> list[str]:
    """The weeks in which somebody was asked, oldest first."""
    person = await town.person_id(name)
    return await town.db(lambda db: [one.week for one in reversed(storage.pulse.history(db, person))])


async def sets_hours(who: Person, **given: str) -> None:
    await who.says("settings")
    await (await who.sees("Your settings")).tap("Set my hours")
    form = await who.form("Your working hours")
    for label, text in given.items():
        name = {"zone": "Time zone", "starts": "From", "ends": "Until", "country": "Public holidays of"}[label]
        (form.fill if label in ("starts", "ends") else form.choose)(name, text)
    await form.submit()
    assert form.errors == {}


async def test_hours_are_filled_in_from_the_profile_and_kept_against_it(town: Town) -> None:
    lee, person = town.person("lee"), await town.person_id("lee")
    await lee.says("settings")
    settings = await lee.sees("Your settings")
    await settings.tap("Set my hours")
    form = await lee.form("Your working hours")
    assert form.value("Time zone") == "Kathmandu"
    assert form.value("From") == "09:00"
    form.choose("Time zone", "Buenos Aires (Argentina)")
    form.choose("Working days", "Sunday", "Monday", "Tuesday", "Wednesday")
    form.fill("From", "22:00")
    form.fill("Until", "06:00")
    form.choose("Public holidays of", "Nepal")
    await form.submit()
    await settings.becomes("Buenos Aires")
    assert "22:00–06:00" in settings.text
    assert "Nepal" in settings.text
    assert "come from your profile" not in settings.text
    await town.changes("lee", tz="Asia/Tokyo")
    assert (await town.db(lambda db: storage.people.get(db, person))).zone == "America/Argentina/Buenos_Aires"


async def test_hours_that_cannot_be_come_back_with_a_sentence_under_each(town: Town) -> None:
    lee = town.person("lee")
    await lee.says("settings")
    await (await lee.sees("Your settings")).tap("Set my hours")
    form = await lee.form("Your working hours")
    form.fill("Until", "09:00")
    form.choose("Public holidays of", "Germany")
    form.fill("Region", "Bavaria")
    await form.submit()
    assert form.errors["Until"] == "Start and end are the same; give the hours you usually work."
    assert "give one of BB, BE" in form.errors["Region"]
    assert form.value("Region") == "Bavaria"


async def test_a_contractor_who_moves_east_is_still_asked_this_week(town: Town) -> None:
    """At 10:00 in Lisbon on Thursday it is past 15:00 in Tokyo: the question comes at once, not next week."""
    await town.engage()
    ana = town.person("ana")
    await town.until("2026-11-26 10:00", "Europe/Lisbon")
    await sets_hours(ana, zone="Tokyo")
    await town.settle()
    await ana.sees("Your weekly pulse")
    await town.until("2026-12-03 14:59", "Asia/Tokyo")
    assert await weeks(town, "ana") == ["2026-W48"]
    await town.until("2026-12-03 15:00", "Asia/Tokyo")
    assert await weeks(town, "ana") == ["2026-W48", "2026-W49"]


async def test_a_contractor_who_moves_west_is_not_asked_twice_in_a_week(town: Town) -> None:
    await town.engage()
    ana = town.person("ana")
    await town.until("2026-11-26 15:00", "Europe/Lisbon")
    await sets_hours(ana, zone="Chicago")
    await town.until("2026-12-03 14:59", "America/Chicago")
    assert await weeks(town, "ana") == ["2026-W48"]
    await town.until("2026-12-03 15:00", "America/Chicago")
    assert await weeks(town, "ana") == ["2026-W48", "2026-W49"]


async def test_a_zone_changed_in_the_profile_moves_the_pulse_of_who_has_not_set_hours(town: Town) -> None:
    await town.engage()
    ana = town.person("ana")
    await town.changes("ana", tz="America/New_York")
    await town.until("2026-11-26 14:59", "America/New_York")
    await ana.does_not_see("Your weekly pulse")
    await town.until("2026-11-26 15:00", "America/New_York")
    await ana.sees("Your weekly pulse")


async def test_a_new_contractor_who_sets_hours_is_not_asked_for_a_week_before_they_came(town: Town) -> None:
    """Monday morning, a pulse on Sundays: yesterday's was before their time."""
    person = await town.person_id("ana")

    def on_sundays(db: Session) -> None:
        schedule = storage.pulse.schedule(db, person)
        schedule.weekday, schedule.at = 7, time(20)
        db.add(schedule)

    await town.db(on_sundays)
    await town.engage()
    ana = town.person("ana")
    await sets_hours(ana, zone="Madrid")
    await town.settle()
    await ana.does_not_see("Your weekly pulse")
    await town.until("2026-11-29 20:00", "Europe/Madrid")
    await ana.sees("Your weekly pulse")


async def test_an_unknown_zone_in_a_profile_changes_nothing(town: Town) -> None:
    person = await town.person_id("lee")
    await town.db(lambda db: storage.people.learn(db, town.chat.person("lee").id, town.now, zone="Mars/Olympus"))
    assert (await town.db(lambda db: storage.people.get(db, person))).zone == "Asia/Kathmandu"


async def test_hours_are_asked_for_once_and_can_be_confirmed_in_one_tap(town: Town) -> None:
    mo, person = town.person("mo"), await town.person_id("mo")
    for _ in range(2):
        await town.db(lambda db: storage.away.ask_hours(db, person, town.now))
    await town.settle()
    card = await mo.sees("When do you work?")
    assert len(mo.cards("When do you work?")) == 1
    assert "Mon–Fri, 09:00–17:00 Chicago" in card.text
    await card.tap("That's right as it is")
    await card.becomes("Kept: you work Mon–Fri, 09:00–17:00 Chicago.")
    assert (await town.db(lambda db: storage.people.get(db, person))).hours_confirmed


async def test_whoever_is_named_in_an_engagement_is_asked_for_their_hours_after_they_heard_of_it(town: Town) -> None:
    ada, mo = town.person("ada"), town.person("mo")
    await ada.commands("add @ana")
    form = await ada.form("Add a contractor")
    form.pick("Manager", mo)
    form.fill("Role", "Data engineer")
    form.fill("What they are here to solve", "Reports take a week")
    assert (await form.submit()).errors == {}
    await town.goes(minutes=6)
    told = [card.text for card in mo.cards()]
    first = next(index for index, text in enumerate(told) if "Data engineer" in text)
    asked = [index for index, text in enumerate(told) if "When do you work?" in text]
    assert asked == [len(told) - 1]
    assert first < asked[0]
    await town.person("ana").does_not_see("When do you work?")


async def test_a_clock_change_of_a_place_the_manager_has_left_is_not_announced(town: Town) -> None:
    """Chicago's clocks change on 14 March 2027, Lisbon's two weeks later; Tokyo's never do."""
    await town.until("2027-03-02 09:00", "Europe/Lisbon")
    await town.engage()
    await agree(town)
    await town.changes("mo", tz="Asia/Tokyo")
    await town.until("2027-03-15 14:00", "Europe/Lisbon")
    assert not [key for key, _state, _reason in await town.ledger() if key.startswith("hours-moved")]
