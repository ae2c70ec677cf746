"""Golden hours are proposed by a contractor, promised by a manager, and nobody else's business."""

import pytest

from tests.conftest import Town
from tests.demo_driver import Card
from tests.hours import WEEK, agree, change, propose, reminders

pytestmark = pytest.mark.chats("slack", "teams")

# -- agreeing ------------------------------------------------------------------------------------------


async def test_a_window_is_suggested_proposed_and_accepted_on_both_clocks(town: Town) -> None:
    await town.engage()
    ana, mo = town.person("ana"), town.person("mo")
    await ana.says("hours")
    card = await ana.sees("Golden hours")
    assert "Your clock: Mon–Fri, 15:00–17:00 Lisbon" in card.text
    assert "Mo Haddad: Mon–Fri, 09:00–11:00 Chicago" in card.text
    await card.tap("Propose this")
    await card.becomes("Mo Haddad now sees your suggestion")
    card = await mo.sees("Ana Sousa suggests a window for Data engineer")
    assert "Your clock: Mon–Fri, 09:00–11:00 Chicago" in card.text
    assert "Ana Sousa: Mon–Fri, 15:00–17:00 Lisbon" in card.text
    await card.tap("Accept")
    await card.becomes("Agreed. I remind you both 10 minutes before")
    card = await ana.sees("Mo Haddad accepts your golden hours")
    assert card.text.index("15:00–17:00 Lisbon") < card.text.index("09:00–11:00 Chicago")
    await mo.commands("hours")
    assert "The next one opens Mon 23 Nov, 09:00 Chicago" in (await mo.sees("With Ana Sousa · Data engineer")).text


async def test_a_window_far_from_both_days_says_when_it_begins_and_ends_and_not_more_hours_than_it_has(
    town: Town,
) -> None:
    await town.engage("lee")
    lee = town.person("lee")
    await lee.says("hours")
    card = await lee.sees("Golden hours")
    assert "Your clock: Mon–Fri, 17:30–19:30 Kathmandu" in card.text
    assert "It ends 2 h 30 min after your working hours." in card.text
    assert "It begins 3 h 15 min before Mo Haddad's working hours." in card.text
    assert "outside" not in card.text


async def test_the_manager_counters_and_the_contractor_accepts_on_their_own_clock(town: Town) -> None:
    await town.engage()
    ana, mo = town.person("ana"), town.person("mo")
    await propose(town, "ana", WEEK, "15:00", "2 hours")
    first = await mo.sees("Ana Sousa suggests a window")
    await first.tap("Suggest another")
    form = await mo.form("A golden window")
    assert "Ana Sousa works Mon–Fri, 03:00–11:00 on your clock, Chicago" in form.text
    assert (form.value("From"), form.value("For how long")) == ("09:00", "2 hours")
    form.fill("From", "08:30")
    form.choose("On which days", "Monday", "Wednesday")
    form.choose("For how long", "2 h 30 min")
    assert not (await form.submit()).errors
    card = await ana.sees("Mo Haddad suggests a window")
    assert "Your clock: Mon, Wed, 14:30–17:00 Lisbon" in card.text
    await town.settle()
    assert first.buttons == ["Golden hours"]
    await card.tap("Suggest another")
    form = await ana.form("A golden window")
    form.fill("From", "15:30")
    await form.submit()
    card = await mo.sees("09:30–12:00 Chicago")
    await card.tap("Accept")
    await ana.sees("Mo Haddad accepts your golden hours")
    await town.until("2026-11-25 15:20", "Europe/Lisbon")
    await ana.sees("from 15:30 Lisbon / 09:30 Chicago until 18:00 Lisbon")


