"""Blockers: reported in one tap by whatever way is nearest, and answered by whoever can help."""

import pytest
from sqlmodel import Session, select

import storage
from bot.care.blockers import State
from storage.blockers import Blocker, BlockerDraft
from tests.blockers import MORNING, STUCK, answers, asked, engagements_are, kept, opened, report
from tests.conftest import Town

pytestmark = pytest.mark.chats("slack", "teams")

# -- reporting -----------------------------------------------------------------------------------------


async def test_a_guest_reports_by_a_word_and_taps_and_nothing_typed_is_lost_or_interpreted(town: Town) -> None:
    await town.engage()
    form = await opened(town, "The *staging* <!channel> & {who} is down")
    assert form.value("What stops you?") == "The *staging* <!channel> & {who} is down"
    assert form.value("Since which day?") == "2026-11-23"
    assert form.value("Since what time?") == "09:00"
    assert form.value("How badly does it stop you?") == "It slows me down"
    form.fill("What would get you moving?", "An _account_")
    assert not (await form.submit()).errors
    card = await town.person("ana").sees("Your blocker")
    assert "What stops you: The *staging* <!channel> & {who} is down" in card.text
    assert "What you need: An _account_" in card.text
    assert "Needed from: Mo Haddad" in card.text


async def test_the_word_alone_offers_the_form(town: Town) -> None:
    await town.engage()
    ana = town.person("ana")
    await ana.says("blocked")
    await (await ana.sees("Is something stopping you?")).tap("Report it")
    assert (await ana.form("Report a blocker")).value("What stops you?") in (None, "")


async def test_a_very_long_message_reaches_the_form_whole(town: Town) -> None:
    await town.engage()
    text = "x" * 2900
    assert (await opened(town, text)).value("What stops you?") == text


async def test_somebody_mentioned_is_who_it_is_needed_from(town: Town) -> None:
    await town.engage()
    form = await opened(town, "@lee has the key")
    assert form.value("From whom do you need it?") == town.chat.person("lee").id


async def test_words_the_bot_did_not_understand_become_a_report(town: Town) -> None:
    await town.engage()
    ana = town.person("ana")
    await ana.says("the database is gone")
    await (await ana.sees("I did not understand")).tap("Report it as a blocker")
    assert (await ana.form()).value("What stops you?") == "the database is gone"


async def test_a_contractor_with_commands_gets_the_form_at_once(town: Town) -> None:
    await town.engage("lee")
    lee = town.person("lee")
    await lee.commands("blocker the VPN drops", where="project")
    form = await lee.form("Report a blocker")
    assert form.value("What stops you?") == "the VPN drops"
    await form.submit()
    await lee.is_told("Thank you, your blocker is reported: the VPN drops", where="project")
    await lee.sees("What stops you: the VPN drops")


async def test_the_global_shortcut_opens_the_form(town: Town) -> None:
    await town.engage()
    await town.person("ana").takes_shortcut("blockers.report")
    assert "What stops you?" in (await town.person("ana").form("Report a blocker")).labels


async def test_a_message_becomes_a_report_by_its_action(town: Town) -> None:
    await town.engage("lee")
    lee, said = town.person("lee"), "Staging is down & *out* for a <b>day</b>"
    await town.person("mo").says(said, where="project")
    await lee.acts_on(said, "blockers.from_message", where="project")
    form = await lee.form("Report a blocker")
    assert form.value("What stops you?") == said
    form.fill("Since what time?", "23:59")
    assert "Since what time?" in (await form.submit()).errors
    form.fill("Since what time?", "08:00")
    assert not (await form.submit()).errors
    await lee.sees("What stops you: Staging is down & *out* for a <b>day</b>")


async def test_the_home_has_the_button_and_then_the_blocker(town: Town) -> None:
    await town.engage()
    ana = town.person("ana")
    home = await ana.home()
    assert "Nothing of yours is blocked" in home.text
    await home.tap("Report a blocker")
    form = await ana.form("Report a blocker")
    form.fill("What stops you?", STUCK)
    await form.submit()
    await home.becomes("1 blocker of yours is open")
    assert "1 blocker waits for help" in (await town.person("mo").home()).text
    assert "Blockers" not in (await town.person("ada").home()).text


