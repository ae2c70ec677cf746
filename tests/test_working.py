"""A clock that runs only while somebody works: nights, clock changes, public holidays and time away."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.care.working import (
    WorkingHours,
    add_working,
    add_working_days,
    holiday_name,
    is_holiday,
    is_working,
    next_start,
    parse_days,
    parse_language,
    parse_time,
    parse_zone,
    shift_on,
    working_between,
    works_on,
)

HOUR, DAY, TICK = timedelta(hours=1), timedelta(days=1), timedelta(minutes=15)
LISBON = WorkingHours("Europe/Lisbon")
NIGHTS = WorkingHours("Europe/Berlin", start=time(22), end=time(6))
BAVARIA = WorkingHours("Europe/Berlin", country="DE-BY")

quarters = st.integers(0, 95).map(lambda number: time(number // 4, number % 4 * 15))
working_hours = st.builds(
    WorkingHours,
    st.sampled_from(sorted(available_timezones())),
    st.frozensets(st.integers(1, 7), min_size=1),
    quarters,
    quarters,
    st.sampled_from([None, "DE-BY", "BR", "US", "JP"]),
)
moments = st.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001
amounts = st.integers(0, 60 * 60).map(lambda minutes: timedelta(minutes=minutes))
aways = st.lists(
    st.tuples(st.dates(date(2024, 1, 1), date(2031, 1, 1)), st.integers(0, 40)).map(
        lambda away: (away[0], away[0] + DAY * away[1])
    ),
    max_size=3,
)


def at(text: str, zone: str = "Europe/Lisbon") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def test_a_clock_started_on_friday_afternoon_runs_out_on_monday_morning() -> None:
    assert add_working(LISBON, at("2026-11-20T15:00"), 4 * HOUR) == at("2026-11-23T11:00")


def test_a_clock_started_at_night_waits_for_the_morning() -> None:
    assert add_working(LISBON, at("2026-11-24T22:00"), 4 * HOUR) == at("2026-11-25T13:00")


def test_a_clock_that_fills_the_day_runs_out_as_the_day_closes_and_not_the_next_morning() -> None:
    assert add_working(LISBON, at("2026-11-20T13:00"), 4 * HOUR) == at("2026-11-20T17:00")


def test_the_clock_runs_on_the_wall_of_whoever_is_responsible() -> None:
    manila = WorkingHours("Asia/Manila")
    asked_in_lisbon = at("2026-11-24T14:00")
    assert add_working(manila, asked_in_lisbon, 4 * HOUR) == at("2026-11-25T13:00", "Asia/Manila")


def test_a_time_given_in_another_zone_is_the_same_instant() -> None:
    local = datetime(2026, 3, 27, 23, tzinfo=ZoneInfo("Europe/Berlin"))
    due_at = add_working(NIGHTS, local, HOUR)
    assert due_at == at("2026-03-28T00:00", "Europe/Berlin")
    assert due_at.tzinfo is UTC


def test_a_night_shift_belongs_to_the_day_on_which_it_starts() -> None:
    weekdays = WorkingHours("Europe/Berlin", frozenset({5}), time(22), time(6))
    assert is_working(weekdays, at("2026-11-21T05:59", "Europe/Berlin"))  # Saturday morning, Friday's shift
    assert not is_working(weekdays, at("2026-11-21T06:00", "Europe/Berlin"))
    assert not is_working(weekdays, at("2026-11-20T05:00", "Europe/Berlin"))  # Thursday's shift, which is none


def test_equal_start_and_end_are_a_whole_day() -> None:
    round_the_clock = WorkingHours("UTC", start=time(8), end=time(8))
    assert round_the_clock.length == DAY
    assert add_working(round_the_clock, at("2026-11-23T08:00", "UTC"), 30 * HOUR) == at("2026-11-24T14:00", "UTC")


@pytest.mark.parametrize(("evening", "hours_worked"), [("2026-03-28", 7), ("2026-10-24", 9), ("2026-11-21", 8)])
def test_a_night_in_which_the_clocks_change_counts_what_really_elapsed(evening: str, hours_worked: int) -> None:
    nights = WorkingHours("Europe/Berlin", frozenset({6}), time(22), time(6))
    opens_at, closes_at = shift_on(nights, date.fromisoformat(evening))
    assert working_between(nights, opens_at - DAY, closes_at + DAY) == hours_worked * HOUR
    assert add_working(nights, opens_at, hours_worked * HOUR) == closes_at


def test_a_shift_the_clocks_swallow_is_no_working_time() -> None:
    """On 29 March 2026 Berlin goes from 02:00 to 03:00: 02:30 becomes 03:30, after 03:15 has passed."""
    short = WorkingHours("Europe/Berlin", frozenset({7}), time(2, 30), time(3, 15))
    sunday = at("2026-03-29T00:00", "Europe/Berlin")
    assert working_between(short, sunday, sunday + DAY) == timedelta(0)
    assert next_start(short, sunday) == at("2026-04-05T02:30", "Europe/Berlin")


def test_a_shift_whose_end_the_clocks_move_past_midnight_still_runs_after_it() -> None:
    """In Nuuk the last hour of 30 March 2024 does not exist: the shift of the 29th closed at 00:30 on the 31st."""
    nearly_always = WorkingHours("America/Nuuk", frozenset({5}), time(23, 45), time(23, 30))
    assert is_working(nearly_always, at("2024-03-31T00:15", "America/Nuuk"))
    assert not is_working(nearly_always, at("2024-03-31T00:30", "America/Nuuk"))


def test_public_holidays_are_the_persons_own_and_not_the_companys() -> None:
    epiphany = date(2026, 1, 6)
    assert not works_on(BAVARIA, epiphany)
    assert works_on(WorkingHours("Europe/Berlin", country="DE-BE"), epiphany)
    assert add_working(BAVARIA, at("2026-01-05T15:00", "Europe/Berlin"), 4 * HOUR) == at(
        "2026-01-07T11:00", "Europe/Berlin"
    )


def test_holidays_have_english_names_whatever_the_server_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "sv_SE")
    assert holiday_name("SE", date(2031, 1, 1)) == "New Year's Day"
    assert holiday_name("se ", date(2031, 1, 1)) == "New Year's Day"
    assert holiday_name("SE", date(2031, 1, 2)) is None


@pytest.mark.parametrize("country", [None, "", "XX", "Atlantis", "FRI", "DE/BY", "-", "ÄÖ"])
def test_an_unknown_country_has_no_holidays_and_is_no_error(country: str | None) -> None:
    assert not is_holiday(country, date(2026, 12, 25))


def test_an_unknown_part_of_a_country_keeps_the_holidays_of_the_country() -> None:
    assert is_holiday("DE-XX", date(2026, 12, 25))
    assert not is_holiday("DE-XX", date(2026, 1, 6))


def test_being_away_pauses_the_clock_through_the_last_day_named() -> None:
    away = [(date(2026, 11, 24), date(2026, 11, 25))]
    assert add_working(LISBON, at("2026-11-23T16:00"), 2 * HOUR, away) == at("2026-11-26T10:00")
    assert not is_working(LISBON, at("2026-11-25T12:00"), away)
    assert next_start(LISBON, at("2026-11-24T12:00"), away) == at("2026-11-26T09:00")


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-11-18T15:00", "2026-11-19T15:00"),
        ("2026-11-20T15:00", "2026-11-23T15:00"),
        ("2026-11-21T12:00", "2026-11-23T17:00"),
    ],
)
def test_one_working_day_is_a_whole_day_of_work_over_weekends(start: str, end: str) -> None:
    assert add_working_days(LISBON, at(start), 1) == at(end)


def test_three_working_days_step_over_the_holiday_in_between() -> None:
    assert add_working_days(BAVARIA, at("2026-01-05T10:00", "Europe/Berlin"), 3) == at(
        "2026-01-09T10:00", "Europe/Berlin"
    )


def test_nobody_works_on_no_day_at_all() -> None:
    with pytest.raises(ValueError, match="weekdays"):
        WorkingHours("UTC", frozenset())


@settings(deadline=None)
@given(working_hours, moments, amounts, aways)
def test_between_start_and_the_end_of_a_clock_lies_exactly_its_amount(
    hours: WorkingHours, start: datetime, amount: timedelta, away: list[tuple[date, date]]
) -> None:
    assert working_between(hours, start, add_working(hours, start, amount, away), away) == amount


@settings(deadline=None)
@given(working_hours, moments, amounts, amounts, aways)
def test_two_clocks_in_a_row_run_as_long_as_one_of_both(
    hours: WorkingHours, start: datetime, first: timedelta, second: timedelta, away: list[tuple[date, date]]
) -> None:
    halfway = add_working(hours, start, first, away)
    assert working_between(hours, start, halfway, away) == first
    assume(second)
    assert add_working(hours, halfway, second, away) == add_working(hours, start, first + second, away)


@settings(deadline=None)
@given(working_hours, moments, st.integers(1, 4 * 96), aways)
def test_working_time_is_the_sum_of_the_moments_at_work(
    hours: WorkingHours, start: datetime, ticks: int, away: list[tuple[date, date]]
) -> None:
    """Every shift begins and ends on a quarter of an hour, in every zone there is today."""
    start = start.replace(minute=start.minute // 15 * 15, second=0, microsecond=0)
    at_work = sum(is_working(hours, start + TICK * tick, away) for tick in range(ticks))
    assert working_between(hours, start, start + TICK * ticks, away) == TICK * at_work


@settings(deadline=None)
@given(working_hours, moments, aways)
def test_work_starts_next_at_a_working_moment_with_none_before_it(
    hours: WorkingHours, now: datetime, away: list[tuple[date, date]]
) -> None:
    start = next_start(hours, now, away)
    assert start >= now
    assert is_working(hours, start, away)
    assert working_between(hours, now, start, away) == timedelta(0)


@settings(deadline=None)
@given(working_hours, st.dates(date(2024, 1, 1), date(2030, 12, 1)), aways)
def test_a_day_off_opens_no_shift_and_every_other_working_day_does(
    hours: WorkingHours, day: date, away: list[tuple[date, date]]
) -> None:
    opens_at, closes_at = shift_on(hours, day)
    assume(opens_at < closes_at)
    off = (
        day.isoweekday() not in hours.days
        or is_holiday(hours.country, day)
        or any(first <= day <= last for first, last in away)
    )
    night_before = shift_on(hours, day - DAY)
    assume(night_before.closes_at <= opens_at)
    assert is_working(hours, opens_at, away) is not off


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9", time(9)),
        ("9:30", time(9, 30)),
        ("09:30", time(9, 30)),
        (" 21.30 ", time(21, 30)),
        ("0930", time(9, 30)),
        ("14h30", time(14, 30)),
        ("9h", time(9)),
        ("9am", time(9)),
        ("9:15 PM", time(21, 15)),
        ("12am", time(0)),
        ("12 p.m.", time(12)),
        ("noon", time(12)),
        ("Midnight", time(0)),
        ("24:00", time(0)),
        ("0:00", time(0)),
    ],
)
def test_times_are_read_the_way_people_type_them(text: str, expected: time) -> None:
    assert parse_time(text) == expected


@pytest.mark.parametrize("text", ["", "soon", "25:00", "24:30", "9:60", "13pm", "0am", "9:5", "12345", "-9", "9 to 5"])
def test_what_is_no_time_is_not_guessed_at(text: str) -> None:
    assert parse_time(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mon-Fri", {1, 2, 3, 4, 5}),
        ("monday to thursday", {1, 2, 3, 4}),
        ("Mon – Thu, Sat", {1, 2, 3, 4, 6}),
        ("tues, weds and thurs", {2, 3, 4}),
        ("Fri–Mon", {5, 6, 7, 1}),
        ("1-5", {1, 2, 3, 4, 5}),
        ("Wed.", {3}),
        ("weekdays", {1, 2, 3, 4, 5}),
        ("weekdays and Sundays", {1, 2, 3, 4, 5, 7}),
        ("every day", set(range(1, 8))),
    ],
)
def test_days_are_read_the_way_people_type_them(text: str, expected: set[int]) -> None:
    assert parse_days(text) == frozenset(expected)


@pytest.mark.parametrize("text", ["", "and", "sometimes", "mon-", "mon-fri-sun", "8", "t", "s", "Mon, Blursday"])
def test_what_is_no_day_is_not_guessed_at(text: str) -> None:
    assert parse_days(text) is None


def test_a_language_is_one_in_which_dates_can_be_written() -> None:
    known = {"pt-BR": "pt", "en_US": "en", "DE": "de", "fil-PH": "fil"}
    assert {told: parse_language(told) for told in known} == known
    for odd in ("", "tlh-KX", "qps-ploc", "../en", "/tmp", "é", "x" * 600, "\0a", "root"):
        assert parse_language(odd) is None


def test_zones_are_read_whatever_their_capitals() -> None:
    assert parse_zone(" america/new york ") == "America/New_York"
    assert parse_zone("../etc/passwd") is None
    assert parse_zone("") is None