async def test_declining_asks_nothing_and_costs_nothing(town: Town) -> None:
    await town.engage()
    ana, mo = town.person("ana"), town.person("mo")
    await propose(town, "ana", WEEK, "15:00", "2 hours")
    card = await mo.sees("Ana Sousa suggests a window")
    await card.tap("Decline")
    await card.becomes("You declined, which costs nothing")
    assert not mo.has_form()
    await ana.sees("Mo Haddad would rather not have this window. That costs nothing; you can suggest another")
    await town.until("2026-11-23 14:55", "Europe/Lisbon")
    assert await reminders(town) == []
    await ana.says("hours")
    assert "Propose this" in (await ana.sees("commits to answer you")).buttons


async def test_a_contractor_declines_what_the_manager_suggests(town: Town) -> None:
    await town.engage()
    ana, mo = town.person("ana"), town.person("mo")
    await propose(town, "ana", WEEK, "15:00", "2 hours")
    await (await mo.sees("Ana Sousa suggests a window")).tap("Suggest another")
    form = await mo.form()
    form.fill("From", "10:00")
    await form.submit()
    await (await ana.sees("Mo Haddad suggests a window")).tap("Decline")
    await mo.sees("Ana Sousa would rather not have this window. That costs nothing; the next one is theirs to propose")
    assert not ana.has_form()


async def test_golden_hours_are_the_contractors_to_propose(town: Town) -> None:
    await town.engage()
    mo = town.person("mo")
    await mo.says("hours")
    card = await mo.sees("They are Ana Sousa's to propose")
    assert card.buttons == []


async def test_a_decided_suggestion_cannot_be_decided_again(town: Town) -> None:
    await town.engage()
    ana, mo = town.person("ana"), town.person("mo")
    await propose(town, "ana", WEEK, "15:00", "2 hours")
    await mo.says("hours")
    await town.settle()
    old = await mo.sees("With Ana Sousa")
    await (await mo.sees("Ana Sousa suggests a window")).tap("Decline")
    await town.settle()
    await old.tap("Accept")
    await mo.sees("That window is no longer on offer")
    await ana.does_not_see("accepts your golden hours")


async def test_unconfirmed_hours_are_said_to_be_a_guess_and_can_be_set(town: Town) -> None:
    await town.engage()
    ana = town.person("ana")
    await ana.says("hours")
    card = await ana.sees("You have not set your working hours yet: this uses 09:00–17:00 Lisbon, from your profile.")
    assert "Mo Haddad has not set working hours yet: this uses 09:00–17:00 Chicago, from the profile." in card.text
    assert "Set my working hours" in card.buttons
    await card.tap("Propose this")
    card = await town.person("mo").sees("Ana Sousa suggests a window")
    assert "You have not set your working hours yet: this uses 09:00–17:00 Chicago, from your profile." in card.text
    assert card.buttons == ["Accept", "Suggest another", "Decline", "Set my working hours"]
    await card.tap("Decline")
    await change(town, "ana", hours_confirmed=True)
    await change(town, "mo", hours_confirmed=True)
    await ana.says("hours")
    await town.settle()
    card = await ana.sees("commits to answer you")
    assert "from your profile" not in card.text
    assert "Set my working hours" not in card.buttons


async def test_a_window_typed_without_days_comes_back_with_everything_else(town: Town) -> None:
    await town.engage()
    ana = town.person("ana")
    await ana.says("hours")
    await (await ana.sees("Golden hours")).tap("Another window")
    form = await ana.form()
    form.choose("On which days")
    form.fill("From", "16:00")
    await form.submit()
    assert form.is_open
    assert form.errors


async def test_an_agreed_window_stays_until_a_change_is_accepted(town: Town) -> None:
    await town.engage()
    await agree(town)
    ana, mo = town.person("ana"), town.person("mo")
    await mo.says("hours")
    await town.settle()
    await (await mo.sees("With Ana Sousa")).tap("Change golden hours")
    form = await mo.form()
    form.fill("From", "10:00")
    await form.submit()
    await town.until("2026-11-23 14:50", "Europe/Lisbon")
    assert await reminders(town) == [("hours:1:2026-11-23:1", "sent"), ("hours:1:2026-11-23:2", "sent")]
    await (await ana.sees("10:00–12:00 Chicago")).tap("Accept")
    await town.until("2026-11-24 15:50", "Europe/Lisbon")
    assert [key for key, _ in await reminders(town)][2:] == ["hours:2:2026-11-23:1", "hours:2:2026-11-23:2",
                                                           "hours:2:2026-11-24:1", "hours:2:2026-11-24:2"]  # fmt: skip