async def test_what_slows_me_down_in_the_pulse_is_one_tap_away(town: Town) -> None:
    await town.engage()
    ana = town.person("ana")
    await town.until("2026-11-26 15:00", "Europe/Lisbon")
    await (await ana.sees("Your weekly pulse")).tap("Add a comment")
    form = await ana.form()
    form.fill("What is slowing you down?", "The *licence* ran out")
    await form.submit()
    await town.settle()
    await (await ana.sees("Your weekly pulse")).tap("Submit")
    card = await ana.sees("Make it a blocker")
    await card.tap("Make it a blocker")
    await card.becomes("Thank you, your blocker is reported: The *licence* ran out")
    assert not ana.has_form()
    await card.becomes("I have asked Mo Haddad")
    await town.person("mo").sees("What stops them: The *licence* ran out")
    await card.tap("Back to my pulse")
    await town.settle()
    await (await ana.sees("Your weekly pulse")).tap("Submit again")
    again = await ana.sees("It is with the people who can help, as a blocker")
    assert "Make it a blocker" not in again.buttons


async def test_who_has_several_engagements_is_asked_which(town: Town) -> None:
    await town.engage()
    await town.engage(manager="ada", role="Report *writer*")
    form = await opened(town)
    assert form.options("In which engagement?") == ["Data engineer · Mo Haddad", "Report *writer* · Ada Berg"]
    assert "In which engagement?" in (await form.submit()).errors
    form.choose("In which engagement?", "Report *writer* · Ada Berg")
    assert not (await form.submit()).errors
    card = await town.person("ana").sees("Your blocker")
    assert "Needed from: Ada Berg" in card.text
    await town.person("ada").sees("What stops them: No access to staging")
    await town.person("mo").does_not_see("No access to staging")


async def test_who_is_refused_keeps_the_form_and_what_was_typed(town: Town) -> None:
    await town.engage()
    form = await opened(town)
    form.fill("What would get you moving?", "An *account*")
    await engagements_are(town, "ended")
    await form.submit()
    assert form.is_open
    assert (form.value("What stops you?"), form.value("What would get you moving?")) == (STUCK, "An *account*")
    await town.person("mo").does_not_see(STUCK)


async def test_a_form_that_needs_another_look_keeps_what_was_typed(town: Town) -> None:
    await town.engage()
    form = await opened(town)
    form.fill("Since what time?", "09:01")
    form.pick("From whom do you need it?", town.person("ana"))
    await form.submit()
    assert form.errors == {
        "Since what time?": "That is still to come. Give when it began.",
        "From whom do you need it?": "Pick somebody other than yourself, or nobody: then I ask your manager.",
    }
    assert form.value("What stops you?") == STUCK
    form.fill("Since which day?", "2024-11-23")
    await form.submit()
    assert "Is the year right?" in form.errors["Since which day?"]
    form.fill("Since which day?", "2026-11-20")
    form.pick("From whom do you need it?", town.person("lee"))
    assert not (await form.submit()).errors
    assert "Since: Fri 20 Nov, 09:01 Lisbon" in (await town.person("ana").sees("Your blocker")).text


async def test_a_report_is_kept_once_and_its_draft_no_longer(town: Town) -> None:
    await report(town)

    def count(db: Session) -> tuple[int, int]:
        return len(db.exec(select(Blocker)).all()), len(db.exec(select(BlockerDraft)).all())

    assert await town.db(count) == (1, 0)


async def test_without_a_running_engagement_a_sentence_says_what_to_do(town: Town) -> None:
    await town.engage(status="paused")
    ana = town.person("ana")
    await ana.says("blocker no access")
    await ana.sees("You have no running engagement here")


async def test_a_manager_who_types_a_blocker_hears_whose_it_is(town: Town) -> None:
    await town.engage()
    mo = town.person("mo")
    await mo.commands("blocker the coffee machine")
    await mo.sees("open only to the contractor")


# -- answering -----------------------------------------------------------------------------------------


