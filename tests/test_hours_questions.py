"""A question asked in golden hours is promised an answer; what is measured is the team."""

from datetime import date

import pytest

from tests.conftest import Town
from tests.hours import agree, ask, change, engagement

pytestmark = pytest.mark.chats("slack", "teams")


async def test_a_question_goes_to_the_manager_at_once_and_the_contractor_hears_it_is_answered(town: Town) -> None:
    await town.engage()
    await agree(town)
    ana, mo = town.person("ana"), town.person("mo")
    await ask(town, "Which *table* is <!channel>?")
    receipt = await ana.sees("Mo Haddad commits to answer by Mon 23 Nov, 17:00 Lisbon / Mon 23 Nov, 11:00 Chicago")
    assert "Which *table* is <!channel>?" in receipt.text
    card = await mo.sees("Ana Sousa asks: “Which *table* is <!channel>?”")
    await town.until("2026-11-23 15:25", "Europe/Lisbon")
    await card.tap("Answered")
    await card.becomes("Answered; Ana Sousa knows.")
    assert card.buttons == []
    await ana.sees("It took 25 minutes of golden hours")
    await town.until("2026-11-23 18:00", "Europe/Lisbon")
    await mo.does_not_see("still open")


async def test_a_question_after_hours_is_due_in_the_next_window(town: Town) -> None:
    await town.engage()
    await agree(town)
    await town.until("2026-11-27 17:00", "Europe/Lisbon")  # Friday, as the window closes
    await ask(town, "And now?")
    await town.person("ana").sees("commits to answer by Mon 30 Nov, 17:00 Lisbon")


async def test_an_open_question_is_nudged_once_and_never_held_against_the_contractor(town: Town) -> None:
    await town.engage()
    await agree(town)
    ana, mo = town.person("ana"), town.person("mo")
    await ask(town, "Which table?")
    await town.until("2026-11-23 17:00", "Europe/Lisbon")
    card = await ana.sees("The window has closed without an answer, so I have reminded Mo Haddad")
    assert "Report it as a blocker" in card.buttons
    await mo.sees("This is the only reminder")
    await town.until("2026-11-26 14:00", "Europe/Lisbon")
    assert len(mo.cards("This is the only reminder")) == 1
    await card.tap("I got my answer")
    await card.becomes("Your question is answered")
    await town.settle()
    assert not mo.cards("This is the only reminder")
    assert all("Answered" not in each.buttons for each in mo.cards("Which table?") if "about to open" not in each.text)


async def test_an_answer_that_was_none_goes_back_to_the_manager(town: Town) -> None:
    await town.engage()
    await agree(town)
    ana, mo = town.person("ana"), town.person("mo")
    await ask(town, "Which table?")
    await (await mo.sees("Ana Sousa asks")).tap("Answered")
    card = await ana.sees("Your question is answered")
    await card.tap("I still need an answer")
    await card.becomes("commits to answer by Mon 23 Nov, 17:00 Lisbon")
    await town.settle()
    asked = mo.cards("Ana Sousa asks")
    assert [each.buttons for each in asked] == [[], ["Answered"]]
    await asked[1].tap("Answered")
    await town.settle()
    assert [each.buttons for each in mo.cards("Ana Sousa asks")] == [[], []]
    assert len(ana.cards("Your question is answered")) == 2


async def test_while_the_manager_is_away_a_question_waits_and_so_does_its_clock(town: Town) -> None:
    await town.engage()
    await agree(town)
    ana, mo = town.person("ana"), town.person("mo")
    await change(town, "mo", away_until=date(2026, 11, 24))
    await ask(town, "Which table?")
    await ana.sees("commits to answer by Wed 25 Nov, 17:00 Lisbon")
    await mo.does_not_see("Which table?")
    await town.until("2026-11-25 08:59", "America/Chicago")
    await mo.does_not_see("Ana Sousa asks: “Which table?”")
    await town.until("2026-11-25 09:00", "America/Chicago")
    await mo.sees("Ana Sousa asks: “Which table?”")
    await town.until("2026-11-25 17:00", "Europe/Lisbon")
    await mo.sees("This is the only reminder")


async def test_going_away_after_a_question_moves_its_promise_to_the_next_window(town: Town) -> None:
    await town.engage()
    await agree(town)
    ana = town.person("ana")
    await ask(town, "Which table?")
    await change(town, "mo", away_until=date(2026, 11, 23))
    await town.until("2026-11-24 16:59", "Europe/Lisbon")
    await ana.does_not_see("without an answer")
    await town.until("2026-11-24 17:00", "Europe/Lisbon")
    await ana.sees("without an answer")


async def test_the_overview_shows_open_questions_and_the_teams_answer_time(town: Town) -> None:
    await town.engage()
    await agree(town)
    ana, mo = town.person("ana"), town.person("mo")
    for minutes, text in ((10, "First?"), (30, "Second?"), (50, "Third?")):
        await ask(town, text)
        await town.until(f"2026-11-23 15:{minutes}", "Europe/Lisbon")
        await (await mo.sees(f"Ana Sousa asks: “{text}”")).tap("Answered")
        await town.settle()
    await ask(town, "Fourth?")
    await ana.says("hours")
    await town.settle()
    card = await ana.sees("Open now, until Mon 23 Nov, 17:00 Lisbon / Mon 23 Nov, 11:00 Chicago")
    assert "a median of 20 minutes of golden hours (3 questions). In their window: 3." in card.text
    assert "“Fourth?”" in card.text
    await mo.says("hours")
    await town.settle()
    card = await mo.sees("Open questions")
    await card.tap("Answered", under="Fourth?")
    await card.becomes("(4 questions)")
    assert "Open questions" not in card.text


async def test_nothing_can_be_asked_while_the_engagement_is_paused(town: Town) -> None:
    made = await town.engage()
    await agree(town)
    ana = town.person("ana")
    await ana.says("hours")
    await town.settle()
    card = await ana.sees("The next one opens")
    await engagement(town, made, status="paused")
    await card.tap("Ask in golden hours")
    await ana.sees("This engagement is paused, and its golden hours with it")
    assert not ana.has_form()
    assert "With Mo Haddad: paused." in (await ana.home()).text


async def test_a_question_of_nothing_but_spaces_is_asked_for_again(town: Town) -> None:
    await town.engage()
    await agree(town)
    ana, mo = town.person("ana"), town.person("mo")
    await ana.says("hours")
    await (await ana.sees("The next one opens")).tap("Ask in golden hours")
    form = await ana.form()
    form.fill("Your question", "   ")
    assert (await form.submit()).errors == {"Your question": "Write your question."}
    await mo.does_not_see("Ana Sousa asks")