@pytest.mark.parametrize(("who", "other", "name"), [("ana", "mo", "Ana Sousa"), ("mo", "ana", "Mo Haddad")])
async def test_either_side_stops_golden_hours_and_the_other_is_told(
    town: Town, who: str, other: str, name: str
) -> None:
    await town.engage()
    await agree(town)
    person = town.person(who)
    await person.says("hours")
    await town.settle()
    card = await person.sees("The next one opens")
    await card.tap("Stop golden hours", confirmed=True)
    await card.becomes("are stopped")
    await town.person(other).sees(f"{name} stopped the golden hours")
    await town.until("2026-11-24 17:00", "Europe/Lisbon")
    assert await reminders(town) == []


# -- who sees what -------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["kei", "ada", "lee"])
async def test_golden_hours_are_open_to_their_two_sides_alone(town: Town, who: str) -> None:
    await town.engage()
    await agree(town)
    person = town.person(who)
    await person.says("hours")
    await person.sees("That is open only to the contractor or the contractor's manager")
    await person.does_not_see("Ana Sousa")
    assert "Golden hours" not in (await person.home()).text


async def test_another_contractor_of_the_same_manager_sees_only_their_own(town: Town) -> None:
    await town.engage("ana", "mo")
    await town.engage("lee", "mo", role="Writer")
    await agree(town)
    lee = town.person("lee")
    await lee.says("hours")
    await lee.sees("With Mo Haddad · Writer")
    await lee.does_not_see("Ana Sousa")


async def test_a_manager_of_several_picks_whom_they_mean(town: Town) -> None:
    await town.engage("ana", "mo")
    await town.engage("lee", "mo", role="Writer")
    mo = town.person("mo")
    await mo.says("hours")
    card = await mo.sees("Which engagement do you mean?")
    await card.tap("Writer · Lee Park")
    await mo.sees("They are Lee Park's to propose")


async def test_the_home_shows_both_sides_the_next_window_and_what_waits(town: Town) -> None:
    await town.engage()
    ana, mo = town.person("ana"), town.person("mo")
    assert "None agreed with Mo Haddad yet." in (await ana.home()).text
    await propose(town, "ana", WEEK, "15:00", "2 hours")
    assert "A suggestion waits for your answer." in (await mo.home()).text
    assert "A suggestion waits for your answer." not in (await ana.home()).text
    await (await mo.sees("Ana Sousa suggests a window")).tap("Accept")
    await town.settle()
    home: Card = await ana.home()
    assert "With Mo Haddad: next Mon 23 Nov, 15:00 Lisbon / Mon 23 Nov, 09:00 Chicago." in home.text
    assert "Ask in golden hours" in home.buttons
    await home.tap("Ask in golden hours")
    form = await ana.form("Ask in golden hours")
    form.fill("Your question", "From the Home?")
    await form.submit()
    await mo.sees("From the Home?")
    assert "1 open question." in (await mo.home()).text
    await town.until("2026-11-23 15:30", "Europe/Lisbon")
    assert "With Ana Sousa: open now, until Mon 23 Nov, 11:00 Chicago" in (await mo.home()).text


async def test_a_contractor_who_moved_is_told_on_whose_clock_the_window_is_kept(town: Town) -> None:
    await town.engage()
    await agree(town)
    await change(town, "ana", zone="Asia/Tokyo", hours_confirmed=True)
    ana = town.person("ana")
    await ana.says("hours")
    card = await ana.sees("These hours are kept on Lisbon time, where they were agreed")
    assert "Your clock: Tue–Sat, 00:00–02:00 Tokyo" in card.text
