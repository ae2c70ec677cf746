"""The life of an engagement: looked at, changed, paused, ended."""

from datetime import date

import pytest

import storage
from bot.care import engagements
from tests.blockers import asked
from tests.conftest import Town
from tests.engagements import added, fill, one, pulse_is_planned, shows, the_form

pytestmark = pytest.mark.chats("slack", "teams")


async def test_a_change_is_shown_to_the_contractor_and_only_admins_name_managers(town: Town) -> None:
    await town.engage()
    mo = await shows(town, "mo")
    card = await mo.sees("Here to solve")
    await card.tap("Edit")
    form = await mo.form("Edit the engagement")
    assert "Manager" not in form.labels
    assert form.value("Role") == "Data engineer"
    form.fill("Role", "Lead *data* engineer")
    await form.submit()
    assert not form.errors
    await town.settle()
    ana = await town.person("ana").sees("Something was changed about your engagement with Mo Haddad")
    assert "Lead *data* engineer" in ana.text


async def test_keeping_the_form_as_it_is_tells_nobody(town: Town) -> None:
    await town.engage()
    mo = await shows(town, "mo")
    await (await mo.sees("Here to solve")).tap("Edit")
    await (await mo.form()).submit()
    await town.settle()
    await town.person("ana").does_not_see("Something was changed")


async def lee_manages(town: Town) -> None:
    """Ada hands Ana's engagement over."""
    ada = await shows(town, "ada")
    await (await ada.sees("Here to solve")).tap("Edit")
    form = await ada.form()
    form.pick("Manager", town.person("lee"))
    await form.submit()
    await town.settle()


async def test_a_new_manager_gets_the_short_note_and_the_old_one_loses_sight(town: Town) -> None:
    await town.engage()
    await lee_manages(town)
    await town.person("lee").sees("Ana Sousa works with you as Data engineer")
    mo = town.person("mo")
    await mo.sees("Ana Sousa works with Lee Park as Data engineer from now on.")
    await mo.commands("edit @ana")
    await mo.sees("That is open only to")


async def test_what_waits_for_the_manager_waits_for_the_new_one_and_tells_the_old_one_nothing_more(town: Town) -> None:
    await asked(town)
    mo = town.person("mo")
    before = len(mo.cards())
    await mo.sees("What stops them")
    await lee_manages(town)
    await town.person("ana").sees("handed your blocker to Lee Park")
    await town.until("2026-11-26 12:00", "Europe/London")
    await town.person("lee").sees("What stops them")
    assert [card.text for card in mo.cards()[before:] if "What stops them" in card.text] == []


async def test_an_edit_with_bad_input_stays_open_with_everything_typed(town: Town) -> None:
    await town.engage()
    mo = await shows(town, "mo")
    await (await mo.sees("Here to solve")).tap("Edit")
    form = await mo.form()
    form.fill("Role", " ")
    form.fill("What they are here to solve", "Something new")
    await form.submit()
    assert form.errors == {"Role": "Please write something here."}
    assert form.value("What they are here to solve") == "Something new"
    assert (await one(town)).bottleneck == "Reports take a week"


async def test_with_two_engagements_the_bot_asks_which(town: Town) -> None:
    await town.engage()
    await town.engage(manager="lee", role="Report writer")
    ada = await shows(town, "ada")
    card = await ada.sees("Which engagement do you mean?")
    assert card.buttons == ["Data engineer · Mo Haddad", "Report writer · Lee Park"]
    await card.tap("Report writer · Lee Park")
    shown = await ada.sees("Here to solve")
    assert "Report writer" in shown.text
    mo = await shows(town, "mo")
    assert "Data engineer" in (await mo.sees("Here to solve")).text


async def test_nobody_edits_the_engagement_of_another_managers_contractor(town: Town) -> None:
    await town.engage()
    await town.engage(contractor="kei", manager="lee")
    lee = town.person("lee")
    await lee.commands("edit @ana")
    await lee.sees("That is open only to the contractor's manager or workspace admins.")
    await lee.commands("edit")
    card = await lee.sees("Open engagements")
    assert "Kei Mori" in card.text
    assert "Ana" not in card.text


