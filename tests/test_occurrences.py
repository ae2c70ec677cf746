"""A schedule is a wall-clock time: one occurrence per date or week, wherever and whatever the clocks do."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.care.occurrences import (
    DAY,
    WIDEST_MOVE,
    Occurrence,
    WallTime,
    instant,
    iso_week,
    missed,
    next_occurrence,
    next_weekly,
)

ZONES = sorted(available_timezones())
EVERY_DAY = frozenset(range(1, 8))
THURSDAY = frozenset({4})
THREE = time(15)
HOUR = timedelta(hours=1)

moments = st.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001
wall_times = st.builds(WallTime, st.frozensets(st.integers(1, 7), min_size=1), st.times(), st.sampled_from(ZONES))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def exists(wall: datetime, zone: ZoneInfo) -> bool:
    """Whether the clock of a zone ever shows this local time."""
    return wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wall


def offset(at: datetime, zone: ZoneInfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)


def assert_at_its_wall_time(due_at: datetime, day: date, at: time, name: str) -> None:
    zone, wall = ZoneInfo(name), datetime.combine(day, at)
    shown = due_at.astimezone(zone)
    if exists(wall, zone):
        assert (shown.replace(tzinfo=None), shown.fold) == (wall, 0)
    else:
        moved = shown.replace(tzinfo=None) - wall
        assert moved == offset(due_at, zone) - offset(due_at - moved, zone) > timedelta(0)


def changes(name: str) -> list[date]:
    """The UTC dates from 2024 to 2030 in which a zone's offset changes."""
    zone, weeks = ZoneInfo(name), [utc("2024-01-01") + 7 * DAY * week for week in range(7 * 53)]
    return [
        day.date()
        for week in weeks
        if offset(week, zone) != offset(week + 7 * DAY, zone)
        for day in (week + DAY * number for number in range(7))
        if offset(day, zone) != offset(day + DAY, zone)
    ]


def test_every_zone_keeps_every_date_through_all_its_clock_changes() -> None:
    seen = 0
    for zone in ZONES:
        for change in changes(zone):
            for at in (time(0), time(0, 30), time(1, 30), time(2), time(2, 15), time(3), time(23, 30)):
                day, found = change - 2 * DAY, []
                after = instant(day, at, zone) - timedelta(microseconds=1)
                for _ in range(5):
                    occurrence = next_occurrence(EVERY_DAY, at, zone, after)
                    found.append(date.fromisoformat(occurrence.name))
                    assert_at_its_wall_time(occurrence.due_at, found[-1], at, zone)
                    after = occurrence.due_at
                assert found == [day + DAY * number for number in range(5)], (zone, at)
                seen += 1
    assert seen > 10_000


@settings(deadline=None)
@given(wall_times, moments)
def test_occurrences_follow_each_other_in_order_and_leave_no_scheduled_date_out(wall: WallTime, at: datetime) -> None:
    after, days = at, []
    for _ in range(9):
        occurrence = next_occurrence(*wall, after)
        assert occurrence.due_at > after
        assert occurrence.due_at.tzinfo is UTC
        after, day = occurrence.due_at, date.fromisoformat(occurrence.name)
        assert_at_its_wall_time(after, day, wall.at, wall.zone)
        days.append(day)
    span = [days[0] + DAY * number for number in range((days[-1] - days[0]).days + 1)]
    assert days == [day for day in span if day.isoweekday() in wall.weekdays]


@settings(deadline=None)
@given(wall_times, moments)
def test_nothing_of_the_schedule_lies_between_now_and_the_next_occurrence(wall: WallTime, now: datetime) -> None:
    due_at = next_occurrence(*wall, now).due_at
    near = [now.date() + DAY * number for number in range(-3, 12)]
    assert due_at == min(
        due for day in near if day.isoweekday() in wall.weekdays if (due := instant(day, wall.at, wall.zone)) > now
    )


def test_an_occurrence_is_named_by_its_local_date_not_by_the_utc_one() -> None:
    late = next_occurrence(EVERY_DAY, time(22), "America/New_York", utc("2026-11-27T00:00"))
    assert late == Occurrence("2026-11-26", utc("2026-11-27T03:00"))


