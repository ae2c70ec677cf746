"""Settings: what one can set for oneself, who has a say, and what admins should have a look at."""

import pytest
from sqlmodel import Session

import storage
from bot.care.admin import Named
from bot.errors import WorkspaceAdmin
from storage.deliveries import Priority
from tests.conftest import Town
from tests.demo_driver import Card, Person, Place

pytestmark = pytest.mark.chats("slack", "teams")
UNTOLD = "Teams tells a bot of nobody that they are an admin of the organisation"


async def settings(person: Person) -> Card:
    await (person.says if person.name == "ana" else person.commands)("settings")
    return await person.sees("Your settings")


async def adds(admin: Person, label: str, whom: Person) -> dict[str, str]:
    await (await settings(admin)).tap(label)
    form = await admin.form(label)
    form.pick("Who?", whom)
    await form.submit()
    await admin.stage.settle()
    return form.errors


async def roles(town: Town, name: str) -> tuple[bool, bool]:
    person = await town.person_id(name)
    found = await town.db(lambda db: storage.people.get(db, person))
    return found.admin, found.care


# -- everybody's own -------------------------------------------------------------------------------------------


async def test_who_is_no_admin_sees_nothing_of_roles_and_troubles(town: Town) -> None:
    await town.engage()
    for name in ("ana", "mo", "kei", "lee"):
        person = town.person(name)
        card = await settings(person)
        assert "Care team" not in card.text
        assert "Needs a look" not in card.text
        assert "Add an admin" not in card.buttons


async def test_what_is_kept_about_me_is_counted_and_says_who_sees_it(town: Town) -> None:
    await town.engage()
    ana = town.person("ana")
    await town.until("2026-11-26 15:00", "Europe/Lisbon")
    card = await ana.sees("1 = not at all")
    await card.tap("4", under="How was your week, all in all?")
    await town.settle()
    await (await ana.sees("1 = not at all")).tap("Submit")
    await town.settle()
    await (await settings(ana)).tap("What do you keep about me?")
    kept = await ana.sees("What I keep about you")
    assert "Ana Sousa, ana@example.com" in kept.text
    assert "Pulses you submitted: 1" in kept.text
    assert "the care team is Kei Mori" in kept.text
    assert "write to an admin: Ada Berg" in kept.text


# -- who has a say ------------------------------------------------------------------------------------------------


async def test_an_admin_names_a_care_member_who_is_told_and_reads_it_in_settings(town: Town) -> None:
    ada, lee = town.person("ada"), town.person("lee")
    assert "Care team: Kei Mori" in (await settings(ada)).text
    assert await adds(ada, "Add to the care team", lee) == {}
    assert await roles(town, "lee") == (False, True)
    told = await lee.sees("You are in the care team now.")
    assert "Ada Berg said so." in told.text
    assert "Care team: Kei Mori, Lee Park" in (await settings(ada)).text


async def test_a_care_member_who_is_taken_off_is_told_and_may_be_the_last(town: Town) -> None:
    ada, kei = town.person("ada"), town.person("kei")
    await (await settings(ada)).choose("Take off the care team", "Kei Mori")
    await town.settle()
    assert await roles(town, "kei") == (False, False)
    await kei.sees("You are no longer in the care team.")
    assert "Nobody is in the care team" in (await settings(ada)).text


async def test_a_guest_is_neither_admin_nor_care(town: Town) -> None:
    ada, ana = town.person("ada"), town.person("ana")
    for label in ("Add to the care team", "Add an admin"):
        errors = await adds(ada, label, ana)
        assert "Ana Sousa is a guest here" in errors["Who?"]
    assert await roles(town, "ana") == (False, False)
    await ana.does_not_see("care team now")


async def test_a_named_admin_names_others_and_is_taken_off_again(town: Town) -> None:
    ada, lee, mo = town.person("ada"), town.person("lee"), town.person("mo")
    assert await adds(ada, "Add an admin", lee) == {}
    await lee.sees("You are an admin of Contractor Care now.")
    assert await adds(lee, "Add an admin", mo) == {}
    await (await settings(ada)).choose("Take off the admins", "Lee Park")
    await town.settle()
    assert await roles(town, "lee") == (False, False)
    await lee.sees("You are no longer an admin here.")
    assert await roles(town, "mo") == (True, False)


@pytest.mark.only("slack", reason=UNTOLD)
async def test_an_admin_of_the_workspace_cannot_be_taken_off_here(town: Town) -> None:
    ada = town.person("ada")
    await adds(ada, "Add an admin", town.person("lee"))
    card = await settings(ada)
    await card.choose("Take off the admins", "Lee Park")
    await town.settle()
    person = await town.person_id("ada")

    def refused(db: Session) -> str:
        try:
            ada_row = storage.people.get(db, person)
            storage.admin.take_back(db, ada_row, Named.ADMIN, person, town.now)
        except WorkspaceAdmin as refusal:
            return refusal.say()
        return ""

    assert "an admin of this whole workspace" in await town.db(refused)


async def only_lee_is_admin(town: Town) -> None:
    """Lee cannot be taken off any more."""
    lee = town.person("lee")
    await (await settings(lee)).choose("Take off the admins", "Lee Park")
    await lee.sees("This is the last admin")
    assert await roles(town, "lee") == (True, False)


async def test_the_last_admin_stays(town: Town) -> None:
    """Ada names Lee, then leaves."""
    await adds(town.person("ada"), "Add an admin", town.person("lee"))
    await town.leaves("ada")
    await only_lee_is_admin(town)


