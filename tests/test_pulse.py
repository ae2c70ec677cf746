"""The weekly pulse, from the first question to what a manager sees."""

import pytest
from sqlmodel import Session

import storage
from bot import care
from bot.chat import Inbound
from bot.turns import Refusal
from tests.conftest import Town
from tests.demo_driver import Card

pytestmark = pytest.mark.chats("slack", "teams")
THURSDAY = "2026-11-26 15:00"


async def asked(town: Town) -> Card:
    """Ana works for Mo, and it is her Thursday 15:00."""
    await town.engage()
    await town.until(THURSDAY, "Europe/Lisbon")
    return await town.person("ana").sees("Your weekly pulse")


async def answers(town: Town, card: Card, score: str = "4") -> Card:
    """Tap one number; the card is drawn anew."""
    await card.tap(score, under="How was your week, all in all?")
    await town.settle()
    return await town.person("ana").sees("Your weekly pulse")


async def test_a_contractor_answers_by_buttons_and_is_told_who_can_see_it(town: Town) -> None:
    await town.engage()
    ana = town.person("ana")
    await town.until("2026-11-26 14:59", "Europe/Lisbon")
    await ana.does_not_see("Your weekly pulse")
    await town.until(THURSDAY, "Europe/Lisbon")
    await ana.sees("Hello, I am Contractor Care")
    card = await answers(town, await ana.sees("Your weekly pulse"))
    assert "✓ 4" in card.buttons
    await card.tap("Submit")
    card = await card.becomes("Thank you, your pulse is in")
    assert "Seen by: Kei Mori" in card.text
    assert "Mo Haddad" not in card.text


async def test_a_tapped_number_does_not_count_before_it_is_submitted(town: Town) -> None:
    card = await answers(town, await asked(town))
    ana = await town.person_id("ana")

    def mean(db: Session) -> float | None:
        round_ = storage.pulse.latest(db, ana)
        assert round_ is not None
        return care.pulse.mean(storage.pulse.answers(db, round_.id or 0))

    assert await town.db(mean) is None
    await card.tap("Submit")
    await town.settle()
    assert await town.db(mean) == 4


async def test_an_empty_pulse_is_not_submitted_and_the_card_stays(town: Town) -> None:
    card = await asked(town)
    await card.tap("Submit")
    await town.person("ana").sees("Tap at least one number")
    assert "Your weekly pulse" in card.text


async def test_an_answer_can_be_changed_until_the_round_closes_and_not_after(town: Town) -> None:
    card = await answers(town, await asked(town))
    await card.tap("Submit")
    card = await card.becomes("Thank you")
    await card.tap("Change my answer")
    card = await card.becomes("Your weekly pulse")
    card = await answers(town, card, "2")
    assert "Submit again to let it count" in card.text
    await card.tap("Submit again")
    card = await card.becomes("Thank you")
    await card.tap("Change my answer")
    card = await card.becomes("Your weekly pulse")
    await town.goes(hours=72)
    await card.becomes("This round has closed")


async def test_a_late_tap_on_a_stale_card_is_refused_with_a_sentence(town: Town) -> None:
    await asked(town)
    town.no_card_changes()
    await town.goes(hours=73)
    ana = town.person("ana")
    await (await ana.sees("How was your week")).tap("4", under="How was your week, all in all?")
    await ana.sees("This round has closed. I will ask you again next week")


async def test_the_reminder_comes_once_after_a_day_and_only_to_those_who_have_not_answered(town: Town) -> None:
    await town.engage("ana")
    await town.engage("lee")
    await town.until(THURSDAY, "Europe/Lisbon")
    card = await answers(town, await town.person("ana").sees("Your weekly pulse"))
    await card.tap("Submit")
    await town.settle()
    await town.goes(hours=24)
    await town.person("lee").sees("A reminder, and the only one")
    await town.person("ana").does_not_see("A reminder, and the only one")
    await town.goes(hours=30)
    reminders = [key for key, *_ in await town.ledger() if key.startswith("pulse-remind") and "~" not in key]
    assert len(reminders) == 1


