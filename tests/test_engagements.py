"""Engagements: adding somebody, what each side hears, changing, pausing and ending."""

from datetime import date, time

import pytest
from sqlmodel import Session

import storage
from bot.care import engagements, terms
from bot.care.terms import Problem
from storage.deliveries import State
from tests.conftest import Town
from tests.demo_driver import Form, Person


async def the_form(town: Town, who: str = "@ana") -> Form:
    """The terms for somebody, as Ada has them open."""
    ada = town.person("ada")
    await ada.commands(f"add {who}")
    return await ada.form("Add a contractor")


def fill(town: Town, form: Form, manager: str = "mo", **more: str) -> Form:
    """Everything an engagement needs."""
    form.fill("Role", more.get("role", "Data engineer"))
    form.fill("What they are here to solve", more.get("bottleneck", "Reports take a week"))
    form.pick("Manager", town.person(manager))
    form.fill("First day", more.get("starts", "2026-11-23"))
    return form


async def added(town: Town) -> None:
    form = fill(town, await the_form(town))
    form.pick("Channel", "project")
    await form.submit()
    assert not form.errors
    await town.settle()


async def one(town: Town) -> storage.engagements.Engagement:
    """The newest engagement."""

    def look(db: Session) -> storage.engagements.Engagement:
        from sqlmodel import col, select

        newest = col(storage.engagements.Engagement.id).desc()
        return db.exec(select(storage.engagements.Engagement).order_by(newest)).all()[0]

    return await town.db(look)


async def pulse_is_planned(town: Town, who: str = "ana") -> bool:
    person = await town.person_id(who)
    return await town.db(lambda db: storage.occurrences.of(db, "pulse.ask", person) is not None)


async def shows(town: Town, who: str, about: str = "@ana") -> Person:
    person = town.person(who)
    await person.commands(f"edit {about}")
    await town.settle()
    return person


# -- adding -------------------------------------------------------------------------------------------


async def test_an_added_contractor_hears_of_it_first_and_then_the_manager(town: Town) -> None:
    await added(town)
    ana, mo = town.person("ana"), town.person("mo")
    card = await ana.sees("Welcome to your engagement")
    assert "Data engineer" in card.text
    assert "Mo Haddad sees your goals" in card.text
    assert "Kei Mori can see your weekly answers" in card.text
    await mo.does_not_see("works with you as Data engineer")
    await town.goes(minutes=2)
    await mo.sees("Ana Sousa works with you as Data engineer, from 23 Nov 2026")


async def test_the_managers_note_waits_until_the_contractor_has_heard(town: Town) -> None:
    await added(town)
    ledger = {key: state for key, state, _ in await town.ledger()}
    assert ledger["engaged:1"] == State.SENT
    assert ledger[f"engaged-manager:1:{await town.person_id('mo')}:2026-11-23"] == State.DUE


async def test_the_pulse_is_on_the_calendar_as_soon_as_an_engagement_runs(town: Town) -> None:
    assert not await pulse_is_planned(town)
    await added(town)
    assert await pulse_is_planned(town)


async def test_nothing_is_asked_before_the_first_day(town: Town) -> None:
    form = fill(town, await the_form(town), starts="2026-12-01")
    await form.submit()
    await town.settle()
    ana = await town.person_id("ana")
    due = await town.db(lambda db: storage.occurrences.of(db, "pulse.ask", ana))
    assert due is not None
    assert due.due_at.date() == date(2026, 12, 3)


async def test_zone_days_and_hours_come_from_the_profile_and_can_be_agreed(town: Town) -> None:
    form = fill(town, await the_form(town))
    assert form.value("Time zone") == "Europe/Lisbon"
    assert len(form.options("Time zone")) > 400
    form.choose("Time zone", "Europe/Madrid")
    form.choose("Working days", "Monday", "Tuesday")
    form.fill("From", "08:00")
    form.fill("Until", "12:00")
    form.choose("Country they work from", "Spain")
    await form.submit()
    await town.settle()
    await town.world.outbox.user_change(town.world.workspace.person("ana"))
    ana = await town.person_id("ana")
    person = await town.db(lambda db: storage.people.get(db, ana))
    assert (person.zone, person.days, person.starts, person.ends, person.country) == (
        "Europe/Madrid", "12", time(8), time(12), "ES")  # fmt: skip