async def test_the_manager_is_asked_in_their_own_morning_and_the_contractor_knows_when(town: Town) -> None:
    await report(town)
    ana, mo = town.person("ana"), town.person("mo")
    card = await ana.sees("Your blocker")
    assert "It goes to Mo Haddad on Mon 23 Nov, 15:00 Lisbon, in their working hours." in card.text
    await town.until("2026-11-23 08:59", "America/Chicago")
    await mo.does_not_see("No access to staging")
    await town.until(MORNING, "America/Chicago")
    notice = await mo.sees("Ana Sousa asks for your help")
    assert "Reported: Mon 23 Nov, 03:00 Chicago" in notice.text
    await card.becomes("Mon 23 Nov, 15:00 Lisbon: asked Mo Haddad")
    await card.becomes("If it is not answered, I ask the care team on Mon 23 Nov, 19:00 Lisbon.")


async def test_i_am_on_it_stops_the_clock_and_the_contractor_is_told(town: Town) -> None:
    await asked(town)
    await answers(town, "mo", "I am on it")
    ana = town.person("ana")
    await ana.sees("Mo Haddad is on it.")
    assert "Mo Haddad is on it, since Mon 23 Nov, 15:00 Lisbon" in (await ana.sees("What stops you:")).text
    await town.until("2026-11-23 23:00", "America/Chicago")
    await town.channel("care").does_not_see("stuck")
    assert (await town.person("mo").sees("What stops them")).buttons == ["It is solved", "Hand it over"]


async def test_it_is_solved_with_what_was_done_and_can_be_reopened_with_a_reason(town: Town) -> None:
    await asked(town)
    await answers(town, "mo", "It is solved", note="Your *account* is there")
    ana, mo = town.person("ana"), town.person("mo")
    told = await ana.sees("Mo Haddad says it is solved.")
    assert "“Your *account* is there”" in told.text
    settled = await mo.sees("A blocker, settled")
    assert settled.buttons == []
    await told.tap("Not solved yet")
    form = await ana.form("Not solved yet")
    form.fill("What is still missing?", "The password")
    await form.submit()
    await settled.becomes("Somebody is stuck")
    await settled.becomes("not solved yet, says Ana Sousa: “The password”")
    await town.settle()
    assert len(mo.cards("Ana Sousa asks for your help")) == 2, "the first card is drawn anew, and a second asks again"
    assert "Not solved yet" not in told.buttons
    await town.until("2026-11-23 13:00", "America/Chicago")
    await town.channel("care").sees("Nobody could help Ana Sousa so far")


async def test_the_contractor_can_say_that_it_is_solved_and_is_not_told_what_they_did(town: Town) -> None:
    await asked(town)
    ana, mo = town.person("ana"), town.person("mo")
    before = len(ana.cards())
    card = await ana.sees("What stops you:")
    await card.tap("It is solved")
    await (await ana.form()).submit()
    await card.becomes("Solved, says Ana Sousa")
    await (await mo.sees("A blocker, settled")).becomes("Solved, says Ana Sousa")
    await town.settle()
    assert len(ana.cards()) == before
    await town.until("2026-12-07 09:00", "America/Chicago")
    await town.channel("care").does_not_see("stuck")
    assert len(mo.cards("No access to staging")) == 1


async def test_hand_over_starts_a_clock_in_the_new_owners_hours(town: Town) -> None:
    await asked(town)
    await answers(town, "mo", "Hand it over", whom="lee", note="You have the key")
    ana, lee, mo = town.person("ana"), town.person("lee"), town.person("mo")
    await ana.sees("Mo Haddad handed your blocker to Lee Park.")
    card = await ana.sees("What stops you:")
    assert "It goes to Lee Park on Tue 24 Nov, 03:15 Lisbon, in their working hours." in card.text
    handed = await mo.sees("Ana Sousa is with Lee Park now, who was asked after you. You can still help.")
    assert "Needed from: Lee Park" in handed.text
    await lee.does_not_see("No access to staging")
    await town.until("2026-11-24 09:00", "Asia/Kathmandu")
    notice = await lee.sees("Ana Sousa asks for your help")
    assert "handed it to Lee Park: “You have the key”" in notice.text
    await card.becomes("If it is not answered, I ask Mo Haddad on Tue 24 Nov, 15:00 Lisbon.")
    await notice.tap("I am on it")
    await town.settle()
    await ana.sees("Lee Park is on it.")


