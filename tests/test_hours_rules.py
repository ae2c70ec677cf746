"""Golden hours: fair to both working days, honest about every stretch, steady through clock changes."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.care.hours import (
    APART,
    FURTHEST,
    LONGEST,
    REMINDER,
    GoldenHours,
    QuestionRow,
    Stretch,
    answer_due,
    answer_time,
    answered_within,
    from_wall,
    in_zone,
    kept,
    median_wait,
    next_move,
    on_wall,
    shift_by_dst,
    suggest,
)
from bot.care.occurrences import instant
from bot.care.working import WorkingHours, shift_on, working_between

HOUR, DAY, TICK, NONE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=15), timedelta(0)
WEEKDAYS = frozenset({1, 2, 3, 4, 5})
ZONES = sorted(available_timezones())
WINTER = date(2026, 1, 14)  # a Wednesday
GOLDEN = GoldenHours(WEEKDAYS, time(15), 120, "Europe/Lisbon")
LATE = GoldenHours(WEEKDAYS, time(23), 120, "Europe/Lisbon")

quarters = st.integers(0, 95).map(lambda number: time(number // 4, number % 4 * 15))
working_hours = st.builds(
    WorkingHours, st.sampled_from(ZONES), st.frozensets(st.integers(1, 7), min_size=1), quarters, quarters
)
golden_hours = st.builds(
    GoldenHours, st.frozensets(st.integers(1, 7), min_size=1), quarters, st.integers(120, 180), st.sampled_from(ZONES)
)
lengths = st.sampled_from([2 * HOUR, 2 * HOUR + 2 * TICK, LONGEST])
dates = st.dates(date(2024, 1, 1), date(2030, 12, 1))
moments = st.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001


def at(text: str, zone: str = "Europe/Lisbon") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def clocks_stand_still(zone: str, on: date) -> bool:
    """Whether no clock change comes near a date, so that its week looks like itself throughout."""
    days = (instant(on + DAY * number, time(0), zone).astimezone(ZoneInfo(zone)) for number in range(-9, 10))
    return len({day.utcoffset() for day in days}) == 1


def stretches(hours: WorkingHours, opens_at: datetime, closes_at: datetime) -> list[Stretch]:
    """How far a window reaches out of each of somebody's working days around it."""
    days = [
        shift_on(hours, opens_at.date() + DAY * number)
        for number in range(-3, 4)
        if (opens_at.date() + DAY * number).isoweekday() in hours.days
    ]
    return [Stretch(max(NONE, day.opens_at - opens_at), max(NONE, closes_at - day.closes_at)) for day in days]


def best_margin(mine: WorkingHours, theirs: WorkingHours, on: date, length: timedelta) -> timedelta:
    """Every start on the quarter hour, tried one by one: the most room the worse-off side can be left."""
    my_day, best = shift_on(mine, on), -3 * DAY
    for offset in (-1, 0, 1):
        if any((day - 1 + offset) % 7 + 1 in theirs.days for day in mine.days):
            their_day = shift_on(theirs, on + DAY * offset)
            opens_at = min(my_day.opens_at, their_day.opens_at)
            while opens_at < max(my_day.closes_at, their_day.closes_at):
                room = [
                    edge
                    for day in (my_day, their_day)
                    for edge in (opens_at - day.opens_at, day.closes_at - opens_at - length)
                ]
                best, opens_at = max(best, min(room)), opens_at + TICK
    return best


def test_lisbon_and_chicago_share_the_end_of_one_day_and_the_start_of_the_other() -> None:
    (only,) = suggest(WorkingHours("Europe/Lisbon"), WorkingHours("America/Chicago"), WINTER)
    assert only.golden == GOLDEN
    assert not only.stretches


