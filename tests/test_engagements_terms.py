"""The form of an engagement: what cannot be comes back filled in, each field with its sentence."""

from datetime import date

import pytest

from bot.care import terms
from bot.care.terms import Problem
from tests.conftest import Town
from tests.engagements import fill, the_form

pytestmark = pytest.mark.chats("slack", "teams")


async def test_bad_input_comes_back_filled_in_with_each_fields_error(town: Town) -> None:
    form = fill(town, await the_form(town), manager="ana", role="   ", bottleneck="Reports *take* a week")
    form.fill("Last day", "2026-11-20")
    form.fill("From", "09:00")
    form.fill("Until", "09:00")
    await form.submit()
    assert form.errors == {
        "Role": "Please write something here.",
        "Manager": "That is the contractor themself; pick somebody else.",
        "Last day": "The end is before the start; pick a later day, or leave it empty.",
        "Until": "Start and end are the same hour; pick two different ones.",
    }
    assert form.is_open
    assert form.value("What they are here to solve") == "Reports *take* a week"
    assert form.value("First day") == "2026-11-23"
    assert not [key for key, *_ in await town.ledger() if key.startswith("engaged")]


async def test_the_same_engagement_is_not_added_twice(town: Town) -> None:
    await town.engage()
    form = fill(town, await the_form(town), role="data ENGINEER ")
    await form.submit()
    assert "edit that one instead" in form.errors["Role"]
    form.fill("Role", "Report writer")
    await form.submit()
    assert not form.errors


@pytest.mark.parametrize(
    ("field", "typed", "problem"),
    [
        ("ends_on", "2026-11-20", Problem.ENDS_FIRST),
        ("starts_on", "tomorrow", Problem.NO_DATE),
        ("starts_on", "9999-12-31", Problem.NO_DATE),
        ("ends_on", "soon", Problem.NO_DATE),
        ("zone", "Europe/Atlantis", Problem.NO_ZONE),
        ("jurisdiction", "Narnia", Problem.NO_COUNTRY),
        ("days", [], Problem.NO_DAY),
        ("days", "8,9", Problem.NO_DAY),
        ("opens", "late", Problem.NO_TIME),
        ("closes", "9:00", Problem.SAME_TIME),
        ("bottleneck", "x" * 1001, Problem.LONG),
        ("template", "astronaut", Problem.NO_TEMPLATE),
    ],
)
def test_an_answer_that_cannot_be_is_named_by_its_field(field: str, typed: object, problem: Problem) -> None:
    good: dict[str, object] = {
        "role": "Writer", "bottleneck": "Docs", "starts_on": "2026-11-23", "ends_on": "", "zone": "Asia/Tokyo",
        "days": ["1", "2"], "opens": "09:00", "closes": "17:00", "jurisdiction": "JP", "template": "writing",
    }  # fmt: skip
    assert terms.read(good, date(2026, 11, 23))[1] == {}
    found, wrong = terms.read(good | {field: typed}, date(2026, 11, 23))
    assert found is None
    assert wrong == {field: problem}


def test_an_end_that_has_passed_is_no_end() -> None:
    fields = {"role": "Writer", "bottleneck": "Docs", "starts_on": "2026-01-05", "ends_on": "2026-11-22"}
    assert terms.read(fields, date(2026, 11, 23))[1] == {"ends_on": Problem.OVER}
    assert terms.read(fields, date(2026, 11, 22))[1] == {}


async def test_people_of_another_organisation_are_refused_as_contractors_with_a_sentence(town: Town) -> None:
    town.newcomer("Eve Far", "eve", email="eve@far.example", external_team="T0FAR")
    ada = town.person("ada")
    await ada.commands("add @eve")
    await ada.sees("Invite them here as a guest")
    await town.changes("eve")
    await ada.commands("add @eve")
    await ada.sees("They belong to another organisation and can't use me here.")
    assert not ada.has_form()


async def test_apps_are_refused_with_a_sentence(town: Town) -> None:
    ada = town.person("ada")
    town.newcomer("Polly", "polly", bot=True)
    await ada.commands("add @polly")
    await ada.sees("not apps")
    assert not ada.has_form()


@pytest.mark.only("slack", reason="On Teams the bot's own name beside a word only says who is spoken to")
async def test_the_bot_itself_is_refused_with_a_sentence(town: Town) -> None:
    ada = town.person("ada")
    await ada.commands(f"add @{town.chat.bot.handle}")
    await ada.sees("not apps")


async def test_deactivated_people_are_refused_with_a_sentence(town: Town) -> None:
    form = await the_form(town, "@lee")
    await town.leaves("lee")
    await fill(town, form).submit()
    assert "Their account here is deactivated" in next(iter(form.errors.values()))
    assert form.is_open


async def test_a_deactivated_person_cannot_be_named_manager(town: Town) -> None:
    form = fill(town, await the_form(town), manager="lee")
    await town.leaves("lee")
    await form.submit()
    assert "I can't reach them here" in form.errors["Manager"]