@pytest.mark.only("slack", reason=UNTOLD)
async def test_who_is_no_admin_of_the_workspace_any_more_is_none_here(town: Town) -> None:
    await adds(town.person("ada"), "Add an admin", town.person("lee"))
    await town.changes("ada", admin=False)
    assert await roles(town, "ada") == (False, False)
    await only_lee_is_admin(town)


async def test_the_profile_of_a_named_admin_does_not_take_it_from_them(town: Town) -> None:
    await adds(town.person("ada"), "Add an admin", town.person("lee"))
    await town.changes("lee", tz="Asia/Tokyo")
    person = await town.person_id("lee")
    assert await town.db(lambda db: storage.people.get(db, person).zone) == "Asia/Tokyo"
    assert await roles(town, "lee") == (True, False)


async def test_settings_from_a_command_are_drawn_anew_after_a_form(town: Town) -> None:
    ada = town.person("ada")
    await adds(ada, "Add to the care team", town.person("lee"))
    assert "Care team: Kei Mori, Lee Park" in (await ada.sees("Your settings")).text


# -- who joins the care channel --------------------------------------------------------------------------------


async def test_who_joins_the_care_channel_is_care_only_when_an_admin_says_so(town: Town) -> None:
    ada, lee = town.person("ada"), town.person("lee")
    await town.enters("lee", "care")
    assert await roles(town, "lee") == (False, False)
    card = await ada.sees("Lee Park joined the care channel.")
    await card.tap("Add to the care team")
    await card.becomes("Lee Park is in the care team.")
    await town.settle()
    assert await roles(town, "lee") == (False, True)
    await lee.sees("You are in the care team now.")


async def test_an_admin_may_leave_somebody_in_the_channel_alone(town: Town) -> None:
    ada = town.person("ada")
    await town.enters("lee", "care")
    card = await ada.sees("Lee Park joined the care channel.")
    await card.tap("No")
    await card.becomes("Lee Park stays out of the care team")
    assert await roles(town, "lee") == (False, False)


async def test_a_guest_in_the_care_channel_and_anybody_elsewhere_is_no_news(town: Town) -> None:
    await town.enters("ana", "care")
    await town.enters("kei", "project")
    await town.person("ada").does_not_see("joined the care channel")


async def test_another_bot_in_a_channel_disturbs_nothing(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    await town.joins("Deploys", "deploys", bot=True)
    await town.enters("deploys", "care")
    assert caplog.messages == []
    await town.person("ada").does_not_see("joined the care channel")


# -- what needs a look ---------------------------------------------------------------------------------------------


async def posts(town: Town, name: str) -> None:
    """Owe a channel a message."""
    person, channel = await town.person_id("lee"), town.chat.channel(name).id

    def owe(db: Session) -> None:
        storage.deliveries.plan(db, "to-channel", "admin.role", at=town.now, subject=f"care:{person}:1", channel=channel,
                                priority=Priority.NORMAL)  # fmt: skip

    await town.db(owe)
    await town.settle()


async def test_a_channel_the_bot_is_not_in_is_shown_and_served_once_it_is_invited(town: Town) -> None:
    town.shuts_out(town.chat.bot.handle, "project")
    await posts(town, "project")
    assert [state for key, state, _reason in await town.ledger() if key == "to-channel"] == ["failed"]
    ada = town.person("ada")
    assert "1 thing needs a look." in (await ada.home()).text
    card = await settings(ada)
    assert f"I am not in the channel {town.called('project')}: 1 message waits." in card.text
    await town.enters(town.chat.bot.handle, "project")
    await town.channel("project").sees("Lee Park said so.")
    assert "Everybody can be reached." in (await settings(ada)).text


async def test_what_failed_long_ago_is_not_posted_any_more(town: Town) -> None:
    town.shuts_out(town.chat.bot.handle, "project")
    await posts(town, "project")
    await town.goes(days=15)
    await town.enters(town.chat.bot.handle, "project")
    await town.channel("project").does_not_see("Lee Park said so.")


async def test_people_of_an_engagement_who_have_left_are_shown_to_admins(town: Town) -> None:
    await town.engage()
    await town.leaves("mo")
    card = await settings(town.person("ada"))
    assert "Mo Haddad is no longer in the workspace but still in an engagement." in card.text


async def test_people_whom_nothing_reaches_are_shown_until_they_are_back(town: Town) -> None:
    person = await town.person_id("lee")

    def unreachable(db: Session) -> None:
        lee = storage.people.get(db, person)
        lee.unreachable = "user_disabled"
        db.add(lee)

    await town.db(unreachable)
    card = await settings(town.person("ada"))
    assert "Nothing I write reaches Lee Park (user_disabled)." in card.text
    await town.changes("lee")
    assert "Lee Park" not in (await settings(town.person("ada"))).text


async def test_who_answers_for_something_and_has_not_said_when_they_work_is_named(town: Town) -> None:
    await town.engage()
    card = await settings(town.person("ada"))
    assert "Mo Haddad has not said yet when they work" in card.text
    assert "Ana Sousa" not in card.text


async def test_only_admins_change_roles(town: Town) -> None:
    """A button that was passed on, or made up, does nothing."""
    ada, lee = town.person("ada"), town.person("lee")
    await town.enters("lee", "care")
    card = await ada.sees("Lee Park joined the care channel.")
    forged = Card(Place(lee.stage, lee.who, None), card.shown)
    await forged.tap("Add to the care team")
    await town.settle()
    await lee.sees("That is open only to workspace admins.")
    assert await roles(town, "lee") == (False, False)