def test_where_the_days_only_touch_each_side_stretches_alike_first() -> None:
    fairest, kind_to_me, kind_to_them = suggest(
        WorkingHours("America/Los_Angeles"), WorkingHours("Asia/Manila"), WINTER
    )
    assert (fairest.mine, fairest.theirs) == (Stretch(NONE, HOUR), Stretch(HOUR, NONE))
    assert fairest.golden.start == time(16)
    assert fairest.golden.weekdays == {1, 2, 3, 4}  # my Friday evening is their Saturday
    assert (kind_to_me.mine.total, kind_to_me.theirs.total) == (NONE, 2 * HOUR)
    assert (kind_to_them.mine.total, kind_to_them.theirs.total) == (2 * HOUR, NONE)


def test_days_are_the_contractors_own_when_the_team_is_a_date_behind() -> None:
    sydney, los_angeles = WorkingHours("Australia/Sydney"), WorkingHours("America/Los_Angeles")
    best = suggest(sydney, los_angeles, WINTER)[0]
    assert best.golden.weekdays == {2, 3, 4, 5}  # Sydney's Monday is still Sunday there
    start, _ = in_zone(best.golden, "America/Los_Angeles", WINTER)
    assert start.date() == WINTER - DAY


def test_a_window_after_midnight_of_a_night_shift_names_the_morning_it_starts_on() -> None:
    nights = WorkingHours("Europe/Lisbon", frozenset({5}), time(22), time(6))
    mornings = WorkingHours("Europe/Lisbon", frozenset({6}), time(2), time(6))
    starts = {offer.golden.start: offer.golden.weekdays for offer in suggest(nights, mornings, WINTER)}
    assert starts == {time(3): {6}, time(2): {6}, time(4): {6}}


def test_a_shared_day_gives_its_middle_its_start_and_its_end() -> None:
    berlin, lisbon = WorkingHours("Europe/Berlin"), WorkingHours("Europe/Lisbon")
    assert [offer.golden.start for offer in suggest(berlin, lisbon, WINTER)] == [time(12, 30), time(10), time(15)]


def test_the_middle_is_a_half_hour_on_the_contractors_own_wall() -> None:
    kathmandu, kolkata = WorkingHours("Asia/Kathmandu"), WorkingHours("Asia/Kolkata")  # a quarter of an hour apart
    assert [offer.golden.start for offer in suggest(kathmandu, kolkata, WINTER)] == [time(12), time(9, 15), time(15)]
    assert suggest(kolkata, kathmandu, WINTER)[0].golden.start == time(11, 30)


def test_a_window_that_fits_exactly_is_not_rounded_out_of_the_day() -> None:
    short = WorkingHours("Europe/Lisbon", start=time(9, 15), end=time(11, 15))
    (offer,) = suggest(short, WorkingHours("Europe/Lisbon"), WINTER)
    assert offer.golden.start == time(9, 15)


def test_three_hours_are_asked_for_honestly_when_only_two_are_shared() -> None:
    (offer,) = suggest(WorkingHours("Europe/Lisbon"), WorkingHours("America/Chicago"), WINTER, LONGEST)
    assert (offer.golden.start, offer.golden.minutes) == (time(14, 30), 180)
    assert (offer.mine, offer.theirs) == (Stretch(NONE, HOUR / 2), Stretch(HOUR / 2, NONE))


def test_nobody_is_offered_the_night_or_a_day_they_do_not_share() -> None:
    morning = WorkingHours("UTC", start=time(8), end=time(10))
    evening = WorkingHours("UTC", start=time(20), end=time(22))
    assert suggest(morning, evening, WINTER) == ()
    weekend = WorkingHours("UTC", frozenset({7}))
    assert suggest(WorkingHours("UTC", frozenset({3})), weekend, WINTER) == ()


