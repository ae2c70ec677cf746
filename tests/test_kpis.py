"""KPIs: agreed on, recorded, seen by the two they concern; the rules behind the numbers."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

import storage
from bot import words
from bot.care.kpis import (
    CAP,
    FEWEST,
    MOST,
    TEMPLATES,
    Cadence,
    Direction,
    Kind,
    KpiReadingRow,
    KpiRow,
    Trend,
    attainment,
    course,
    number,
    period,
    periods,
    standing,
    trend,
)
from bot.language import speaking
from bot.words import templates
from storage.kpis import Kpi, KpiReading
from tests.conftest import Town
from tests.demo_driver import Card, Form

pytestmark = pytest.mark.chats("slack", "teams")
TODAY = date(2026, 11, 23)
VALUES = st.floats(0, 1e6)
TARGETS = st.floats(0.01, 1e6)


# -- conversations -----------------------------------------------------------------------------------------


async def fill_kpi(form: Form, name: str = "Reports rebuilt", unit: str = "reports", target: str = "4") -> Form:
    form.fill("Name", name)
    form.fill("Unit", unit)
    form.fill("Target", target)
    return await form.submit()


async def agree(town: Town, **more: str) -> Card:
    """Mo adds a KPI for Ana and sees it."""
    mo = town.person("mo")
    await mo.commands("kpis @ana")
    await (await mo.sees("KPIs: where the work stands")).tap("Add a KPI")
    assert (await fill_kpi(await mo.form(), **more)).errors == {}
    await town.settle()
    return await mo.sees(more.get("name", "Reports rebuilt"))


async def test_a_manager_defines_a_kpi_records_a_reading_and_sees_where_it_stands(town: Town) -> None:
    await town.engage()
    card = await agree(town)
    assert "at least 4 reports, every month" in card.text
    assert "no reading yet" in card.text
    assert "0%" not in card.text.replace("100%", "").replace("150%", "")
    mo = town.person("mo")
    await card.tap("Record readings")
    form = await mo.form("Record readings")
    form.fill("Reports rebuilt (reports)", "3")
    assert (await form.submit()).errors == {}
    card = await mo.sees("Recorded 1 reading for 23 Nov 2026")
    assert "3 reports on 23 Nov 2026, recorded by Mo Haddad" in card.text
    assert "75% of target" in card.text
    assert "one reading is no trend yet" in card.text


async def test_a_contractor_sees_their_own_by_a_word_and_records_by_a_button(town: Town) -> None:
    await town.engage()
    await agree(town)
    ana = town.person("ana")
    await ana.says("kpis")
    card = await ana.sees("KPIs: where the work stands")
    assert "Add a KPI" not in card.buttons
    assert "Seen by Ana Sousa and Mo Haddad" in card.text
    await card.tap("Record readings")
    form = await ana.form("Record readings")
    form.fill("Reports rebuilt (reports)", "5 reports")
    assert (await form.submit()).errors == {}
    card = await card.becomes("recorded by Ana Sousa")
    assert "125% of target" in card.text
    home = await ana.home()
    assert "My KPIs" in home.buttons


async def test_a_reading_in_place_of_somebody_elses_says_so(town: Town) -> None:
    await town.engage()
    card = await agree(town)
    for name, value in (("mo", "3"), ("ana", "5")):
        who = town.person(name)
        if name == "ana":
            await who.says("kpis")
            card = await who.sees("KPIs: where the work stands")
        await card.tap("Record readings")
        form = await who.form("Record readings")
        form.fill("Reports rebuilt (reports)", value)
        await form.submit()
        await town.settle()
    await town.person("ana").sees("Recorded 1 reading for 23 Nov 2026, in place of what Mo Haddad recorded.")


async def test_another_managers_contractor_and_the_care_team_are_refused_in_a_sentence(town: Town) -> None:
    await town.engage("ana", "mo")
    await town.engage("ada", "lee")
    await agree(town)
    for name in ("lee", "kei", "ada"):
        who = town.person(name)
        await who.commands("kpis @ana")
        await who.sees("That is open only to the contractor or the contractor's manager")
        await who.does_not_see("Reports rebuilt")


async def test_a_button_of_somebody_elses_engagement_opens_nothing(town: Town) -> None:
    first = await town.engage("ana", "mo")
    await town.engage("ada", "lee")
    await agree(town)
    lee = town.person("lee")
    await lee.commands(f"kpis {first}")
    await lee.sees("That is open only to the contractor or the contractor's manager")


async def test_a_manager_chooses_among_their_own_contractors(town: Town) -> None:
    await town.engage("ana", "mo")
    await town.engage("lee", "mo", role="Writer")
    await town.engage("ada", "lee", role="Designer")
    mo = town.person("mo")
    await mo.says("kpis")
    card = await mo.sees("Whose KPIs?")
    assert card.buttons == ["Ana Sousa · Data engineer", "Lee Park · Writer"]
    await card.tap("Lee Park · Writer")
    await mo.sees("Lee Park, Writer")
    await mo.says("kpis ana")
    await mo.sees("Ana Sousa, Data engineer")
    await mo.says("kpis zoe")
    await mo.sees("I don't know zoe.")
    await mo.says("kpis 99999999999999999999")
    await mo.sees("I don't know 99999999999999999999.")


async def test_a_manager_of_many_chooses_from_a_list(town: Town) -> None:
    for number_ in range(21):
        await town.engage("ana", "mo", role=f"Role {number_}")
    await town.engage("lee", "mo", role="Writer")
    mo = town.person("mo")
    await mo.says("kpis")
    card = await mo.sees("Whose KPIs?")
    assert card.buttons == []
    await card.choose("Choose a contractor", "Lee Park · Writer")
    await card.becomes("Lee Park, Writer")


async def test_a_kpi_that_was_stopped_meanwhile_is_said_to_be_gone(town: Town) -> None:
    await town.engage()
    card = await agree(town)
    ana = town.person("ana")
    await ana.says("kpis")
    hers = await ana.sees("Reports rebuilt")
    await card.choose("Change a KPI", "Reports rebuilt")
    form = await town.person("mo").form("Change a KPI")
    form.choose("Stop using it", "Stop using this KPI; its readings stay on record")
    await form.submit()
    await hers.tap("Record readings")
    await ana.sees("I can't find that any more")


async def test_what_somebody_typed_is_shown_as_text(town: Town) -> None:
    await town.engage()
    card = await agree(town, name="*Bold* <!channel> @here", unit="<b>")
    assert "*Bold* <!channel> @here" in card.text
    assert not any(mark in text for text in town.markup() for mark in ("*Bold*", "<!channel>", "<b>"))


async def test_somebody_with_two_engagements_is_asked_which(town: Town) -> None:
    await town.engage("ana", "mo")
    await town.engage("ana", "lee", role="Trainer")
    ana = town.person("ana")
    await ana.says("kpis")
    card = await ana.sees("Which engagement do you mean?")
    await card.tap("Trainer · Lee Park")
    await ana.sees("Ana Sousa, Trainer")
    mo = town.person("mo")
    await mo.commands("kpis @ana")  # only one of them is with Mo
    await mo.sees("Ana Sousa, Data engineer")
    await mo.does_not_see("Trainer")


async def test_a_form_that_needs_another_look_keeps_what_was_typed(town: Town) -> None:
    await town.engage()
    mo = town.person("mo")
    await mo.commands("kpis @ana")
    await (await mo.sees("No KPIs are agreed yet")).tap("Add a KPI")
    form = await fill_kpi(await mo.form(), name="Reports", unit=" ", target="a few")
    assert form.errors == {
        "Unit": "Say what it is measured in, like % or hours.",
        "Target": "Write a number from 0 up, like 12.5.",
    }
    assert form.value("Name") == "Reports"
    form.fill("Unit", "reports")
    form.fill("Target", "0")
    assert (await form.submit()).errors == {"Target": "The target has to be more than 0; only “at most” can be 0."}
    form.choose("Good is", "At most the target")
    assert (await form.submit()).errors == {}
    card = await mo.sees("at most 0 reports")
    await card.tap("Record readings")
    form = await mo.form("Record readings")
    form.fill("Measured on", "2026-11-24")
    form.fill("Reports (reports)", "1,5")
    assert (await form.submit()).errors == {
        "Measured on": "This day is still to come. Choose the day that was measured.",
        "Reports (reports)": "Write a number from 0 up, like 12.5.",
    }
    assert form.value("Reports (reports)") == "1,5"
    form.fill("Measured on", "2026-11-23")
    form.fill("Reports (reports)", "")
    assert (await form.submit()).errors == {"Reports (reports)": "Write at least one reading."}


async def test_a_reader_of_another_locale_writes_numbers_their_way(town: Town) -> None:
    await town.engage()
    await agree(town)
    await town.changes("ana", locale="de-DE")
    ana = town.person("ana")
    await ana.says("kpis")
    await (await ana.sees("KPIs: where the work stands")).tap("Record readings")
    form = await ana.form("Record readings")
    form.fill("Reports rebuilt (reports)", "1,5")
    assert (await form.submit()).errors == {}
    card = await ana.sees("1,5 reports on 23.11.2026")
    assert "38 % of target" in card.text.replace("\xa0", " ")


async def test_the_contractor_hears_of_changes_once(town: Town) -> None:
    await town.engage()
    ana = town.person("ana")
    await agree(town)
    await town.goes(minutes=4)
    await agree(town, name="Wrong figures *found*", unit="figures", target="1")
    await ana.does_not_see("Your KPIs have changed")
    await town.goes(minutes=11)
    card = await ana.sees("Your KPIs have changed")
    assert "Reports rebuilt: at least 4 reports, every month" in card.text
    assert "Wrong figures *found*: at least 1 figures" in card.text
    assert len(ana.cards("Your KPIs have changed")) == 1
    await card.tap("See my KPIs")
    await ana.sees("Seen by Ana Sousa and Mo Haddad")


async def test_what_has_readings_keeps_its_unit_and_its_past(town: Town) -> None:
    engagement = await town.engage()
    card = await agree(town)
    mo = town.person("mo")
    await card.choose("Change a KPI", "Reports rebuilt")
    assert "Unit" in (await mo.form("Change a KPI")).labels
    await (await mo.form()).close()
    await measure(town, engagement, [(date(2026, 11, 20), 3)])
    await card.choose("Change a KPI", "Reports rebuilt")
    form = await mo.form("Change a KPI")
    assert "Unit" not in form.labels
    assert "Good is" not in form.labels
    form.fill("Target", "6")
    assert (await form.submit()).errors == {}
    card = await mo.sees("at least 6 reports")
    assert "75% of the target of that day, 4 reports" in card.text
    await card.choose("Change a KPI", "Reports rebuilt")
    form = await mo.form("Change a KPI")
    form.choose("Stop using it", "Stop using this KPI; its readings stay on record")
    await form.submit()
    await mo.sees("No KPIs are agreed yet")
    assert await town.db(lambda db: len(db.exec(select(KpiReading)).all())) == 1


async def test_a_name_can_be_had_once(town: Town) -> None:
    await town.engage(template="design")
    mo = town.person("mo")
    await mo.commands("kpis @ana")
    await (await mo.sees("Designs built without a further question")).tap("Add a KPI")
    form = await fill_kpi(await mo.form(), name="working drafts shown for feedback")
    assert form.errors == {"Name": "Another KPI has this name already. Choose another one."}


async def test_an_engagement_begins_with_the_kpis_of_its_role_and_never_has_more_than_five(town: Town) -> None:
    engagement = await town.engage(template="software")
    mo = town.person("mo")
    await mo.commands("kpis @ana")
    await mo.commands("kpis @ana")
    card = await mo.sees("Deliverables accepted at the first review")
    assert card.text.count("Target:") == 5
    assert "at least 85%, every month" in card.text
    assert "at least 1 draft, every week" in card.text
    assert "at most 2 defects, every month" in card.text
    assert "Output" in card.text
    assert "Input" in card.text
    assert "Add a KPI" not in card.buttons
    assert await town.db(lambda db: len(db.exec(select(Kpi)).all())) == 5
    assert engagement


async def test_a_trend_is_a_chart_and_a_sentence_that_says_the_same(town: Town) -> None:
    engagement = await town.engage()
    await agree(town)
    days = [date(2026, month, 15) for month in (6, 7, 9, 10, 11)]
    await measure(town, engagement, list(zip(days, (1, 2, 3, 4, 6), strict=True)))
    ana = town.person("ana")
    await ana.says("kpis")
    card = await ana.sees("lately it is rising")
    assert "Output went from 25% of target (Jun 2026) to 150% (Nov 2026), between 25% and 150%; lately" in card.text
    assert "No number for: Aug 2026" in card.text
    assert card.text.count("Output, % of target") == 1
    assert "Output: Jun 2026 25, Jul 2026 50, Sept 2026 75, Oct 2026 100, Nov 2026 150" in card.text


def test_of_at_most_so_many_it_is_the_attainment_that_is_said_to_rise() -> None:
    shown = repr(words.kpis.EXAMPLES["shown"]())
    assert "Attainment lately" in shown
    assert "Trend" not in shown


async def test_a_line_that_ends_above_its_beginning_may_be_falling_lately(town: Town) -> None:
    engagement = await town.engage()
    await agree(town)
    days = [date(2026, month, 15) for month in (6, 7, 8, 9, 10, 11)]
    await measure(town, engagement, list(zip(days, (2, 6, 5, 3, 3, 3), strict=True)))
    ana = town.person("ana")
    await ana.says("kpis")
    card = await ana.sees("lately it is falling")
    assert "Output went from 50% of target (Jun 2026) to 75% (Nov 2026)" in card.text


async def test_an_admin_changes_what_new_engagements_of_a_role_begin_with(town: Town) -> None:
    await town.engage("ana", "mo", template="writing")
    mo, ada = town.person("mo"), town.person("ada")
    await mo.commands("kpis @ana")
    home = await ada.home()
    await home.tap("KPI templates")
    card = await ada.sees("Which role would you like to see?")
    await card.tap("Writing")
    card = await card.becomes("Texts delivered: at least 4 texts, every month")
    await card.choose("Change a KPI", "Texts delivered")
    form = await ada.form("Change a KPI")
    form.fill("Target", "1,200")
    assert (await form.submit()).errors == {}
    card = await card.becomes("Texts delivered: at least 1,200 texts")
    await card.tap("Add a KPI")  # there are four
    assert (await fill_kpi(await ada.form())).errors == {}
    await card.becomes("Reports rebuilt: at least 4 reports")
    await town.engage("lee", "mo", template="writing")
    await mo.commands("kpis @lee")
    card = await mo.sees("Lee Park, Data engineer")
    assert "at least 1,200 texts" in card.text
    assert "Reports rebuilt" in card.text
    await mo.commands("kpis @ana")
    card = await mo.sees("Ana Sousa, Data engineer")
    assert "at least 4 texts" in card.text


async def measure(town: Town, engagement: int, readings: list[tuple[date, float]]) -> None:
    """What Mo measured of the first KPI."""
    mo = await town.person_id("mo")

    def keep(db: Session) -> None:
        (kpi, *_others) = storage.kpis.of_engagement(db, storage.engagements.get(db, engagement))
        for day, value in readings:
            storage.kpis.record(db, kpi, day, value, mo, town.now)

    await town.db(keep)


# -- rules -----------------------------------------------------------------------------------------------------


def kpi(kind: Kind = Kind.OUTPUT, cadence: Cadence = Cadence.WEEKLY, target: float = 100, id: int = 1) -> KpiRow:
    return KpiRow(id=id, engagement_id=1, name="x", unit="x", kind=kind, target=target, cadence=cadence)


def measured(row: KpiRow, *values: tuple[date, float]) -> list[KpiReadingRow]:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    return [KpiReadingRow(kpi_id=row.id or 0, day=day, value=v, target=row.target, recorded_at=at) for day, v in values]


@settings(deadline=None)
@given(VALUES, TARGETS, st.sampled_from(Direction))
def test_attainment_stays_between_nothing_and_its_cap(value: float, target: float, direction: Direction) -> None:
    assert 0 <= attainment(value, target, direction) <= CAP


@settings(deadline=None)
@given(TARGETS, st.sampled_from(Direction))
def test_a_target_that_is_met_is_a_hundred_percent(target: float, direction: Direction) -> None:
    assert attainment(target, target, direction) == pytest.approx(100)


@settings(deadline=None)
@given(VALUES, VALUES, TARGETS)
def test_more_is_never_worse_at_least_and_never_better_at_most(a: float, b: float, target: float) -> None:
    low, high = sorted((a, b))
    assert attainment(low, target, Direction.AT_LEAST) <= attainment(high, target, Direction.AT_LEAST)
    assert attainment(low, target, Direction.AT_MOST) >= attainment(high, target, Direction.AT_MOST)


@settings(deadline=None)
@given(VALUES, TARGETS)
def test_the_target_is_met_exactly_when_attainment_says_so(value: float, target: float) -> None:
    assert (value >= target) == (attainment(value, target, Direction.AT_LEAST) >= 100)
    assert (value <= target) == (attainment(value, target, Direction.AT_MOST) >= 100)


@settings(deadline=None)
@given(st.floats(0, 1), TARGETS)
def test_too_much_and_too_little_count_the_same_where_close_is_good(off: float, target: float) -> None:
    over, under = target * (1 + off), target * (1 - off)
    assert attainment(over, target, Direction.CLOSE_TO) == pytest.approx(100 - 100 * off, abs=1e-6)
    assert attainment(under, target, Direction.CLOSE_TO) == pytest.approx(100 - 100 * off, abs=1e-6)


def test_none_at_most_is_met_by_none_alone() -> None:
    assert attainment(0, 0, Direction.AT_MOST) == 100
    assert attainment(1, 0, Direction.AT_MOST) == 0
    assert attainment(0, 2, Direction.AT_MOST) == CAP


@settings(deadline=None)
@given(st.lists(st.floats(0, 150), max_size=30), st.floats(10, 60))
def test_a_trend_looks_at_change_alone(line: list[float], shift: float) -> None:
    assert trend(line[:1]) is None
    if line:
        assert trend([line[0]] * 6) is Trend.STEADY
        assert trend([line[0]] * 3 + [line[0] + shift] * 3) is Trend.RISING
        assert trend([line[0] + shift] * 3 + [line[0]] * 3) is Trend.FALLING


def test_without_a_reading_nothing_is_attained_not_even_zero() -> None:
    assert standing(kpi(), [], TODAY).attained is None
    assert course(Kind.OUTPUT, [kpi()], {1: []}, TODAY) is None
    assert standing(kpi(), measured(kpi(), (TODAY, 0)), TODAY).attained == 0


def test_the_last_reading_of_a_period_counts_and_a_period_without_one_is_a_gap() -> None:
    row = kpi()
    readings = measured(row, (date(2026, 11, 3), 10), (date(2026, 11, 8), 50), (TODAY, 90))
    found = course(Kind.OUTPUT, [row], {1: readings[::-1]}, TODAY)
    assert found is not None
    assert found.attained == (50, None, None, 90)
    assert [at.start for at in found.periods] == [date(2026, 11, 2), date(2026, 11, 9), date(2026, 11, 16), TODAY]


def test_a_monthly_reading_stands_in_the_weeks_in_which_something_was_measured() -> None:
    weekly, monthly = kpi(), kpi(cadence=Cadence.MONTHLY, id=2)
    readings = {1: measured(weekly, (date(2026, 11, 10), 50), (date(2026, 11, 17), 50)),
                2: measured(monthly, (date(2026, 11, 1), 100))}  # fmt: skip
    found = course(Kind.OUTPUT, [weekly, monthly], readings, TODAY)
    assert found is not None
    assert found.attained == (75, 75)  # and this week, in which nothing was measured, is not one of a hundred


def test_the_other_kind_has_a_course_of_its_own() -> None:
    output, rhythm = kpi(), kpi(Kind.INPUT, id=2)
    readings = {1: measured(output, (TODAY, 50)), 2: measured(rhythm, (TODAY, 90))}
    found = {kind: course(kind, [output, rhythm], readings, TODAY) for kind in Kind}
    assert {kind: one.attained for kind, one in found.items() if one} == {Kind.OUTPUT: (50,), Kind.INPUT: (90,)}


@settings(deadline=None)
@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.sampled_from(Cadence))
def test_periods_follow_each_other_without_a_gap_and_end_with_today(day: date, cadence: Cadence) -> None:
    found = periods(cadence, day)
    assert len(found) == 12
    assert found[-1].start <= day <= found[-1].end
    assert all(a.end + timedelta(days=1) == b.start for a, b in pairwise(found))
    assert all(period(cadence, one.end) == one for one in found)


@settings(deadline=None)
@given(st.integers(0, 10**9), st.sampled_from(["en", "de", "fr", "pt", "de_CH", "hi"]))
def test_a_number_is_read_back_as_the_locale_writes_it(value: int, spoken: str) -> None:
    with speaking(spoken):
        assert templates.read_number(templates.number(value / 4)) == pytest.approx(round(value / 4, 3))


@pytest.mark.parametrize(
    "typed", ["1,5", "1,50", "12,34,5", "-1", "+1", "=1", "1e5", "nan", "inf", "", "1.2.3", "٣", "1 5", "9" * 12]
)
def test_what_could_be_read_in_two_ways_is_no_number(typed: str) -> None:
    assert number(typed, ".", ",") is None


def test_an_amount_is_written_with_its_unit_as_the_reader_writes_it() -> None:
    share = KpiRow(name="x", unit="%", target=1)
    assert templates.amount(1.1, share).text == "1.1%"
    assert templates.amount(1, KpiRow(standard="drafts", target=1)).text == "1 draft"
    assert templates.amount(2.5, KpiRow(standard="drafts", target=1)).text == "2.5 drafts"
    with speaking("de"):
        assert templates.amount(1.1, share).text == "1,1\xa0%"


def test_a_number_may_have_its_groups() -> None:
    assert number(" 1,250.5 ", ".", ",") == 1250.5
    assert number("1.250,5", ",", ".") == 1250.5
    assert number("1\u202f250,5", ",", "\u202f") == 1250.5


def test_every_role_begins_with_three_to_five_of_both_kinds_and_never_with_presence() -> None:
    assert set(TEMPLATES) == {"software", "data", "design", "writing", "support", "operations"}
    for role, standards in TEMPLATES.items():
        assert FEWEST <= len(standards) <= MOST, role
        assert {one.kind for one in standards} == set(Kind), role
        said = " ".join(templates.standard_name(one.key) for one in standards).lower()
        assert not any(word in said for word in ("attend", "online", "hours worked", "present", "available")), role
