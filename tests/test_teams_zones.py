"""Teams tells a zone only by what somebody does themselves: until then a contractor is where their manager is."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session

import storage
from storage.people import Person
from tests.conftest import Town
from tests.engagements import fill, the_form
from tests.hours import change

pytestmark = pytest.mark.chats("teams")


async def zoe(town: Town, manager: str = "mo") -> None:
    """Zoe, of whom only her name is known, works for Mo from today on."""
    await town.joins("Zoe New", "zoe", tz="Asia/Tokyo", email="zoe@example.com", guest=True)
    form = fill(town, await the_form(town, "@zoe"), manager)
    assert form.value("Time zone") is None
    assert not (await form.submit()).errors
    await town.settle()


async def kept(town: Town, handle: str) -> Person:
    person_id = await town.person_id(handle)
    return await town.db(lambda db: storage.people.get(db, person_id))


async def asked_at(town: Town) -> datetime:
    """When Zoe's next pulse is due."""
    person_id = await town.person_id("zoe")

    def look(db: Session) -> datetime:
        planned = storage.occurrences.of(db, "pulse.ask", person_id)
        assert planned is not None
        return planned.due_at

    return await town.db(look)


def thursday(zone: str) -> datetime:
    return datetime(2026, 11, 26, 15, 0, tzinfo=ZoneInfo(zone)).astimezone(UTC)


async def test_a_contractor_who_never_wrote_is_asked_at_their_managers_hour_and_at_their_own_when_they_did(
    town: Town,
) -> None:
    await zoe(town)
    assert (await kept(town, "zoe")).zone == "America/Chicago"
    assert await asked_at(town) == thursday("America/Chicago")
    await town.person("zoe").says("help")
    await town.settle()
    assert (await kept(town, "zoe")).zone == "Asia/Tokyo"
    assert await asked_at(town) == thursday("Asia/Tokyo")


async def test_a_language_that_nobody_writes_dates_in_breaks_none_of_ones_cards(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    town.chat.person("mo").locale = "tlh-KX"
    await town.person("mo").says("settings")
    await town.person("mo").sees("Mon–Fri, 09:00–17:00 Chicago")
    assert (await kept(town, "mo")).locale == "en"
    assert "unexpected error" not in caplog.text


async def test_who_said_their_own_hours_stays_there_wherever_their_manager_goes(town: Town) -> None:
    await zoe(town)
    person_id = await town.person_id("zoe")

    def say(db: Session) -> None:
        storage.away.set_hours(db, storage.people.get(db, person_id), zone="Europe/Lisbon", days="12345", starts=time(9),
                               ends=time(17), country="PT", now=town.now)  # fmt: skip

    await town.db(say)
    town.chat.person("mo").tz = "Europe/Paris"
    await town.person("mo").says("help")
    await town.settle()
    assert (await kept(town, "zoe")).zone == "Europe/Lisbon"
    assert await asked_at(town) == thursday("Europe/Lisbon")


async def test_whoever_borrows_a_zone_moves_with_it_and_nobody_else_does(town: Town) -> None:
    await zoe(town)
    await town.engage("ana")
    town.chat.person("mo").tz = "Europe/Paris"
    await town.person("mo").says("help")
    await town.settle()
    assert [(await kept(town, name)).zone for name in ("mo", "zoe", "ana")] == [
        "Europe/Paris", "Europe/Paris", "Europe/Lisbon",
    ]  # fmt: skip
    assert await asked_at(town) == thursday("Europe/Paris")


async def test_a_manager_who_is_not_known_either_is_followed_as_soon_as_they_are(town: Town) -> None:
    await change(town, "lee", zone="UTC", zone_told=False)
    await zoe(town, manager="lee")
    assert await asked_at(town) == thursday("UTC")
    town.chat.person("lee").tz = "America/Lima"
    await town.person("lee").says("help")
    await town.settle()
    assert await asked_at(town) == thursday("America/Lima")


async def test_a_zone_that_an_engagement_says_is_nobodys_to_lend(town: Town) -> None:
    await town.joins("Zoe New", "zoe", tz="Asia/Tokyo", email="zoe@example.com", guest=True)
    form = fill(town, await the_form(town, "@zoe"))
    form.choose("Time zone", "Lisbon")
    assert not (await form.submit()).errors
    await town.person("zoe").says("help")
    await town.settle()
    assert (await kept(town, "zoe")).zone == "Europe/Lisbon"