@settings(deadline=None)
@given(working_hours, working_hours, dates, lengths)
def test_windows_lie_inside_both_working_days_whenever_they_share_enough(
    mine: WorkingHours, theirs: WorkingHours, on: date, length: timedelta
) -> None:
    assume(clocks_stand_still(mine.zone, on) and clocks_stand_still(theirs.zone, on))
    offers = suggest(mine, theirs, on, length)
    shared = best_margin(mine, theirs, on, length) >= NONE
    assert shared is any(not offer.stretches for offer in offers)
    for offer in offers if shared else ():
        assert offer.mine == offer.theirs == Stretch(NONE, NONE)
        closes_at = datetime.combine(on, time(0), UTC)
        for _ in offer.golden.weekdays:
            _, opens_at, closes_at = offer.golden.next_window(closes_at)
            assert working_between(mine, opens_at, closes_at) == length
            assert working_between(theirs, opens_at, closes_at) == length


@settings(deadline=None)
@given(working_hours, working_hours, dates, lengths)
def test_the_first_suggestion_is_kindest_to_whoever_has_it_worst(
    mine: WorkingHours, theirs: WorkingHours, on: date, length: timedelta
) -> None:
    offers, best = suggest(mine, theirs, on, length), best_margin(mine, theirs, on, length)
    if offers:
        assert best - 2 * TICK < offers[0].margin
        assert offers[0].margin >= -FURTHEST
        assert [offer.margin for offer in offers] == sorted((offer.margin for offer in offers), reverse=True)
    else:
        assert best < -FURTHEST + 2 * TICK


@settings(deadline=None)
@given(working_hours, working_hours, dates, lengths)
def test_on_each_of_its_days_a_window_stretches_each_working_day_as_it_says(
    mine: WorkingHours, theirs: WorkingHours, on: date, length: timedelta
) -> None:
    assume(clocks_stand_still(mine.zone, on) and clocks_stand_still(theirs.zone, on))
    for offer in suggest(mine, theirs, on, length):
        assert offer.stretches is (offer.mine.total + offer.theirs.total > NONE)
        closes_at = datetime.combine(on, time(0), UTC)
        for _ in offer.golden.weekdays:
            _, opens_at, closes_at = offer.golden.next_window(closes_at)
            assert offer.mine in stretches(mine, opens_at, closes_at)
            assert offer.theirs in stretches(theirs, opens_at, closes_at)


@settings(deadline=None)
@given(working_hours, working_hours, dates)
def test_suggestions_are_few_and_far_enough_apart_to_compare(
    mine: WorkingHours, theirs: WorkingHours, on: date
) -> None:
    starts = [offer.golden.start for offer in suggest(mine, theirs, on)]
    assert len(starts) <= 3
    clock = sorted(datetime.combine(on, start) for start in starts)
    assert all(later - earlier >= APART for earlier, later in pairwise([*clock, *(one + DAY for one in clock[:1])]))


@settings(deadline=None)
@given(golden_hours, moments)
def test_windows_follow_each_other_as_long_as_agreed_on_the_agreed_days(golden: GoldenHours, now: datetime) -> None:
    days = []
    for _ in range(8):
        window = golden.next_window(now)
        assert window.opens_at > now
        assert window.closes_at - window.opens_at == golden.length
        days.append(date.fromisoformat(window.name))
        assert window.opens_at == instant(days[-1], golden.start, golden.zone)
        now = window.opens_at
    span = [days[0] + DAY * number for number in range((days[-1] - days[0]).days + 1)]
    assert days == [day for day in span if day.isoweekday() in golden.weekdays]


@settings(deadline=None)
@given(golden_hours, moments)
def test_a_window_is_open_from_its_first_moment_to_just_before_its_last(golden: GoldenHours, now: datetime) -> None:
    window = golden.next_window(now)
    assert golden.window_at(window.opens_at) == window
    assert golden.window_at(window.closes_at - timedelta(microseconds=1)) == window
    assert golden.window_at(window.closes_at) != window
    assert golden.window_at(window.opens_at - timedelta(microseconds=1)) != window