async def test_it_is_not_handed_to_who_is_stuck_or_has_it_already(town: Town) -> None:
    await asked(town)
    mo = town.person("mo")
    await (await mo.sees("What stops them")).tap("Hand it over")
    form = await mo.form("Hand it over")
    form.pick("Who can help?", town.person("ana"))
    await form.submit()
    assert "who is stuck" in form.errors["Who can help?"]
    form.pick("Who can help?", mo)
    await form.submit()
    assert "with them already" in form.errors["Who can help?"]


async def test_a_stale_tap_changes_nothing_and_says_how_it_stands(town: Town) -> None:
    await asked(town)
    mo = town.person("mo")
    notice = await mo.sees("What stops them")
    await notice.tap("It is solved")
    form = await mo.form("Solved")
    ana = town.person("ana")
    await (await ana.sees("What stops you:")).tap("It is solved")
    await (await ana.form()).submit()
    await town.settle()
    form.fill("What was done?", "too late")
    await form.submit()
    await notice.becomes("This has moved on since that card was drawn")
    assert "Solved, says Ana Sousa" in notice.text
    await town.settle()
    await ana.does_not_see("too late")
    assert (await kept(town)).state == State.RESOLVED


# -- who may ---------------------------------------------------------------------------------------------


async def test_a_strangers_tap_is_refused_with_a_sentence(town: Town) -> None:
    await asked(town)
    town.chat.channel("care").members.append(town.chat.person("lee").id)
    await town.until("2026-11-23 13:00", "America/Chicago")
    lee = town.person("lee")
    await (await lee.sees("What stops them", where="care")).tap("I am on it")
    await lee.is_told("That is open only to", where="care")
    assert (await kept(town)).state == State.OPEN


async def test_care_sees_a_blocker_by_name_only_once_it_reached_them(town: Town) -> None:
    await asked(town)
    kei = town.person("kei")
    await kei.commands("blocker list")
    await kei.sees("Nothing is blocked")
    await town.until("2026-11-23 13:00", "America/Chicago")
    await kei.commands("blocker list")
    assert "Ana Sousa: No access to staging" in (await kei.sees("Open blockers")).text
    await answers(town, "kei", "I am on it", where="care")
    await town.person("ana").sees("Kei Mori is on it.")


async def test_care_is_told_why_they_cannot_open_one_that_has_not_reached_them(town: Town) -> None:
    await asked(town)
    blocker = await kept(town)
    assert "has not reached the care team" in await town.runs("kei", "blockers.open", str(blocker.id))
    assert "open only to" in await town.runs("lee", "blockers.open", str(blocker.id))


async def test_lists_show_each_reader_what_is_theirs(town: Town) -> None:
    await report(town)
    await report(town, "No desk", who="lee", whom="kei")
    for who, mine, other in (("ana", STUCK, "No desk"), ("lee", "No desk", STUCK)):
        await town.person(who).says("blocker list")
        card = await town.person(who).sees("Open blockers\n")
        assert mine in card.text
        assert other not in card.text
        await card.tap("Open it")
        await town.person(who).sees(f"What stops you: {mine}")
    mo = town.person("mo")
    await mo.commands("blocker")
    card = await mo.sees("Open blockers")
    assert f"Ana Sousa: {STUCK}" in card.text
    assert "Lee Park: No desk" in card.text
    kei = town.person("kei")
    await kei.commands("blocker list")
    card = await kei.sees("Open blockers")
    assert STUCK not in card.text
    assert "No desk" in card.text, "Kei was asked for it by name"


async def test_open_days_count_from_the_oldest_report_that_still_waits(town: Town) -> None:
    await report(town)
    await report(town, "Newer", who="lee")
    ana, lee, mo = [await town.person_id(name) for name in ("ana", "lee", "mo")]
    await town.goes(days=2)
    await report(town, "No badge", engaged=True)
    days = await town.db(lambda db: storage.blockers.open_days(db, [ana, mo], town.now))
    assert days == {ana: 2.0}
    await (await town.person("lee").sees("What stops you:")).tap("It is solved")
    await (await town.person("lee").form()).submit()
    assert await town.db(lambda db: storage.blockers.open_days(db, [lee], town.now)) == {}