def test_the_moment_an_occurrence_is_due_belongs_to_it_and_the_next_one_follows() -> None:
    due_at = utc("2026-11-26T15:00")
    assert next_occurrence(THURSDAY, THREE, "Europe/Lisbon", due_at - HOUR).due_at == due_at
    assert next_occurrence(THURSDAY, THREE, "Europe/Lisbon", due_at).due_at == due_at + 7 * DAY


def test_a_time_the_clock_jumps_over_moves_forward_by_the_jump() -> None:
    due = next_occurrence(EVERY_DAY, time(1, 30), "Europe/Lisbon", utc("2026-03-28T12:00"))
    assert due == Occurrence("2026-03-29", utc("2026-03-29T01:30"))  # the clock shows 02:30


def test_a_time_the_clock_shows_twice_counts_once_the_first_time() -> None:
    first = next_occurrence(EVERY_DAY, time(1, 30), "Europe/Lisbon", utc("2026-10-24T12:00"))
    assert first == Occurrence("2026-10-25", utc("2026-10-25T00:30"))
    assert next_occurrence(EVERY_DAY, time(1, 30), "Europe/Lisbon", first.due_at).name == "2026-10-26"


def test_an_evening_moved_past_midnight_by_a_gap_keeps_its_own_date() -> None:
    """In Nuuk the last hour of 30 March 2024 does not exist: 23:30 came at 00:30 on the 31st."""
    midnight = utc("2024-03-31T01:15")
    due = next_occurrence(EVERY_DAY, time(23, 30), "America/Nuuk", midnight)
    assert due == Occurrence("2024-03-30", utc("2024-03-31T01:30"))


def test_iso_weeks_sort_through_the_turn_of_the_year() -> None:
    days = [date(2026, 11, 26), date(2026, 12, 31), date(2027, 1, 3), date(2027, 1, 4)]
    weeks = [iso_week(day) for day in days]
    assert weeks == ["2026-W48", "2026-W53", "2026-W53", "2027-W01"]
    assert weeks == sorted(weeks)


@settings(deadline=None)
@given(st.integers(1, 7), st.times(), st.sampled_from(ZONES), moments)
def test_a_weekly_schedule_falls_due_once_in_each_iso_week(weekday: int, at: time, zone: str, after: datetime) -> None:
    last = next_weekly({weekday}, at, zone, after)
    for _ in range(6):
        following = next_weekly({weekday}, at, zone, last.due_at, last.name)
        monday = datetime.strptime(f"{last.name}-1", "%G-W%V-%u").replace(tzinfo=UTC).date()
        assert following.name == iso_week(monday + 7 * DAY)
        assert following.due_at == instant(monday + (6 + weekday) * DAY, at, zone)
        last = following


@settings(deadline=None)
@given(
    st.integers(1, 7),
    st.times(),
    moments,
    st.lists(st.tuples(st.sampled_from(ZONES), st.floats(0, 1)), min_size=2, max_size=8),
)
def test_somebody_who_keeps_moving_is_asked_once_in_every_iso_week(
    weekday: int, at: time, start: datetime, moves: list[tuple[str, float]]
) -> None:
    asked = [next_weekly({weekday}, at, moves[0][0], start)]
    for zone, part_of_the_wait in moves[1:]:
        last = asked[-1]
        pending = next_weekly({weekday}, at, zone, last.due_at, last.name)
        moved_at = last.due_at + part_of_the_wait * (pending.due_at - last.due_at)
        asked.append(next_weekly({weekday}, at, zone, moved_at, last.name, WIDEST_MOVE))
    weeks = [occurrence.name for occurrence in asked]
    mondays = [datetime.strptime(f"{week}-1", "%G-W%V-%u").replace(tzinfo=UTC) for week in weeks]
    assert all(later - earlier == 7 * DAY for earlier, later in pairwise(mondays)), weeks


def test_moving_west_after_the_question_does_not_ask_it_again_the_same_week() -> None:
    asked_in_lisbon = utc("2026-11-26T15:00")
    moved = next_weekly(THURSDAY, THREE, "America/Los_Angeles", asked_in_lisbon + HOUR, "2026-W48", WIDEST_MOVE)
    assert moved == Occurrence("2026-W49", utc("2026-12-03T23:00"))