def test_a_window_over_midnight_keeps_the_date_on_which_it_opened() -> None:
    friday = LATE.next_window(at("2026-11-27T12:00"))
    assert friday == ("2026-11-27", at("2026-11-27T23:00"), at("2026-11-28T01:00"))
    assert LATE.window_at(at("2026-11-28T00:30")) == friday  # a Saturday, which has no window of its own
    assert LATE.window_at(at("2026-11-28T01:00")) is None


@pytest.mark.parametrize(("day", "shown"), [("2026-03-29", 3), ("2026-10-25", 1), ("2026-11-22", 2)])
def test_a_window_lasts_as_long_as_agreed_in_the_night_of_a_clock_change(day: str, shown: int) -> None:
    golden = GoldenHours(frozenset({7}), time(0), 120, "Europe/Lisbon")
    assert golden.next_window(at(day) - HOUR).closes_at == at(day) + 2 * HOUR
    assert in_zone(golden, "Europe/Lisbon", date.fromisoformat(day))[1].hour == shown


def test_a_day_off_has_no_window() -> None:
    off = {date(2026, 11, 26)}
    assert GOLDEN.next_window(at("2026-11-25T18:00"), off).name == "2026-11-27"
    assert GOLDEN.window_at(at("2026-11-26T16:00"), off) is None


def test_the_reminder_comes_ten_minutes_before_the_window_and_once() -> None:
    first = GOLDEN.next_reminder(at("2026-11-26T14:49"))
    assert first == ("2026-11-26", at("2026-11-26T14:50"))
    assert GOLDEN.next_reminder(first.due_at) == ("2026-11-27", at("2026-11-27T14:50"))


def test_a_reminder_of_a_window_at_midnight_is_sent_the_evening_before_and_named_like_the_window() -> None:
    midnight = GoldenHours(WEEKDAYS, time(0), 120, "Europe/Lisbon")
    assert midnight.next_reminder(at("2026-11-25T23:00")) == ("2026-11-26", at("2026-11-26T00:00") - REMINDER)


def test_each_side_reads_the_window_on_its_own_clock() -> None:
    start, end = in_zone(GOLDEN, "Asia/Kolkata", WINTER)
    assert (start.date(), start.time(), end.time()) == (date(2026, 1, 14), time(20, 30), time(22, 30))
    assert end.date() == date(2026, 1, 14)
    start, end = in_zone(LATE, "Europe/Berlin", WINTER)
    assert (start.date(), start.time(), end.time()) == (date(2026, 1, 15), time(0), time(2))


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        (date(2026, 3, 2), date(2026, 3, 16), HOUR),  # Chicago changes on 8 March, Lisbon on the 29th
        (date(2026, 3, 16), date(2026, 3, 30), -HOUR),
        (date(2026, 3, 2), date(2026, 3, 30), NONE),
        (date(2026, 10, 23), date(2026, 10, 26), HOUR),  # Lisbon on 25 October, Chicago on 1 November
        (date(2026, 6, 1), date(2026, 7, 1), NONE),
    ],
)
def test_a_clock_change_on_one_side_only_moves_the_window_for_the_team(
    before: date, after: date, moved: timedelta
) -> None:
    assert shift_by_dst(GOLDEN, "America/Chicago", before, after) == moved


@given(st.sampled_from(ZONES), dates, dates)
def test_a_window_never_moves_for_a_team_in_the_contractors_own_zone(zone: str, before: date, after: date) -> None:
    golden = GoldenHours(WEEKDAYS, time(12), 120, zone)
    assert shift_by_dst(golden, zone, before, after) == NONE


def test_a_question_asked_overnight_waits_only_from_when_the_window_opens() -> None:
    asked_at, answered_at = at("2026-11-25T20:00"), at("2026-11-26T15:20")
    assert answer_time(GOLDEN, asked_at, answered_at) == timedelta(minutes=20)
    assert answered_within(GOLDEN, asked_at, answered_at)