async def test_agreed_hours_move_everything_that_depends_on_them(town: Town) -> None:
    await town.engage()
    ada = await shows(town, "ada")
    await (await ada.sees("Here to solve")).tap("Edit")
    form = await ada.form()
    form.choose("Time zone", "Asia/Tokyo")
    await form.submit()
    await town.settle()
    ana = await town.person_id("ana")
    due = await town.db(lambda db: storage.occurrences.of(db, "pulse.ask", ana))
    assert due is not None
    assert due.due_at.isoformat() == "2026-11-26T06:00:00+00:00"


async def test_hours_a_contractor_has_set_are_not_asked_and_not_changed(town: Town) -> None:
    ana = await town.person_id("ana")

    def set_hours(db: Session) -> None:
        person = storage.people.get(db, ana)
        person.hours_confirmed, person.starts, person.days = True, time(11), "123"
        db.add(person)

    await town.db(set_hours)
    form = await the_form(town)
    assert "They have set their own hours" in form.text
    assert "Time zone" not in form.labels
    form.choose("Country they work from", "Spain")
    await fill(town, form).submit()
    assert (await one(town)).jurisdiction == "ES"
    person = await town.db(lambda db: storage.people.get(db, ana))
    assert (person.starts, person.days, person.zone, person.country) == (time(11), "123", "Europe/Lisbon", "")


async def test_the_chosen_kind_of_work_is_kept_for_the_goals(town: Town) -> None:
    form = fill(town, await the_form(town))
    form.choose("Kind of work", "Data")
    await form.submit()
    engagement = await one(town)
    assert engagement.template == "data"
    goals = await town.db(lambda db: storage.kpis.of_engagement(db, engagement))
    assert 3 <= len(goals) <= 5


async def test_a_manager_who_is_no_admin_is_refused_with_a_sentence(town: Town) -> None:
    mo = town.person("mo")
    await mo.commands("add @ana")
    await mo.sees("That is open only to workspace admins.")
    assert not mo.has_form()


async def test_an_admin_can_add_by_direct_message_and_a_tap(town: Town) -> None:
    ada = town.person("ada")
    await ada.says("add @ana")
    card = await ada.sees("Add a contractor")
    await card.tap("Open")
    form = await ada.form("Add a contractor")
    assert "For Ana Sousa." in form.text


async def test_without_a_name_the_bot_asks_whom(town: Town) -> None:
    ada = town.person("ada")
    await ada.commands("add")
    form = await ada.form("Add a contractor")
    await form.submit()
    assert form.errors == {"Somebody who is here": "Pick somebody, or give an e-mail address."}
    form.pick("Somebody who is here", town.person("ana"))
    form.fill("Or their e-mail address", "somebody@example.com")
    await form.submit()
    assert "leave one of the two empty" in form.errors["Or their e-mail address"]
    form.fill("Or their e-mail address", "")
    await form.submit()
    assert "For Ana Sousa." in (await ada.form()).text


async def test_a_broken_address_comes_back_with_what_is_wrong(town: Town) -> None:
    ada = town.person("ada")
    await ada.commands("add sam@nowhere")
    form = await ada.form()
    assert form.value("Or their e-mail address") == "sam@nowhere"
    await form.submit()
    assert "not an e-mail address" in form.errors["Or their e-mail address"]
    assert form.value("Or their e-mail address") == "sam@nowhere"


# -- bad input ----------------------------------------------------------------------------------------


