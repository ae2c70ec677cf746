"""Who's who: whom to ask for what, where they are, and whether they are there now."""

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

import storage
from bot import care, words
from bot.care.people import PersonRow, TopicRow
from bot.care.whoswho import Contact
from storage.people import Topic
from tests.conftest import Town
from tests.demo_driver import Person

pytestmark = pytest.mark.chats("slack", "teams")

LETTERS = st.text(st.characters(categories=["Lu", "Ll"], max_codepoint=0x24F), min_size=1, max_size=12)


def contact(topic: str, name: str = "Kei") -> Contact:
    person = PersonRow(id=1, user="U0KEI", name=name, zone="Asia/Tokyo")
    return Contact(person, topic=TopicRow(topic=topic, person_id=1))


def found(topic: str, typed: str) -> bool:
    return bool(care.whoswho.matching([contact(topic)], typed, lambda _contact: ""))


# -- looking up ---------------------------------------------------------------------------------------------


@given(st.lists(LETTERS, min_size=1, max_size=4), st.data())
def test_the_beginning_of_any_word_of_a_topic_finds_it_whatever_its_case_and_accents(
    topic: list[str], data: st.DataObject
) -> None:
    word = data.draw(st.sampled_from(topic))
    start = word[: data.draw(st.integers(1, len(word)))]
    bare = "".join(one for one in unicodedata.normalize("NFKD", start) if not unicodedata.combining(one))
    assert found(" ".join(topic), start)
    assert found(" ".join(topic), start.upper().lower())
    assert found(" ".join(topic), f"  {bare} ")


@pytest.mark.parametrize(
    ("topic", "typed", "finds"),
    [
        ("VPN & Zugänge", "zugange", True),
        ("VPN & Zugänge", "ZUG vpn", True),
        ("VPN & Zugänge", "gänge", False),
        ("VPN & Zugänge", "zug mail", False),
        ("Ação social", "acao", True),
        ("Straße", "strasse", True),
        ("Łódź", "lodz", True),
        ("Invoices (PT)", "pt", True),
        ("Invoices", "", True),
    ],
)
def test_every_word_typed_has_to_begin_a_word_of_the_topic(topic: str, typed: str, finds: bool) -> None:
    assert found(topic, typed) is finds


def test_a_slip_of_the_hand_finds_what_was_meant() -> None:
    contacts = [contact("VPN access"), contact("Invoices"), contact("Design system")]
    assert care.whoswho.close(contacts, "acess") == ["VPN access"]
    assert care.whoswho.close(contacts, "invioces") == ["Invoices"]
    assert care.whoswho.close(contacts, "lunch") == []


def test_people_who_have_left_or_not_come_yet_are_not_to_be_asked() -> None:
    here = PersonRow(id=1, user="U1", name="Here")
    left, to_come = PersonRow(id=2, user="U2", name="Left", active=False), PersonRow(id=3, name="To come")
    topics = [TopicRow(topic="Access", person_id=number) for number in (1, 2, 3, 4)]
    assert [one.person.name for one in care.whoswho.from_topics(topics, {1: here, 2: left, 3: to_come})] == ["Here"]


def test_presence_follows_hours_holidays_and_absences() -> None:
    monday = datetime(2026, 11, 23, 10, tzinfo=UTC)
    person = PersonRow(id=1, zone="Europe/Berlin", country="DE", starts=time(9), ends=time(17))
    assert care.whoswho.presence(person, monday).until == datetime(2026, 11, 23, 16, tzinfo=UTC)
    christmas = datetime(2026, 12, 25, 10, tzinfo=UTC)
    assert care.whoswho.presence(person, christmas).next_at == datetime(2026, 12, 28, 8, tzinfo=UTC)
    off = PersonRow(**(person.model_dump() | {"away_from": monday.date(), "away_until": monday.date()}))
    assert care.whoswho.presence(off, monday).next_at == datetime(2026, 11, 24, 8, tzinfo=UTC)


def test_every_zone_is_offered_once_in_groups_that_slack_can_hold() -> None:
    choices = words.people.zone_choices("US/Pacific")
    values = [choice.value for choice in choices]
    assert len(values) == len(set(values)) > 400
    assert {"Europe/Lisbon", "America/Argentina/Buenos_Aires", "UTC", "US/Pacific"} <= set(values)
    assert all(care.working.parse_zone(value) == value for value in values)
    assert all(choice.group for choice in choices)