async def test_those_who_help_are_named_on_the_engagement(town: Town) -> None:
    await town.engage()
    mo = await shows(town, "mo")
    card = await mo.sees("Here to solve")
    await card.tap("Who helps")
    form = await mo.form()
    form.pick("Shadow buddy", town.person("ana"))
    form = await form.submit()
    assert "contractor themself" in form.errors["Shadow buddy"]
    form.pick("Shadow buddy", town.person("lee"))
    await form.submit()
    await mo.sees("Shadow buddy: Lee Park")
    assert (await one(town)).buddy_id == await town.person_id("lee")


async def test_home_lists_a_managers_contractors_and_a_contractors_engagements(town: Town) -> None:
    await town.engage()
    home = await town.person("mo").home()
    assert "Ana Sousa, Data engineer, with Mo Haddad: running" in home.text
    assert "Add a contractor" not in home.buttons
    await home.tap("Edit")
    await town.person("mo").sees("Here to solve")
    assert "Add a contractor" in (await town.person("ada").home()).buttons
    assert "Data engineer with Mo Haddad: running, since 2 Nov 2026" in (await town.person("ana").home()).text
    assert "Contractors" not in (await town.person("ana").home()).text


# -- pausing and ending -------------------------------------------------------------------------------


async def test_pausing_stops_the_pulse_and_going_on_brings_it_back(town: Town) -> None:
    await town.engage()
    mo = await shows(town, "mo")
    card = await mo.sees("Here to solve")
    await card.tap("Pause")
    await card.becomes("Status: paused")
    await town.settle()
    ana = town.person("ana")
    await ana.sees("is paused. I ask and remind you of nothing")
    assert not await pulse_is_planned(town)
    await card.tap("Go on")
    await card.becomes("Status: getting started")
    await town.settle()
    await ana.sees("Your engagement with Mo Haddad (Data engineer) goes on.")
    assert await pulse_is_planned(town)
    await mo.does_not_see("The engagement of Ana Sousa (Data engineer)")


async def test_ending_asks_first_tells_both_kindly_and_stops_everything(town: Town) -> None:
    await town.engage()
    ada = await shows(town, "ada")
    card = await ada.sees("Here to solve")
    await card.tap("End", confirmed=True)
    await card.becomes("Status: ended")
    await town.settle()
    await town.person("ana").sees("has ended. Thank you for the work you did here.")
    await town.person("mo").sees("A word of thanks from you")
    assert card.buttons == []
    await town.until("2026-11-27 09:00", "Europe/Lisbon")
    await town.person("ana").does_not_see("Your weekly pulse")


async def test_with_another_engagement_running_the_pulse_stays(town: Town) -> None:
    await town.engage()
    second = await town.engage(manager="lee", role="Report writer")
    await town.db(lambda db: storage.engagements.end(db, storage.engagements.get(db, second), "UTC", town.now, by=None))
    await town.settle()
    assert await pulse_is_planned(town)


async def test_an_engagement_ends_by_itself_on_the_morning_after_its_last_day(town: Town) -> None:
    form = fill(town, await the_form(town))
    form.fill("Last day", "2026-12-01")
    await form.submit()
    await town.until("2026-12-02 08:59", "Europe/Lisbon")
    assert (await one(town)).status == "onboarding"
    await town.until("2026-12-02 09:00", "Europe/Lisbon")
    assert (await one(town)).status == "ended"
    await town.person("mo").sees("has ended")


async def test_no_reminder_of_a_pulse_follows_the_end(town: Town) -> None:
    first = await town.engage()
    await town.until("2026-11-26 15:00", "Europe/Lisbon")
    await town.person("ana").sees("Your weekly pulse")
    await town.db(lambda db: storage.engagements.end(db, storage.engagements.get(db, first), "UTC", town.now, by=None))
    await town.goes(hours=30)
    await town.person("ana").does_not_see("A reminder")


async def test_onboarding_is_over_after_ninety_days(town: Town) -> None:
    await added(town)
    settled = await town.db(lambda db: storage.occurrences.of(db, "engagements.settles", 1))
    assert settled is not None
    assert settled.due_at.date() == date(2027, 2, 21)
    assert engagements.status_on(date(2026, 11, 23), date(2027, 2, 20)) == "onboarding"
    assert engagements.status_on(date(2026, 11, 23), date(2027, 2, 21)) == "active"
