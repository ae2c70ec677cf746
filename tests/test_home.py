"""First contact, help and the Home: the bot says who it is once, and shows each reader what is theirs."""

import asyncio
from typing import Any

import pytest
from sqlmodel import Session, select

import storage
from bot import words
from bot.care.people import Role
from bot.chat import Landing
from storage.deliveries import WELCOME, Delivery
from tests.conftest import Town
from tests.demo_driver import Person

pytestmark = pytest.mark.chats("slack", "teams")
HELLO = "Hello, I am Contractor Care"


def private(person: Person) -> list[str]:
    """What stands in somebody's 1:1, oldest first."""
    return [card.text for card in person.cards() if not card.passing and not card.text.startswith("Hello Ana")]


async def welcomes(town: Town) -> int:
    """How many people were told who the bot is."""
    return await town.db(lambda db: len(db.exec(select(Delivery).where(Delivery.kind == WELCOME)).all()))


# -- first contact -----------------------------------------------------------------------------------------------


async def test_the_first_message_says_who_writes_why_what_is_kept_and_how_to_stop_it(town: Town) -> None:
    await town.engage()
    ana = town.person("ana")
    await town.until("2026-11-26 15:00", "Europe/Lisbon")
    welcome = await ana.sees(HELLO)
    assert "because you are one of them" in welcome.text
    assert "I keep what you tell me and who may see it" in welcome.text
    assert {"Mute for a week", "What do you keep about me?"} <= set(welcome.buttons)
    assert [text.splitlines()[0] for text in private(ana)] == [HELLO, "Your weekly pulse"]


async def test_the_second_message_does_not_introduce_the_bot_again(town: Town) -> None:
    await town.engage()
    ana = town.person("ana")
    await town.until("2026-12-03 15:00", "Europe/Lisbon")
    await ana.says("help")
    await town.settle()
    assert len(ana.cards(HELLO)) == 1


async def test_who_is_neither_contractor_nor_works_with_one_is_not_told_to_be(town: Town) -> None:
    ana = town.person("ana")
    await ana.says("help")
    await town.settle()
    assert "because you came to me" in private(ana)[0]
    assert "one of them" not in private(ana)[0]


@pytest.mark.parametrize("said", ["help", "whoswho", "settings", "kpis", "what is this?"])
async def test_who_writes_first_is_told_who_the_bot_is_before_anything_else(town: Town, said: str) -> None:
    """Commands that only read, words nobody knows and what is refused are no exception."""
    ana = town.person("ana")
    await ana.says(said)
    await town.settle()
    assert private(ana)[0].startswith(HELLO)
    assert len(private(ana)) == 2
    await ana.says(said)
    await town.settle()
    assert len(ana.cards(HELLO)) == 1
    assert len(private(ana)) == 3


