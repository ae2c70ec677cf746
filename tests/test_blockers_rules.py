"""The ladder a blocker climbs: whose clock it is, who is asked next, and when it is enough."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.care.blockers import (
    PATIENCE,
    BlockerRow,
    BlockerStepRow,
    Escalation,
    Kind,
    Move,
    Rung,
    Seat,
    Severity,
    State,
    acknowledge,
    climb_again,
    free_at,
    involved,
    ladder,
    made,
    next_move,
    runs_out,
    still_asked,
)
from bot.care.people import Subject
from bot.care.working import Away, WorkingHours, add_working_days, is_working

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
LISBON = WorkingHours("Europe/Lisbon")
CHICAGO = WorkingHours("America/Chicago")
RULES = Escalation()


def reported(at: datetime = MONDAY, **more: object) -> BlockerRow:
    row = BlockerRow(
        id=1, engagement_id=1, contractor_id=1, owner_id=2, stops="x", since=at, reported_at=at, moved_at=at
    )
    for name, value in more.items():
        setattr(row, name, value)
    return row


def owner(**more: object) -> Seat:
    return Seat(Rung.OWNER, 2, LISBON, **more)  # type: ignore[arg-type]


def manager(**more: object) -> Seat:
    return Seat(Rung.MANAGER, 3, CHICAGO, **more)  # type: ignore[arg-type]


CARE = Seat(Rung.CARE, None, LISBON)


def climbs(blocker: BlockerRow, seats: tuple[Seat, ...], rules: Escalation = RULES, late: timedelta = timedelta(0),
           most: int = 20) -> list[Move]:  # fmt: skip
    """Everything that is done if nobody answers; the bot looks `late` once before each move."""
    done: list[Move] = []
    now, behind = blocker.moved_at, late
    while len(done) < most:
        holder = next((seat for seat in seats if seat.rung == blocker.reached), seats[0])
        move = next_move(blocker, seats, holder, rules, now)
        if move is None:
            return done
        if move.at > now:
            now, behind = move.at + behind, timedelta(0)
            continue
        made(blocker, move, now)
        done.append(move._replace(at=now))
        behind = late
    raise AssertionError("it never stops asking")


def told(moves: list[Move]) -> list[tuple[str, str, str]]:
    return [(move.kind.value, move.seat.rung.value, f"{move.at:%a %H:%M}") for move in moves]


# -- by example ------------------------------------------------------------------------------------------


def test_it_climbs_at_one_and_two_clocks_each_in_the_hours_of_whoever_was_asked_then_is_nudged() -> None:
    assert told(climbs(reported(), (owner(), manager(), CARE))) == [
        ("asked", "owner", "Mon 09:00"),
        ("asked", "manager", "Mon 15:00"),  # four hours of Lisbon end at 13:00, and Chicago opens at 15:00
        ("asked", "care", "Mon 19:00"),  # four hours of Chicago later
        ("nudged", "care", "Fri 09:00"),  # when three working days of the owner's are over
        ("nudged", "care", "Wed 09:00"),
    ]


def test_a_report_at_night_waits_for_the_owners_morning() -> None:
    moves = climbs(reported(MONDAY.replace(hour=20)), (owner(), CARE))
    assert told(moves)[:2] == [("asked", "owner", "Tue 09:00"), ("asked", "care", "Tue 13:00")]


def test_a_clock_goes_on_where_the_working_day_ended() -> None:
    moves = climbs(reported(MONDAY.replace(hour=15)), (owner(), CARE))
    assert told(moves)[:2] == [("asked", "owner", "Mon 15:00"), ("asked", "care", "Tue 11:00")]


def test_a_public_holiday_of_the_person_asked_stops_their_clock() -> None:
    german = Seat(Rung.OWNER, 2, WorkingHours("Europe/Berlin", country="DE"))
    christmas_eve = datetime(2026, 12, 24, 14, tzinfo=UTC)  # Thursday 15:00; Friday and Saturday are holidays
    moves = climbs(reported(christmas_eve), (german, CARE))
    assert told(moves)[:2] == [("asked", "owner", "Thu 14:00"), ("asked", "care", "Mon 10:00")]


def test_somebody_who_cannot_go_on_waits_half_as_long() -> None:
    moves = climbs(reported(severity=Severity.STOPPED), (owner(), CARE))
    assert told(moves)[1] == ("asked", "care", "Mon 11:00")


def test_an_owner_who_is_the_manager_is_asked_once() -> None:
    same = ladder(owner(), Seat(Rung.MANAGER, 2, LISBON), CARE)
    assert [seat.rung for seat in same] == [Rung.OWNER, Rung.CARE]
    assert [seat.rung for seat in ladder(owner(), manager(), None)] == [Rung.OWNER, Rung.MANAGER]


def test_an_owner_on_holiday_is_passed_over_instead_of_waited_for() -> None:
    away = ((date(2026, 11, 20), date(2026, 12, 4)),)
    moves = climbs(reported(), (owner(away=away), manager(), CARE))
    assert moves[0].at == MONDAY.replace(hour=15)
    assert moves[0].seat.rung is Rung.MANAGER
    assert [seat.rung for seat in moves[0].passed] == [Rung.OWNER]


def test_an_owner_who_is_off_for_a_long_weekend_is_waited_for() -> None:
    away = ((date(2026, 11, 23), date(2026, 11, 24)),)
    assert told(climbs(reported(), (owner(away=away), manager(), CARE)))[0] == ("asked", "owner", "Wed 09:00")


def test_an_owner_who_leaves_for_weeks_does_not_take_the_clock_along() -> None:
    away = ((date(2026, 11, 24), date(2027, 1, 31)),)
    since = MONDAY.replace(hour=16)
    assert runs_out(owner(away=away), since, 4 * HOUR) < since + timedelta(days=PATIENCE + 4)


def test_somebody_muted_is_not_asked_before_it_ends_and_passed_over_when_that_is_far() -> None:
    soon, far = MONDAY + 2 * HOUR, MONDAY + timedelta(days=9)
    assert told(climbs(reported(), (owner(muted_until=soon), CARE)))[0] == ("asked", "owner", "Mon 11:00")
    moves = climbs(reported(), (owner(muted_until=far), CARE))
    assert (moves[0].seat.rung, moves[0].at) == (Rung.CARE, MONDAY)


def test_when_nobody_is_near_the_first_to_return_is_asked() -> None:
    long, longer = ((date(2026, 11, 20), date(2026, 12, 4)),), ((date(2026, 11, 20), date(2027, 1, 8)),)
    moves = climbs(reported(), (owner(away=longer), manager(away=long)))
    assert moves[0].seat.rung is Rung.MANAGER
    assert moves[0].at == datetime(2026, 12, 7, 15, tzinfo=UTC)


def test_somebody_nothing_reaches_is_passed_over() -> None:
    assert climbs(reported(), (owner(reachable=False), manager()))[0].seat.rung is Rung.MANAGER


def test_seen_but_not_solved_goes_one_rung_up_after_one_working_day_and_only_once() -> None:
    blocker = reported()
    made(blocker, Move(MONDAY, Kind.ASKED, owner()), MONDAY)
    acknowledge(blocker, 2, MONDAY + HOUR)
    seats = (owner(), manager(), CARE)
    move = next_move(blocker, seats, owner(), RULES, MONDAY + HOUR)
    assert move is not None
    assert told([move]) == [("again", "manager", "Tue 15:00")]  # 10:00 in Lisbon, and Chicago opens at 15:00
    made(blocker, move, move.at)
    after = next_move(blocker, seats, owner(), RULES, move.at)
    assert after is not None
    assert after.kind is Kind.NUDGED


def test_whoever_took_it_on_is_asked_again_when_nobody_is_above() -> None:
    blocker = reported(reached=Rung.CARE, notices=2)
    acknowledge(blocker, 2, MONDAY)
    move = next_move(blocker, (owner(), CARE), owner(), RULES, MONDAY)
    assert move is not None
    assert told([move]) == [("again", "owner", "Tue 09:00")]


def test_a_manager_who_took_it_on_first_is_not_asked_above_themself() -> None:
    blocker = reported(reached=Rung.OWNER, notices=1)
    acknowledge(blocker, 3, MONDAY)
    move = next_move(blocker, (owner(), manager(), CARE), manager(), RULES, MONDAY)
    assert move is not None
    assert move.seat.rung is Rung.CARE


def test_a_hand_over_begins_at_the_foot_with_everything_at_zero() -> None:
    blocker = reported(reached=Rung.CARE, notices=3, nudges=2, state=State.SEEN, seen_by=2, again=True)
    climb_again(blocker, MONDAY + HOUR)
    assert (blocker.state, blocker.reached, blocker.notices, blocker.nudges) == (State.OPEN, "", 0, 0)
    assert (blocker.seen_by, blocker.again, blocker.round) == (None, False, 2)
    assert blocker.moved_at == MONDAY + HOUR


@pytest.mark.parametrize("settled", [{"state": State.RESOLVED}, {"state": State.CLOSED}, {"paused": True}])
def test_nothing_is_due_when_settled_or_paused(settled: dict[str, Any]) -> None:
    assert next_move(reported(**settled), (owner(), CARE), owner(), RULES, MONDAY) is None


def test_everybody_who_was_asked_may_answer_and_nobody_else() -> None:
    steps = [BlockerStepRow(blocker_id=1, kind=Kind.ASKED, at=MONDAY, to_id=to) for to in (5, None)]
    about = involved(reported(), 3, steps)
    assert about == Subject(1, frozenset({3}), frozenset({2, 5}))


def test_whoever_was_passed_over_or_reminded_is_not_responsible_for_that() -> None:
    steps = [
        BlockerStepRow(blocker_id=1, kind=kind, at=MONDAY, to_id=7) for kind in (Kind.PASSED, Kind.AGAIN, Kind.NUDGED)
    ]
    assert involved(reported(), 3, steps).responsible == {2}


def test_a_notice_that_has_not_left_is_for_the_owner_and_who_is_on_it_but_for_nobody_who_was_asked_before() -> None:
    about = Subject(1, frozenset({3}), frozenset({2, 4, 5}))
    assert still_asked(reported(seen_by=5), about) == Subject(1, frozenset({3}), frozenset({2, 5}))
    assert still_asked(reported(seen_by=6), about) == Subject(1, frozenset({3}), frozenset({2}))


# -- whatever happens --------------------------------------------------------------------------------------

ZONES = ("Europe/Lisbon", "America/Chicago", "Asia/Tokyo", "Asia/Kathmandu", "Pacific/Kiritimati", "America/St_Johns")
instants = st.integers(0, 700 * 24 * 60).map(lambda minutes: MONDAY + timedelta(minutes=minutes))
hours = st.builds(
    WorkingHours,
    st.sampled_from(ZONES),
    st.frozensets(st.integers(1, 7), min_size=2),
    st.sampled_from((time(7), time(9, 30), time(22))),
    st.sampled_from((time(12), time(17), time(6))),
    st.sampled_from((None, "DE", "BR", "JP")),
)


@st.composite
def seats_and_report(draw: st.DrawFn) -> tuple[tuple[Seat, ...], BlockerRow, Escalation]:
    at = draw(instants)

    def away() -> Away:
        first = at.date() + timedelta(days=draw(st.integers(-20, 20)))
        return ((first, first + timedelta(days=draw(st.integers(0, 60)))),) if draw(st.booleans()) else ()

    def seat(rung: Rung, person: int) -> Seat:
        muted = at + draw(st.integers(1, 400)) * HOUR if draw(st.booleans()) else None
        return Seat(rung, person, draw(hours), away(), muted)

    foot = seat(Rung.OWNER, 2)
    care = Seat(Rung.CARE, None, foot.hours) if draw(st.booleans()) else None
    seats = ladder(foot, seat(Rung.MANAGER, draw(st.sampled_from((2, 3)))), care)
    severity = draw(st.sampled_from(list(Severity)))
    rules = Escalation(
        draw(st.sampled_from((1.0, 4.0, 12.0))), draw(st.integers(1, 4)), most_nudges=draw(st.integers(0, 3))
    )
    return seats, reported(at, severity=severity), rules


late = st.sampled_from((timedelta(0), timedelta(minutes=7), timedelta(hours=11), timedelta(days=5)))


@given(seats_and_report(), late)
def test_notices_keep_the_cap_the_hours_and_the_order(
    given_: tuple[tuple[Seat, ...], BlockerRow, Escalation], behind: timedelta
) -> None:
    seats, blocker, rules = given_
    moves = climbs(blocker, seats, rules, behind)
    asked = [move for move in moves if move.kind is not Kind.NUDGED]
    assert len(asked) <= rules.most_notices
    assert len(moves) - len(asked) <= rules.most_nudges
    heights = [list(Rung).index(move.seat.rung) for move in asked]
    assert heights == sorted(set(heights))
    for move in moves:
        if move.seat.person is not None:
            assert is_working(move.seat.hours, move.at, move.seat.away)
            assert move.seat.muted_until is None or move.at >= move.seat.muted_until
    assert [move.at for move in moves] == sorted(move.at for move in moves)


@given(seats_and_report(), st.integers(0, 3), st.integers(0, 3000))
def test_no_rung_is_climbed_for_a_working_day_after_somebody_took_it_on(
    given_: tuple[tuple[Seat, ...], BlockerRow, Escalation], rung: int, minutes: int
) -> None:
    seats, blocker, rules = given_
    asked = seats[min(rung, len(seats) - 1)]
    at = free_at(asked, blocker.moved_at)
    made(blocker, Move(at, Kind.ASKED, asked), at)
    on_it = at + timedelta(minutes=minutes)
    acknowledge(blocker, asked.person or 9, on_it)
    move = next_move(blocker, seats, asked, rules, on_it)
    if move is not None:
        assert move.kind is not Kind.ASKED
        assert move.at >= add_working_days(asked.hours, on_it, 1)