async def test_bad_input_comes_back_filled_in_with_each_fields_error(town: Town) -> None:
    form = fill(town, await the_form(town), manager="ana", role="   ", bottleneck="Reports *take* a week")
    form.fill("Last day", "2026-11-20")
    form.fill("From", "09:00")
    form.fill("Until", "09:00")
    await form.submit()
    assert form.errors == {
        "Role": "Please write something here.",
        "Manager": "Nobody can be their own manager; pick somebody else.",
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


async def test_slack_connect_people_are_refused_as_contractors_with_a_sentence(town: Town) -> None:
    eve = town.world.workspace.add_user("U0EVE", "Eve Far", "eve", email="eve@far.example", external_team="T0FAR")
    ada = town.person("ada")
    await ada.commands("add @eve")
    await ada.sees("Invite them here as a guest")
    await town.world.outbox.user_change(eve)
    await ada.commands("add @eve")
    await ada.sees("They belong to another organisation (Slack Connect)")
    assert not ada.has_form()


async def test_apps_and_deactivated_people_are_refused_with_a_sentence(town: Town) -> None:
    ada, workspace = town.person("ada"), town.world.workspace
    await ada.commands(f"add @{workspace.bot.handle}")
    await ada.sees("not apps")
    lee = workspace.person("lee")
    form = await the_form(town, "@lee")
    lee.deleted = True
    await town.world.outbox.user_change(lee)
    await fill(town, form).submit()
    assert "Their account here is deactivated" in next(iter(form.errors.values()))
    assert form.is_open


async def test_a_deactivated_person_cannot_be_named_manager(town: Town) -> None:
    form = fill(town, await the_form(town), manager="lee")
    lee = town.world.workspace.person("lee")
    lee.deleted = True
    await town.world.outbox.user_change(lee)
    await form.submit()
    assert "I can't reach them here" in form.errors["Manager"]


# -- by e-mail ----------------------------------------------------------------------------------------


async def invited(town: Town) -> None:
    form = await the_form(town, "Sam@Example.com")
    assert "For sam@example.com." in form.text
    form.fill("Their name", "Sam Okoro")
    await fill(town, form).submit()
    assert not form.errors
    await town.settle()


async def joins(town: Town) -> Person:
    sam = town.world.workspace.add_user(
        "U0SAM", "Sam O.", "sam", email="sam@example.com", tz="Africa/Lagos", guest=True
    )
    await town.world.outbox.team_join(sam)
    await town.settle()
    return town.person("sam")


async def test_somebody_invited_by_email_begins_when_they_join(town: Town) -> None:
    await invited(town)
    ada = town.person("ada")
    await ada.sees("When they join this workspace as sam@example.com I write to them first, then to Mo Haddad.")
    await town.goes(days=1)
    assert (await one(town)).status == "invited"
    await town.person("mo").does_not_see("Sam")
    sam = await joins(town)
    assert (await one(town)).status == "onboarding"
    await sam.sees("Welcome to your engagement")
    assert await pulse_is_planned(town, "sam")
    person = await town.person_id("sam")
    assert (await town.db(lambda db: storage.people.get(db, person))).zone == "Africa/Lagos"
    await town.goes(minutes=2)
    await town.person("mo").sees("works with you as Data engineer")


async def test_an_invitation_that_ended_before_they_joined_never_begins(town: Town) -> None:
    form = await the_form(town, "sam@example.com")
    form.fill("Their name", "Sam Okoro")
    fill(town, form).fill("Last day", "2026-11-24")
    await form.submit()
    await town.goes(days=5)
    sam = await joins(town)
    await sam.does_not_see("Welcome to your engagement")
    assert (await one(town)).status == "ended"


async def test_the_form_of_somebody_invited_names_no_zone_until_one_is_agreed(town: Town) -> None:
    await invited(town)
    ada = town.person("ada")
    await (await ada.home()).tap("Edit")
    await (await ada.sees("Status: invited, not here yet")).tap("Edit")
    form = await ada.form()
    assert form.value("Time zone") is None
    form.fill("Role", "Report writer")
    await form.submit()
    assert not form.errors
    sam = await joins(town)
    await sam.sees("Mon to Fri, 09:00 to 17:00, Lagos time")


async def test_an_address_in_a_direct_message_is_understood(town: Town) -> None:
    ada = town.person("ada")
    await ada.says("add <mailto:sam@example.com|sam@example.com>")
    await (await ada.sees("Add a contractor")).tap("Open")
    assert "For sam@example.com." in (await ada.form()).text


async def test_an_address_of_somebody_who_is_here_is_that_person(town: Town) -> None:
    form = await the_form(town, "ana@example.com")
    assert "For Ana Sousa." in form.text


async def test_an_invitation_needs_a_name(town: Town) -> None:
    form = await the_form(town, "sam@example.com")
    form.fill("Their name", " ")
    await fill(town, form).submit()
    assert form.errors == {"Their name": "Please write something here."}


# -- changing -----------------------------------------------------------------------------------------


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


async def test_a_new_manager_gets_the_short_note_and_the_old_one_loses_sight(town: Town) -> None:
    await town.engage()
    ada = await shows(town, "ada")
    await (await ada.sees("Here to solve")).tap("Edit")
    form = await ada.form()
    form.pick("Manager", town.person("lee"))
    await form.submit()
    await town.settle()
    await town.person("lee").sees("Ana Sousa works with you as Data engineer")
    mo = town.person("mo")
    await mo.sees("Ana Sousa works with Lee Park as Data engineer from now on.")
    await mo.commands("edit @ana")
    await mo.sees("That is open only to")


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
    await lee.sees("That is open only to the contractor's manager, workspace admins.")
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