def test_a_question_asked_in_the_window_is_due_before_it_closes() -> None:
    asked_at = at("2026-11-26T15:30")
    assert answer_due(GOLDEN, asked_at) == at("2026-11-26T17:00")
    assert answered_within(GOLDEN, asked_at, at("2026-11-26T17:00"))
    assert not answered_within(GOLDEN, asked_at, at("2026-11-26T17:01"))


def test_an_answer_in_a_later_window_counts_the_open_hours_in_between() -> None:
    assert answer_time(GOLDEN, at("2026-11-26T16:30"), at("2026-11-30T15:10")) == timedelta(minutes=30 + 120 + 10)


def test_an_answer_before_the_window_took_no_time_at_all() -> None:
    assert answer_time(GOLDEN, at("2026-11-25T20:00"), at("2026-11-26T09:00")) == NONE
    assert answered_within(GOLDEN, at("2026-11-25T20:00"), at("2026-11-26T09:00"))


def test_a_teams_day_off_does_not_count_against_it() -> None:
    thanksgiving = {date(2026, 11, 26)}
    asked_at, answered_at = at("2026-11-25T18:00"), at("2026-11-27T15:05")
    assert answered_within(GOLDEN, asked_at, answered_at, thanksgiving)
    assert answer_time(GOLDEN, asked_at, answered_at, thanksgiving) == timedelta(minutes=5)
    assert not answered_within(GOLDEN, asked_at, answered_at)


@settings(deadline=None)
@given(golden_hours, moments, st.integers(0, 14 * 24 * 60), st.integers(0, 14 * 24 * 60))
def test_answer_time_adds_up_and_is_never_longer_than_the_wait(
    golden: GoldenHours, asked_at: datetime, first: int, more: int
) -> None:
    halfway = asked_at + timedelta(minutes=first)
    answered_at = halfway + timedelta(minutes=more)
    whole = answer_time(golden, asked_at, answered_at)
    assert NONE <= whole <= answered_at - asked_at
    assert whole == answer_time(golden, asked_at, halfway) + answer_time(golden, halfway, answered_at)


@pytest.mark.parametrize("zone", ["Australia/Sydney", "America/Chicago", "Asia/Kathmandu", "Pacific/Auckland"])
@pytest.mark.parametrize("start", ["00:00", "09:30", "23:00"])
def test_a_window_typed_on_one_clock_reads_the_same_there_from_the_other(zone: str, start: str) -> None:
    on, days = date(2026, 11, 25), frozenset({1, 3, 7})
    typed = time.fromisoformat(start)
    golden = from_wall(days, typed, 120, zone, "Europe/Lisbon", on)
    seen = on_wall(golden, zone, on)
    assert (seen.weekdays, seen.start) == (days, typed)


def test_a_manager_a_day_ahead_types_their_monday_and_the_contractor_reads_sunday() -> None:
    nine = time(9)
    golden = from_wall({1}, nine, 120, "Australia/Sydney", "Europe/Lisbon", date(2026, 11, 23))
    assert (golden.weekdays, golden.start.hour) == (frozenset({7}), 22)


def test_no_move_is_announced_where_both_clocks_change_together() -> None:
    since = datetime(2027, 3, 20, tzinfo=UTC)
    assert next_move(GOLDEN, ["Europe/Lisbon", "Europe/Berlin"], since) is None
    assert next_move(GOLDEN, ["Europe/Lisbon", "Asia/Kathmandu"], since) is not None


def test_a_median_needs_an_answer_and_late_ones_are_not_counted_as_kept() -> None:
    assert median_wait(()) is None
    asked = datetime(2026, 11, 23, 9, tzinfo=UTC)
    on_time, late = (
        QuestionRow(engagement_id=1, offer_id=1, text="", asked_at=asked, due_at=asked, answered_at=at, waited=minutes)
        for at, minutes in ((asked, 0), (asked + HOUR, 60))
    )
    assert kept([on_time, late]) == 1
    assert median_wait([on_time, late]) == HOUR / 2