def test_moving_east_past_the_hour_asks_at_once_instead_of_losing_the_week() -> None:
    thursday_morning_in_los_angeles = utc("2026-11-26T18:00")  # Friday 03:00 in Tokyo
    moved = next_weekly(THURSDAY, THREE, "Asia/Tokyo", thursday_morning_in_los_angeles, "2026-W47", WIDEST_MOVE)
    assert moved == Occurrence("2026-W48", thursday_morning_in_los_angeles)


def test_even_the_furthest_move_on_earth_keeps_the_week() -> None:
    a_minute_before = instant(date(2026, 11, 26), time(14, 59), "Etc/GMT+12")
    moved = next_weekly(THURSDAY, THREE, "Pacific/Kiritimati", a_minute_before, "2026-W47", WIDEST_MOVE)
    assert moved == Occurrence("2026-W48", a_minute_before)


def test_moving_back_over_the_date_line_does_not_ask_about_the_week_before_again() -> None:
    monday_in_kiritimati = instant(date(2026, 11, 30), time(0, 30), "Pacific/Kiritimati")
    moved = next_weekly({7}, THREE, "America/Los_Angeles", monday_in_kiritimati, "2026-W49")
    assert moved == Occurrence("2026-W50", instant(date(2026, 12, 13), THREE, "America/Los_Angeles"))


def test_somebody_new_is_not_asked_about_an_hour_that_passed_before_they_came() -> None:
    assert next_weekly(THURSDAY, THREE, "Europe/Lisbon", utc("2026-11-26T16:00")).name == "2026-W49"


def test_an_occurrence_is_missed_only_when_its_whole_grace_has_passed() -> None:
    due_at = utc("2026-11-26T15:00")
    assert not missed(due_at, due_at + 24 * HOUR, grace=24 * HOUR)
    assert missed(due_at, due_at + 24 * HOUR + timedelta(seconds=1), grace=24 * HOUR)
    assert not missed(due_at, due_at - HOUR, grace=timedelta(0))


def test_a_schedule_without_a_weekday_is_refused_instead_of_searched_for_ever() -> None:
    with pytest.raises(ValueError, match="weekday"):
        next_occurrence((), THREE, "Europe/Lisbon", utc("2026-11-26T15:00"))


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        next_occurrence(THURSDAY, THREE, "Europe/Lisbon", datetime(2026, 11, 26))  # noqa: DTZ001


def test_in_every_zone_every_week_of_seven_years_has_its_one_question() -> None:
    """At a time that many zones jump over or show twice on Sundays: once a week, in order, at its wall time or after it."""
    at, sunday = time(2, 30), {7}
    for zone in ZONES:
        last = next_weekly(sunday, at, zone, utc("2024-01-01"))
        weeks = [last.name]
        while last.due_at < utc("2030-12-20"):
            following = next_weekly(sunday, at, zone, last.due_at, last.name)
            assert timedelta(days=6) < following.due_at - last.due_at < timedelta(days=8)
            last = following
            weeks.append(last.name)
        mondays = [datetime.strptime(f"{week}-1", "%G-W%V-%u").replace(tzinfo=UTC) for week in weeks]
        assert mondays == [mondays[0] + 7 * DAY * number for number in range(len(mondays))], zone
        assert len(weeks) > 360


@settings(deadline=None)
@given(
    st.integers(1, 7), st.times(), st.sampled_from(ZONES), moments, st.lists(st.floats(0, 40), min_size=1, max_size=6)
)
def test_a_clock_that_goes_backwards_asks_about_no_week_twice(
    weekday: int, at: time, zone: str, now: datetime, back: list[float]
) -> None:
    """However far it goes back, what was asked stays asked: the next question is of a later week."""
    last = next_weekly({weekday}, at, zone, now)
    for hours in back:
        following = next_weekly({weekday}, at, zone, last.due_at - hours * HOUR, last.name)
        assert following.name > last.name
        assert following.due_at > last.due_at
        last = following