def test_days_are_said_as_people_say_them() -> None:
    assert words.people.days_text([1, 2, 3, 4, 5]) == "Mon–Fri"
    assert words.people.days_text([7, 1, 2, 3]) == "Sun–Wed"
    assert words.people.days_text([6]) == "Sat"


# -- the card -------------------------------------------------------------------------------------------------


async def names(town: Town, topic: str, who: str, note: str = "") -> None:
    person = await town.person_id(who)

    def write(db: Session) -> None:
        db.add(Topic(topic=topic, person_id=person, note=note))

    await town.db(write)


async def whoswho(person: Person, words: str = "") -> None:
    await (person.says if person.name == "ana" else person.commands)(f"whoswho {words}".strip())


async def test_a_contractor_sees_their_manager_and_buddy_in_their_own_time(town: Town) -> None:
    lee = await town.person_id("lee")
    await town.engage(buddy_id=lee)
    ana = town.person("ana")
    await whoswho(ana)
    card = await ana.sees("Who to ask for what")
    assert "@Mo Haddad: your manager (Data engineer)" in card.text
    assert "03:00 Chicago for them, back in usual working hours on Mon 23 Nov, 15:00 Lisbon." in card.text
    assert "@Lee Park: your buddy (Data engineer)" in card.text
    assert "14:45 Kathmandu for them, in usual working hours until 11:15 Lisbon." in card.text


async def test_a_manager_sees_their_contractor_and_who_helps_them(town: Town) -> None:
    lee = await town.person_id("lee")
    await town.engage(owner_id=lee)
    mo = town.person("mo")
    await whoswho(mo)
    card = await mo.sees("Who to ask for what")
    assert "@Ana Sousa: contractor (Data engineer)" in card.text
    assert "@Lee Park: project owner of Ana Sousa (Data engineer)" in card.text


async def test_another_contractor_is_not_in_who_is_who(town: Town) -> None:
    await town.engage("ana", "mo")
    await town.engage("lee", "mo")
    ana = town.person("ana")
    await whoswho(ana)
    assert "Mo Haddad" in (await ana.sees("Who to ask for what")).text
    await ana.does_not_see("Lee Park")
    await whoswho(ana, "Lee")
    await ana.sees("Nobody is named for “Lee” yet.")


async def test_a_topic_is_added_found_changed_and_removed(town: Town) -> None:
    await town.engage()
    mo, ana = town.person("mo"), town.person("ana")
    await whoswho(mo)
    await (await mo.sees("Who to ask for what")).tap("Add a topic")
    form = await mo.form("Who to ask")
    form.fill("For what?", "VPN <!here> *access*")
    form.pick("Whom to ask", town.person("kei"))
    form.fill("What helps them help", "Say which laptop it is")
    await form.submit()
    await mo.sees("“VPN <!here> *access*” is in who's who now.")
    await whoswho(ana, "vpn")
    card = await ana.sees("VPN <!here> *access*: @Kei Mori")
    assert "Say which laptop it is" in card.text
    assert "18:00 Tokyo for them, back in usual working hours on Tue 24 Nov, 00:00 Lisbon." in card.text
    assert "Add a topic" not in card.buttons
    await whoswho(mo)
    card = await mo.sees("Change or remove a topic")
    await card.choose("Change or remove a topic", "VPN <!here> *access*")
    form = await mo.form("Who to ask")
    assert form.value("What helps them help") == "Say which laptop it is"
    form.choose("No longer so?", "Remove this line")
    await form.submit()
    await mo.sees("is no longer in who's who.")
    await whoswho(ana, "vpn")
    await ana.sees("Nobody is named for “vpn” yet.")


async def test_the_same_topic_of_the_same_person_is_kept_once(town: Town) -> None:
    ada = town.person("ada")
    for topic in ("Zugänge", "zugange"):
        await whoswho(ada)
        await (await ada.sees("Who to ask for what")).tap("Add a topic")
        form = await ada.form("Who to ask")
        form.fill("For what?", topic)
        form.pick("Whom to ask", town.person("kei"))
        await form.submit()
    await town.settle()
    assert await town.db(lambda db: [one.topic for one in storage.people.topics(db)]) == ["zugange"]


