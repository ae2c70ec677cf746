"""The introduction: offered, drafted, changed and approved by the contractor, posted once, greeted."""

from datetime import date, datetime
from typing import Any

import pytest
from sqlmodel import Session

import storage
from bot.care.onboarding import IntroductionRow, ask_at, note_at
from bot.care.people import PersonRow
from storage.deliveries import State
from tests.conftest import MONDAY, Town
from tests.demo_driver import Card, Person
from tests.engagements import begun

pytestmark = pytest.mark.chats("slack", "teams")


async def offered(town: Town, **more: Any) -> Card:
    """Ana's card that offers an introduction."""
    await begun(town, **more)
    await town.goes(hours=2)
    return await town.person("ana").sees("Shall I introduce you?")


async def drafted(town: Town, fact: str = "I keep *bees* <!channel>", **more: Any) -> Card:
    """Ana's draft."""
    card = await offered(town, **more)
    ana = town.person("ana")
    await card.tap("Draft it")
    form = await ana.form("Your introduction")
    form.fill("A fun fact about you", fact)
    await form.submit()
    return await ana.sees("Your introduction, as a draft")


async def posted(town: Town, **more: Any) -> Card:
    """The draft, after Ana approved it."""
    card = await drafted(town, **more)
    await card.tap("Post it")
    await town.settle()
    return card


async def reopened(town: Town, ana: Person) -> Card:
    """The same draft once more, from the Home."""
    await (await ana.home()).tap("Go on with my introduction")
    await town.settle()
    cards = ana.cards("Your introduction, as a draft")
    assert len(cards) == 2
    return cards[-1]


async def says_hi(town: Town, who: str, where: str = "project") -> Person:
    person = town.person(who)
    card = await person.sees("Meet @Ana Sousa", where=where)
    await card.tap("Say hi")
    await town.settle()
    return person


# -- offering -----------------------------------------------------------------------------------------


async def test_a_guest_goes_from_offer_to_post_by_taps_alone(town: Town) -> None:
    card = await drafted(town)
    assert "Ana Sousa works with Mo Haddad as Data engineer." in card.text
    assert "Here to solve: Reports take a week" in card.text
    assert "Fun fact: I keep *bees* <!channel>" in card.text
    await town.channel("project").does_not_see("Meet")
    await card.tap("Post it")
    await card.becomes("Your introduction is on its way to the channel of your engagement.")
    await town.settle()
    post = await town.channel("project").sees("Meet @Ana Sousa")
    assert "Fun fact: I keep *bees* <!channel>" in post.text
    assert post.buttons == ["Say hi"]
    assert not town.channel("team").cards("Meet")


async def test_the_offer_comes_in_working_hours_and_not_with_the_first_message(town: Town) -> None:
    await begun(town)
    ana = town.person("ana")
    await ana.sees("Welcome to your engagement")
    await ana.does_not_see("Shall I introduce you?")
    await town.goes(minutes=59)
    await ana.does_not_see("Shall I introduce you?")
    await town.goes(minutes=1)
    await ana.sees("Shall I introduce you?")


def test_the_offer_waits_for_the_first_day_and_for_working_hours() -> None:
    ana = PersonRow(zone="Europe/Lisbon")
    assert ask_at(ana, date(2026, 11, 28), MONDAY) == datetime.fromisoformat("2026-11-30T09:00+00:00")
    evening = datetime.fromisoformat("2026-11-23T16:30+00:00")
    assert ask_at(ana, date(2026, 11, 2), evening) == datetime.fromisoformat("2026-11-24T09:00+00:00")


async def test_who_is_away_is_asked_when_they_are_back(town: Town) -> None:
    ana = await town.person_id("ana")

    def away(db: Session) -> None:
        person = storage.people.get(db, ana)
        person.away_from, person.away_until = date(2026, 11, 23), date(2026, 11, 25)
        db.add(person)

    await town.db(away)
    await begun(town)
    await town.until("2026-11-25 23:00", "Europe/Lisbon")
    await town.person("ana").does_not_see("Shall I introduce you?")
    await town.until("2026-11-26 12:00", "Europe/Lisbon")
    await town.person("ana").sees("Shall I introduce you?")