async def test_the_answer_waits_for_a_slow_introduction(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    chat = town.world.app.chats[town.workspace]
    send = chat.send

    async def slowly(*args: Any, **more: Any) -> Landing:
        await asyncio.sleep(0.2)
        return await send(*args, **more)

    monkeypatch.setattr(chat, "send", slowly)
    ana = town.person("ana")
    await ana.says("help")
    await ana.sees("What I can do for you")
    assert [text.splitlines()[0] for text in private(ana)] == [HELLO, "What I can do for you"]


async def test_what_is_tapped_on_the_home_is_answered_after_the_bot_has_said_who_it_is(town: Town) -> None:
    ana = town.person("ana")
    await (await ana.home()).tap("What can you do?")
    await town.settle()
    assert [text.splitlines()[0] for text in private(ana)] == [HELLO, "What I can do for you"]


@pytest.mark.only("slack", reason="On Teams the Home is what somebody asked for, and they are told first who answers")
async def test_opening_the_home_alone_sends_nobody_a_message(town: Town) -> None:
    lee = town.person("lee")
    await lee.home()
    await town.settle()
    assert await welcomes(town) == 0


async def test_two_messages_that_are_due_together_are_introduced_once(town: Town) -> None:
    person = await town.person_id("mo")

    def owe(db: Session) -> None:
        for number in range(3):
            storage.deliveries.plan(db, f"n{number}", "away.ask_hours", at=town.now, subject=person, person=person)

    await town.db(owe)
    await town.settle()
    mo = town.person("mo")
    assert len(mo.cards("When do you work?")) == 3
    assert len(mo.cards(HELLO)) == 1
    assert private(mo)[0].startswith(HELLO)


# -- help and the Home, for each -----------------------------------------------------------------------------------


def test_everyone_is_told_what_the_bot_is_to_them() -> None:
    said = {role: words.home.for_whom([role]) for role in (Role.CONTRACTOR, Role.MANAGER, Role.CARE, Role.ADMIN)}
    assert len({*said.values(), words.home.for_whom([])}) == 5
    assert words.home.for_whom([Role.ADMIN, Role.CONTRACTOR]) == said[Role.CONTRACTOR]


async def test_a_guest_reads_help_without_slash_commands_and_reaches_everything_by_buttons(town: Town) -> None:
    await town.engage()
    ana = town.person("ana")
    await ana.says("help")
    card = await ana.sees("What I can do for you")
    assert "You are a partner here" in card.text
    assert "/contractor" not in card.text
    words_offered = [
        line.split(":")[0].split()[0] for line in card.text.splitlines() if ": " in line and "[" not in line[:1]
    ]
    for word in ("pulse", "whoswho", "settings"):
        assert word in words_offered
        assert word in card.buttons
    await card.tap("whoswho")
    await ana.sees("Who to ask for what")
    await card.tap("settings")
    await ana.sees("Your settings")


async def test_help_offers_only_what_the_reader_may_do(town: Town) -> None:
    await town.engage()
    shown = {}
    for name in ("lee", "ada", "mo"):
        person = town.person(name)
        await person.commands("help")
        shown[name] = (await person.sees("What I can do for you")).buttons
    assert "pulse" not in shown["lee"]
    assert "add" not in shown["lee"]
    assert "add" in shown["ada"]
    assert "pulse" in shown["mo"]


async def test_help_says_each_word_as_it_is_typed_here(town: Town) -> None:
    await town.engage()
    mo = town.person("mo")
    await mo.commands("help")
    lines = (await mo.sees("What I can do for you")).text.splitlines()
    assert [line for line in lines if "kpis @who" in line] == [
        f"{town.slash}kpis @who: KPIs: where the work stands against what was agreed"
    ]


async def test_the_home_is_each_readers_own(town: Town) -> None:
    await town.engage()
    ana, mo, lee, ada = [await town.person(name).home() for name in ("ana", "mo", "lee", "ada")]
    assert "You are a partner here" in ana.text
    assert "Change day or hour" in ana.buttons
    assert "You work with contractors" in mo.text
    assert "Change day or hour" not in mo.buttons
    assert "No engagement here has you as its contractor or manager" in lee.text
    assert "needs a look" not in lee.text
    assert "You are an admin" in ada.text
    assert all("Who to ask for what" in home.buttons for home in (ana, mo, lee, ada))


async def test_who_answers_for_something_is_asked_for_their_hours_on_the_home(town: Town) -> None:
    await town.engage()
    mo = town.person("mo")
    home = await mo.home()
    assert "I take it that you work Mon–Fri, 09:00–17:00 Chicago." in home.text
    await home.tap("Set my hours")
    form = await mo.form("Your working hours")
    assert (await form.submit()).errors == {}
    await town.settle()
    home = await mo.home()
    assert "Set my hours" not in home.buttons
    assert "Set my hours" not in (await town.person("lee").home()).buttons


# -- what nobody knows -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["mute", "Away", "stop!"])
async def test_the_words_people_use_to_be_left_alone_are_understood(town: Town, typed: str) -> None:
    ana = town.person("ana")
    await ana.says(typed)
    card = await ana.sees("Your settings")
    assert {"I'm away", "Mute for a week"} <= set(card.buttons)


async def test_a_word_with_a_colon_is_that_word_and_the_rest_is_kept(town: Town) -> None:
    await town.engage()
    ana = town.person("ana")
    await ana.says("Blocker: the staging database is down")
    await ana.sees("I kept your words: the staging database is down")
    await ana.says("hello, the staging database is slow")  # a greeting must not swallow what follows it
    await ana.sees("I did not understand “hello, the staging database is slow”.")


async def test_an_admin_is_not_sent_to_an_admin(town: Town) -> None:
    await town.engage()
    ada, mo = town.person("ada"), town.person("mo")
    await ada.commands("hours")
    await ada.commands("blocker the door is locked")
    card = await ada.sees("That is open only to the contractor; being an admin does not change that.")
    await ada.sees("the contractor or the contractor's manager; being an admin")
    assert "ask a workspace admin" not in card.text
    await mo.commands("add")
    await mo.sees("That is open only to workspace admins. If you need it, ask a workspace admin.")


async def test_only_who_can_report_a_blocker_is_offered_to(town: Town) -> None:
    await town.engage()
    for name in ("mo", "kei", "ada"):
        person = town.person(name)
        await person.says("qwerty")
        card = await person.sees("I did not understand “qwerty”.")
        assert card.buttons == ["Who to ask for what", "What can you do?"]
        assert "stopping you" not in card.text


async def test_what_was_typed_is_kept_and_offered_as_a_blocker(town: Town) -> None:
    await town.engage()
    ana = town.person("ana")
    await ana.says("the <!channel> staging {database} is *down*")
    card = await ana.sees("I did not understand “the <!channel> staging {database} is *down*”.")
    assert card.buttons == ["Report it as a blocker", "Who to ask for what", "What can you do?"]
    await card.tap("Report it as a blocker")
    form = await ana.form()
    assert "the <!channel> staging {database} is *down*" in [form.value(label) for label in form.labels]


async def test_what_is_too_long_to_be_passed_on_whole_is_not_said_to_be(town: Town) -> None:
    await town.engage()
    ana = town.person("ana")
    await ana.says("the build " + "again " * 380)
    card = await ana.sees("I did not understand “the build again")
    assert "pass on how it begins" in card.text
    assert "as it is" not in card.text
    await card.tap("Report it as a blocker")
    assert (await ana.form()).value("What stops you?").startswith("the build again")


async def test_whom_to_check_in_with_stands_before_ones_own_settings(town: Town) -> None:
    await town.engage()
    of_care, own = (await town.person("kei").home()).text, (await town.person("ana").home()).text
    assert of_care.index("Check-ins\n") < of_care.index("Your time\n")
    assert own.index("Check-ins\n[What does the care team see about me?]") < own.index("Your time\n")


async def test_ones_introduction_stands_under_a_heading_of_its_own(town: Town) -> None:
    await town.engage()
    shown = (await town.person("ana").home()).text
    assert "Your introduction\nAs Data engineer\n[Write my introduction]" in shown