async def test_each_is_asked_at_their_own_thursday_three_o_clock(town: Town) -> None:
    await town.engage("ana")
    await town.engage("lee")
    await town.until(THURSDAY, "Asia/Kathmandu")
    await town.person("lee").sees("Your weekly pulse")
    await town.person("ana").does_not_see("Your weekly pulse")


async def test_a_contractor_chooses_their_own_day_and_hour(town: Town) -> None:
    await town.engage()
    ana = town.person("ana")
    await ana.says("pulse")
    await (await ana.sees("There is nothing to answer now")).tap("Change day or hour")
    form = await ana.form()
    form.choose("Day", "Tuesday")
    form.fill("Hour, where you are", "09:30")
    await form.submit()
    await ana.sees("I will ask you next on Tue 24 Nov, 09:30 Lisbon")
    await town.until("2026-11-24 09:30", "Europe/Lisbon")
    await ana.sees("How was your week, all in all?")


async def test_changing_the_day_never_asks_twice_in_one_week(town: Town) -> None:
    card = await asked(town)
    ana = town.person("ana")
    await card.tap("Change day or hour")
    form = await ana.form()
    form.choose("Day", "Friday")
    await form.submit()
    await ana.sees("I will ask you next on Fri 4 Dec")


async def test_a_manager_sees_only_what_was_shared_with_them_by_name(town: Town) -> None:
    card = await asked(town)
    ana, mo = town.person("ana"), town.person("mo")
    await card.tap("Add a comment")
    form = await ana.form()
    form.fill("Anything you want to say?", "The sprint is too full")
    await form.submit()
    await town.settle()
    card = await answers(town, await ana.sees("The sprint is too full"))
    await card.tap("Submit")
    await town.settle()
    await mo.commands("pulse")
    result = await mo.sees("The pulse of your team")
    assert "too full" not in result.text
    assert "Ana" not in result.text
    await (await ana.sees("Thank you, your pulse is in")).tap("Change my answer")
    await town.settle()
    card = await ana.sees("Your weekly pulse")
    await card.choose("Who sees my answers by name", "Care team and my manager")
    await town.settle()
    await (await ana.sees("Your weekly pulse")).tap("Submit again")
    receipt = await ana.sees("Thank you, your pulse is in")
    assert "Seen by: Kei Mori, Mo Haddad" in receipt.text
    await mo.commands("pulse")
    result = await mo.sees("The sprint is too full")
    assert "Ana Sousa" in result.text


async def test_who_sees_what_can_be_chosen_answer_by_answer(town: Town) -> None:
    card = await answers(town, await asked(town))
    ana = town.person("ana")
    await card.tap("Who sees what")
    form = await ana.form()
    form.choose("How was your week, all in all?", "Nobody by name, only in totals")
    await form.submit()
    await town.settle()
    await (await ana.sees("Your weekly pulse")).tap("Submit")
    receipt = await ana.sees("Thank you, your pulse is in")
    assert "Seen by nobody by name" in receipt.text


async def test_a_total_is_told_only_once_the_week_has_closed_everywhere_and_never_below_five(town: Town) -> None:
    await town.engage("ana")
    week = "2026-W48"
    assert care.pulse.total_at(week).isoformat() == "2026-12-03T12:00:00+00:00"
    await town.until(THURSDAY, "Europe/Lisbon")
    card = await answers(town, await town.person("ana").sees("Your weekly pulse"))
    await card.tap("Submit")
    await town.until("2026-12-03 12:01", "UTC")
    mo = town.person("mo")
    await mo.commands("pulse")
    shown = await mo.sees("The pulse of your team")
    assert "No total is shown for the week of 23 Nov 2026" in shown.text