async def test_declining_costs_nothing_and_can_be_taken_back(town: Town) -> None:
    card = await offered(town)
    await card.tap("I'd rather not")
    card = await card.becomes("That is fine: nothing is posted, and I won't ask again.")
    await town.goes(days=30)
    assert len(town.person("ana").cards("Shall I introduce you?")) == 0
    ana = town.person("ana")
    home = await ana.home()
    await home.tap("Introduce me after all")
    card = await ana.sees("That is fine")
    await card.tap("Introduce me after all")
    await (await ana.form()).submit()
    await ana.sees("Your introduction, as a draft")


async def test_a_stale_card_posts_nothing_after_declining(town: Town) -> None:
    card = await drafted(town)
    other = await reopened(town, town.person("ana"))
    await card.tap("I'd rather not")
    await town.settle()
    await other.tap("Post it")
    await other.becomes("That is fine: nothing is posted")
    await town.settle()
    assert not town.channel("project").cards("Meet")


async def test_the_fun_fact_may_be_left_out(town: Town) -> None:
    card = await drafted(town, fact="")
    assert "Fun fact" not in card.text


async def test_home_leads_back_to_a_draft_that_was_left(town: Town) -> None:
    await drafted(town)
    ana = town.person("ana")
    card = await reopened(town, ana)
    await card.tap("Post it")
    await town.settle()
    await town.channel("project").sees("Meet @Ana Sousa")
    assert "Your introduction is posted." in (await ana.home()).text


# -- the words ----------------------------------------------------------------------------------------


async def test_the_contractors_own_words_are_posted_letter_by_letter(town: Town) -> None:
    card = await drafted(town)
    await card.tap("Change the words")
    ana = town.person("ana")
    form = await ana.form()
    assert form.value("How shall I introduce you?").startswith("Ana Sousa works with Mo Haddad")
    form.fill("How shall I introduce you?", "*Hello* <!here> <https://evil.example|click> @mo\nI am {Ana}.")
    await form.submit()
    card = await ana.sees("*Hello* <!here>")
    await card.tap("Post it")
    await town.settle()
    post = await town.channel("project").sees("Meet @Ana Sousa")
    assert "*Hello* <!here> <https://evil.example|click> @mo\nI am {Ana}." in post.text


async def test_an_introduction_without_words_comes_back(town: Town) -> None:
    card = await drafted(town)
    await card.tap("Change the words")
    form = await town.person("ana").form()
    form.fill("How shall I introduce you?", "   ")
    await form.submit()
    assert "Please write a few words" in form.errors["How shall I introduce you?"]


async def test_it_is_posted_once_however_often_it_is_approved(town: Town) -> None:
    card = await drafted(town)
    ana = town.person("ana")
    other = await reopened(town, ana)
    await card.tap("Post it")
    await other.tap("Post it")
    await town.settle()
    await other.becomes("Your introduction is")
    await town.settle()
    assert len(town.channel("project").cards("Meet @Ana Sousa")) == 1


async def test_what_is_posted_can_no_longer_be_changed(town: Town) -> None:
    card = await drafted(town)
    ana = town.person("ana")
    other = await reopened(town, ana)
    await card.tap("Post it")
    await town.settle()
    await other.tap("Change the words")
    await ana.sees("Your introduction is posted already")
    assert not ana.has_form()


async def test_nobody_else_approves_or_reads_a_draft(town: Town) -> None:
    await drafted(town)
    for who in ("mo", "kei", "ada"):
        await town.person(who).does_not_see("bees")


# -- where --------------------------------------------------------------------------------------------


async def test_without_a_channel_of_its_own_it_goes_to_the_one_for_introductions(town: Town) -> None:
    await posted(town, channel="")
    await town.channel("team").sees("Meet @Ana Sousa")
    assert not town.channel("project").cards("Meet")