async def test_a_bot_cannot_be_named_and_nothing_typed_is_lost(town: Town) -> None:
    ada = town.person("ada")
    await whoswho(ada)
    await (await ada.sees("Who to ask for what")).tap("Add a topic")
    form = await ada.form("Who to ask")
    form.fill("For what?", "Everything")
    form.pick("Whom to ask", replace_who(ada, town))
    await form.submit()
    assert form.errors == {"Whom to ask": "I don't know them yet; pick a member of this workspace."}
    assert form.value("For what?") == "Everything"


def replace_who(like: Person, town: Town) -> Person:
    """The bot, as somebody to pick."""
    bot = Person(like.stage, like.who, "bot")
    bot.who = replace(town.chat.bot)
    return bot


async def test_a_contractor_may_not_write_in_who_is_who(town: Town) -> None:
    await town.engage()
    ana = town.person("ana")
    await whoswho(ana, "nothing")
    card = await ana.sees("Nobody is named")
    assert card.buttons == ["Show everybody", "Report it as a blocker"]


async def test_signs_alone_find_nobody_and_who_cannot_report_is_not_asked_to(town: Town) -> None:
    await town.engage()
    await names(town, "Access to staging", "kei")
    mo = town.person("mo")
    await whoswho(mo, "???")
    card = await mo.sees("Nobody is named for “???” yet.")
    assert card.buttons == ["Show everybody", "Add a topic"]
    assert "blocker" not in card.text


async def test_nothing_found_offers_what_is_near_and_a_way_on(town: Town) -> None:
    await names(town, "Access to staging", "kei")
    ana = town.person("ana")
    await whoswho(ana, "acess")
    card = await ana.sees("Nobody is named for “acess” yet.")
    await card.tap("Access to staging")
    await ana.sees("Access to staging: @Kei Mori")
    await card.tap("Show everybody")
    await town.settle()
    assert len(ana.cards("Access to staging: @Kei Mori")) == 2


async def test_ten_at_a_time_with_a_way_on_and_back(town: Town) -> None:
    for number in range(23):
        await names(town, f"Topic {number:02}", "kei")
    ana = town.person("ana")
    await (await ana.home()).tap("Who to ask for what")
    card = await ana.sees("Topic 00")
    assert "Topic 09" in card.text
    assert "Topic 10" not in card.text
    await card.tap("Show 13 more")
    await card.becomes("Topic 10")
    await card.tap("Show 3 more")
    await card.becomes("Topic 22")
    assert card.buttons == ["Back"]
    await card.tap("Back")
    await card.becomes("Topic 19")


async def test_a_guest_looks_a_topic_up_by_choosing_it(town: Town) -> None:
    await names(town, "Invoices", "mo")
    await names(town, "Design", "kei")
    ana = town.person("ana")
    await (await ana.home()).tap("Who to ask for what")
    card = await ana.sees("Invoices: @Mo Haddad")
    await card.choose("Look up a topic", "Design")
    await card.becomes("For “Design”:")
    assert "Mo Haddad" not in card.text
    await card.tap("Show everybody")
    await ana.sees("Invoices: @Mo Haddad")


async def test_whoever_is_away_is_back_on_the_day_they_said(town: Town) -> None:
    await names(town, "Invoices", "lee")
    lee = town.person("lee")
    await (await lee.home()).tap("I'm away")
    form = await lee.form("I'm away")
    form.fill("Last day away", "2026-11-27")
    await form.submit()
    ana = town.person("ana")
    await whoswho(ana, "invoices")
    card = await ana.sees("Invoices: @Lee Park")
    assert "back in usual working hours on Mon 30 Nov, 03:15 Lisbon." in card.text


async def test_a_mention_finds_what_somebody_can_be_asked_for(town: Town) -> None:
    await names(town, "Invoices", "mo")
    await names(town, "Design", "kei")
    ana = town.person("ana")
    await ana.says("whoswho @kei")
    card = await ana.sees("Design: @Kei Mori")
    assert "Invoices" not in card.text