async def test_a_team_of_five_gets_its_total(town: Town) -> None:
    for handle in ("ana", "lee", "kei", "ada"):
        await town.engage(handle)
    await town.joins("Nia Obi", "nia", email="nia@example.com", tz="Africa/Lagos")
    await town.engage("nia")
    for day in ("2026-11-26", "2026-11-27"):
        await town.until(f"{day} 15:00", "Europe/Lisbon")
    for handle in ("ana", "lee", "kei", "ada", "nia"):
        person = town.person(handle)
        await (await person.sees("Your weekly pulse")).tap("4", under="How was your week, all in all?")
        await town.settle()
        await (await person.sees("Your weekly pulse")).tap("Submit")
        await town.settle()
    mo = town.person("mo")
    await mo.commands("pulse")
    assert "from 5 answers" not in (await mo.sees("The pulse of your team")).text
    await town.until("2026-12-03 12:01", "UTC")
    await mo.commands("pulse")
    total = await mo.sees("The week of 23 Nov 2026")
    assert "How was your week, all in all? 4, from 5 answers" in total.text
    assert "I get help when I need it." not in total.text  # nobody answered that

    def leaves(db: Session) -> None:
        (gone,) = storage.engagements.of_contractor(db, nia)
        storage.engagements.end(db, gone, "Africa/Lagos", town.now, by=None)

    nia = await town.person_id("nia")
    await town.db(leaves)
    await mo.commands("pulse")
    again = await mo.sees("The week of 23 Nov 2026")
    assert again.text == total.text  # a total that moved with her would have told what she said


async def test_who_sees_my_answers_holds_for_numbers_tapped_afterwards_too(town: Town) -> None:
    card = await asked(town)
    await card.choose("Who sees my answers by name", "Nobody by name, only in totals")
    await town.settle()
    card = await answers(town, await town.person("ana").sees("Your weekly pulse"))
    assert "Not all alike" not in card.text
    await card.tap("Submit")
    receipt = await card.becomes("Thank you, your pulse is in")
    assert "Seen by nobody by name" in receipt.text
    assert "Kei Mori" not in receipt.text


async def test_a_choice_for_the_comment_alone_is_not_shown_as_that_of_the_numbers(town: Town) -> None:
    card = await answers(town, await asked(town))
    await card.tap("Add a comment")
    form = await town.person("ana").form()
    form.fill("Anything you want to say?", "The sprint is too full")
    form.choose("Who sees the comment", "Care team and my manager")
    await form.submit()
    await town.settle()
    card = await town.person("ana").sees("Not all alike")
    await card.tap("Submit")
    receipt = await card.becomes("Thank you, your pulse is in")
    numbers, words_ = receipt.text.split("Your comment:")
    assert "Seen by: Kei Mori" in numbers
    assert "Mo Haddad" not in numbers
    assert "Seen by: Kei Mori, Mo Haddad" in words_


async def test_the_receipt_says_who_sees_what_slows_one_down(town: Town) -> None:
    card = await asked(town)
    await card.tap("Add a comment")
    form = await town.person("ana").form()
    form.fill("What is slowing you down?", "No access to staging")
    await form.submit()
    await town.settle()
    await (await town.person("ana").sees("No access to staging")).tap("Submit")
    receipt = await card.becomes("Thank you, your pulse is in")
    assert "What slows you down: No access to staging" in receipt.text
    assert "Seen by: Kei Mori" in receipt.text
    assert "As a blocker it goes to your manager" in receipt.text


async def test_a_manager_who_comes_later_does_not_read_what_was_meant_for_the_one_before(town: Town) -> None:
    await asked(town)
    ana, lee = town.person("ana"), await town.person_id("lee")
    await (await ana.sees("Your weekly pulse")).choose("Who sees my answers by name", "Care team and my manager")
    await town.settle()
    card = await answers(town, await ana.sees("Your weekly pulse"))
    await card.tap("Submit")
    await town.settle()

    def hand_over(db: Session) -> None:
        (one,) = storage.engagements.of_contractor(db, ana_id)
        one.manager_id = lee
        db.add(one)

    ana_id = await town.person_id("ana")
    await town.person("mo").commands("pulse")
    assert "Ana Sousa" in (await town.person("mo").sees("The pulse of your team")).text
    await town.db(hand_over)
    await town.person("lee").commands("pulse")
    assert "Ana Sousa" not in (await town.person("lee").sees("The pulse of your team")).text