async def test_without_any_channel_contractor_and_admins_are_told_what_to_do(town: Town) -> None:
    def no_channel(db: Session) -> None:
        row = storage.people.the_workspace(db)
        row.intro_channel = ""
        db.add(row)

    await town.db(no_channel)
    card = await posted(town, channel="")
    await card.becomes("Your introduction could not be posted yet")
    ada = town.person("ada")
    told = await ada.sees("has approved their introduction, and it can't be posted yet")
    assert "set INTRO_CHANNEL" in told.text
    assert "bees" not in told.text


async def test_a_channel_the_bot_is_not_in_can_be_mended_and_tried_again(town: Town) -> None:
    town.shuts_out("contractor-care", "project")
    await posted(town)
    await town.goes(minutes=2)
    ana, ada = town.person("ana"), town.person("ada")
    await ana.sees("Your introduction could not be posted yet")
    told = await ada.sees("I am not in the channel it should go to.")
    assert "not_in_channel" in told.text
    await told.tap("Try again")
    await told.becomes("I am posting the introduction of Ana Sousa now")
    await town.goes(minutes=2)
    again = await ada.sees("I am not in the channel it should go to.")
    town.chat.channel("project").members.append(town.chat.bot.id)
    await again.tap("Try again")
    await town.settle()
    assert len(town.channel("project").cards("Meet @Ana Sousa")) == 1


# -- saying hi ----------------------------------------------------------------------------------------


async def test_those_who_say_hi_stand_on_the_posted_card_once_each(town: Town) -> None:
    await posted(town)
    mo = await says_hi(town, "mo")
    await says_hi(town, "lee")
    card = town.channel("project").cards("Meet @Ana Sousa")
    assert len(card) == 1
    assert "Said hi: Mo Haddad and Lee Park" in card[0].text
    await says_hi(town, "mo")
    await mo.is_told("You have said hi to Ana Sousa already.", where="project")
    assert "Said hi: Mo Haddad and Lee Park" in card[0].text


async def test_greetings_reach_the_contractor_in_one_note(town: Town) -> None:
    await posted(town)
    await says_hi(town, "mo")
    await says_hi(town, "lee")
    ana = town.person("ana")
    assert not ana.cards("said hi to you")
    await town.goes(hours=2)
    await ana.sees("They said hi to you: Mo Haddad and Lee Park.")
    await town.goes(days=3)
    assert len(ana.cards("said hi to you")) == 1


async def test_a_later_greeting_waits_for_a_day_after_the_last_note() -> None:
    early, late = IntroductionRow(engagement_id=1), IntroductionRow(engagement_id=1, told_at=MONDAY)
    assert note_at(early, MONDAY) == datetime.fromisoformat("2026-11-23T11:00+00:00")
    assert note_at(late, MONDAY) == datetime.fromisoformat("2026-11-24T09:00+00:00")


async def test_saying_hi_to_oneself_is_answered_and_not_counted(town: Town) -> None:
    await posted(town)
    ana = await says_hi(town, "ana")
    await ana.is_told("This is your own introduction.", where="project")
    assert "Said hi" not in town.channel("project").cards("Meet @Ana Sousa")[0].text


async def test_an_ended_engagement_is_not_introduced(town: Town) -> None:
    card = await drafted(town)
    await town.db(lambda db: storage.engagements.end(db, storage.engagements.get(db, 1), "UTC", town.now, by=None))
    await card.tap("Post it")
    await town.person("ana").sees("This engagement has ended")
    assert not town.channel("project").cards("Meet")


@pytest.mark.parametrize("state", ["ended", "paused"])
async def test_an_engagement_that_does_not_run_is_not_offered_an_introduction(town: Town, state: str) -> None:
    engagement = await begun(town)

    def stop(db: Session) -> None:
        one = storage.engagements.get(db, engagement)
        if state == "ended":
            storage.engagements.end(db, one, "UTC", town.now, by=None)
        else:
            storage.engagements.pause(db, one, town.now, by=None)

    await town.db(stop)
    await town.goes(hours=5)
    await town.person("ana").does_not_see("Shall I introduce you?")


async def test_the_post_is_in_the_ledger_under_its_engagement(town: Town) -> None:
    await posted(town)
    assert ("intro:1", State.SENT, "") in await town.ledger()