async def test_who_manages_nobody_is_told_so_instead_of_an_empty_total(town: Town) -> None:
    kei = town.person("kei")
    await kei.commands("pulse")
    await kei.sees("no contractor works with you here")


def test_a_question_that_fewer_than_five_answered_is_not_shown_though_the_week_has_more() -> None:
    mine = [("week", 4)] * 6 + [("paid", 1)] * 2 + [("tools", 5)] * 5
    assert care.pulse.totals({1: mine}, 1) == {"week": (4.0, 6), "tools": (5.0, 5)}
    assert care.pulse.totals({1: mine, 2: [("week", 2)] * 3}, 1) == {"tools": (5.0, 5)}
    assert care.pulse.totals({1: mine}, 3) == {}


@pytest.mark.parametrize(
    ("sizes", "shown"),
    [({1: 4}, set()), ({1: 5}, {1}), ({1: 6, 2: 3}, set()), ({1: 6, 2: 9, 3: 3}, {2}), ({1: 6, 2: 3, 3: 2}, {1})],
)
def test_a_sibling_total_that_would_give_a_small_team_away_is_hidden_too(
    sizes: dict[int, int], shown: set[int]
) -> None:
    assert care.pulse.publishable(sizes) == shown


def test_every_question_of_the_bank_comes_once_before_any_repeats() -> None:
    position = 0
    seen: list[str] = []
    for _ in range(len(care.pulse.BANK) // care.pulse.ROTATING):
        asked_for, position = care.pulse.questions(position)
        assert asked_for[0] == care.pulse.WEEK
        seen += asked_for[1:]
    assert sorted(seen) == sorted(care.pulse.BANK)
    assert position == 0


async def test_nothing_is_asked_of_somebody_away_and_the_week_does_not_count_as_missed(town: Town) -> None:
    await town.engage()
    ana = await town.person_id("ana")

    def leave(db: Session) -> None:
        from datetime import date

        person = storage.people.get(db, ana)
        person.away_from, person.away_until = date(2026, 11, 25), date(2026, 11, 27)
        db.add(person)

    await town.db(leave)
    await town.until("2026-11-28 12:00", "Europe/Lisbon")
    await town.person("ana").does_not_see("Your weekly pulse")
    rounds = await town.db(lambda db: [one.paused for one in storage.pulse.history(db, ana)])
    assert rounds == [True]
    await town.until("2026-12-03 15:00", "Europe/Lisbon")
    await town.person("ana").sees("Your weekly pulse")


async def test_a_week_missed_while_the_bot_was_down_is_recorded_and_not_sent_late(town: Town) -> None:
    await town.engage()
    town.world.clock.put_forward(town.now.replace(day=28, hour=20))
    await town.world.settle()
    await town.person("ana").does_not_see("Your weekly pulse")
    ana = await town.person_id("ana")
    assert (f"pulse.ask:{ana}:2026-W48", "skipped", "missed: the bot was not running in time") in await town.ledger()
    await town.until("2026-12-03 15:00", "Europe/Lisbon")
    await town.person("ana").sees("Your weekly pulse")


@pytest.mark.parametrize("tapped", ["week:9", "week:-1", "nonsense:4", "week:²"])
async def test_a_number_or_a_question_that_no_card_offers_is_not_kept(town: Town, tapped: str) -> None:
    await town.engage()
    await town.until("2026-11-26 15:00", "Europe/Lisbon")
    app, ana = town.world.app, await town.person_id("ana")
    round_ = await town.db(lambda db: storage.pulse.latest(db, ana))
    assert round_ is not None
    come = Inbound("x", "", town.chat.person("ana").id, "pulse.answer", f"{round_.id}:{tapped}")
    answer = await app.turns.run(come, 1)
    assert isinstance(answer.outcome, Refusal)
    assert await town.db(lambda db: list(storage.pulse.answers(db, round_.id or 0))) == []
