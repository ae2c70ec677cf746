"""At risk: whom to check in with, and why."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.care.cases import night_of
from bot.care.health import (
    FIVE,
    REST,
    Aspect,
    Blank,
    Candidate,
    Case,
    Event,
    Milestone,
    Reason,
    Score,
    Sign,
    Signals,
    Week,
    choose,
    close,
    milestone_state,
    not_a_concern,
    points,
    pulse_week,
    scale,
    snooze,
    step,
    urgency,
    week_number,
)
from bot.care.mood import sounds_negative

MISSED, HIDDEN, PAUSED = Blank.MISSED, Blank.HIDDEN, Blank.PAUSED

weeks = st.lists(st.one_of(st.floats(1, 5), st.sampled_from((MISSED, HIDDEN))), max_size=12)


def pulses(*given: Week, answers: int = 20, mean: float = 4) -> Signals:
    """Somebody long with us who usually answers 4."""
    return Signals(weeks=given, answers=answers, mean=mean, group_mean=4, tenure_days=400)


def signs(signals: Signals) -> dict[Sign, int]:
    """What was noticed, with its points."""
    return {reason.sign: reason.points for reason in points(signals).reasons}


def scored(total: int, *found: Sign, recent: float = 3) -> Score:
    """A score of so many points, for the rules that only look at scores."""
    return Score(total, tuple(Reason(sign, 2) for sign in found), recent)


# --- mood ---


def test_a_good_week_has_no_reasons() -> None:
    assert points(pulses(4, 4, 4, 4)) == Score(0, (), 4)


def test_a_worst_answer_after_a_good_time_is_a_fall_and_replaces_the_plain_points() -> None:
    (reason,) = points(pulses(4, 4, 4, 1, answers=20, mean=3.85)).reasons
    assert (reason.sign, reason.points, reason.value) == (Sign.FELL, 3, 1)
    assert reason.usual == pytest.approx(4)  # the 19 answers before it were 4s, and so is the team's mean


@pytest.mark.parametrize(("latest", "expected"), [(1.5, {Sign.WORST: 2}), (2.5, {Sign.LOW: 1}), (2.6, {})])
def test_absolute_cut_offs_need_no_history(latest: float, expected: dict[Sign, int]) -> None:
    assert signs(pulses(latest, answers=1, mean=latest)) == expected


def test_nobody_falls_before_four_earlier_answers() -> None:
    assert signs(pulses(4, 4, 4, 1, answers=4, mean=13 / 4)) == {Sign.WORST: 2}
    assert signs(pulses(4, 4, 4, 4, 1, answers=5, mean=17 / 5)) == {Sign.FELL: 3}


@pytest.mark.parametrize(("group_mean", "expected"), [(3.0, Sign.WORST), (3.2, Sign.FELL)])
def test_the_baseline_leans_on_the_team_as_one_more_answer(group_mean: float, expected: Sign) -> None:
    signals = Signals((3, 3, 3, 2.9, 1), answers=5, mean=12.9 / 5, group_mean=group_mean, tenure_days=400)
    assert expected in signs(signals)


def test_somebody_always_low_does_not_fall() -> None:
    assert signs(pulses(1, 1, 1, 1, mean=1.2)) == {Sign.WORST: 2, Sign.LOW_AGAIN: 1}


def test_low_twice_in_four_weeks_adds_a_point_even_after_a_better_one() -> None:
    assert signs(pulses(2.5, 2.5, 3, 4)) == {Sign.LOW_AGAIN: 1}
    assert signs(pulses(2, 3, 4, 4, 2)) == {Sign.LOW: 1}


def test_a_pulse_is_stale_after_more_than_three_silent_weeks() -> None:
    assert Sign.WORST in signs(pulses(1, MISSED, MISSED, MISSED, answers=1, mean=1))
    assert Sign.WORST not in signs(pulses(1, MISSED, MISSED, MISSED, MISSED, answers=1, mean=1))


@given(weeks)
def test_an_answer_only_in_totals_never_enters_the_mood(given: list[Week]) -> None:
    mood = {Sign.FELL, Sign.WORST, Sign.LOW, Sign.LOW_AGAIN}
    hidden = [week if isinstance(week, Blank) else HIDDEN for week in given]
    assert not mood & signs(pulses(*hidden)).keys()


def test_an_answer_only_in_totals_counts_as_answered() -> None:
    assert signs(pulses(4, 4, 4, 4, MISSED, HIDDEN)) == {}
    assert signs(pulses(4, 4, 4, 4, HIDDEN, MISSED, MISSED)) == {Sign.SILENT: 2}


# --- presence ---


@pytest.mark.parametrize(("silent", "expected"), [(1, 0), (2, 2), (3, 3), (6, 3), (7, 0)])
def test_silence_counts_from_the_second_week_and_expires_after_the_sixth(silent: int, expected: int) -> None:
    assert points(pulses(4, 4, 4, 4, *[MISSED] * silent)).total == expected


def test_silence_of_somebody_who_seldom_answers_is_no_news() -> None:
    assert signs(pulses(4, MISSED, 4, 4, MISSED, MISSED)) == {Sign.SILENT: 2}
    assert signs(pulses(MISSED, MISSED, 4, 4, MISSED, MISSED)) == {}
    assert signs(pulses(MISSED, MISSED)) == {}


def test_a_newcomer_can_go_silent() -> None:
    newcomer = Signals((4, MISSED, MISSED, MISSED), answers=1, mean=4, tenure_days=25)
    assert signs(newcomer) == {Sign.SILENT: 3, Sign.NEW: 1}


def test_an_answer_after_two_missed_of_four_is_one_point() -> None:
    assert signs(pulses(MISSED, MISSED, 4, 4, 4)) == {Sign.IRREGULAR: 1}
    assert signs(pulses(4, 4, MISSED, 4, 4)) == {}
    assert signs(pulses(MISSED, MISSED, 4, 4, 4, 4)) == {}


@given(weeks, st.data())
def test_pauses_are_as_if_they_had_not_been(given: list[Week], data: st.DataObject) -> None:
    paused = list(given)
    for _ in range(data.draw(st.integers(1, 5))):
        paused.insert(data.draw(st.integers(0, len(paused))), PAUSED)
    assert points(pulses(*paused)) == points(pulses(*given))


def test_who_did_not_answer_an_anonymous_round_is_never_derived() -> None:
    assert pulse_week([], asked=True, answered=False, anonymous=True) is PAUSED
    assert pulse_week([1], asked=True, answered=True, anonymous=True) is PAUSED


def test_a_pulse_week_is_the_mean_of_its_named_answers() -> None:
    assert pulse_week([5, 4], asked=True, answered=True) == 4.5
    assert pulse_week([], asked=True, answered=True) is HIDDEN
    assert pulse_week([], asked=True, answered=False) is MISSED
    assert pulse_week([], asked=False, answered=False) is PAUSED


# --- work ---


@pytest.mark.parametrize(
    ("signals", "expected"),
    [
        (Signals(tenure_days=44), {Sign.NEW: 1}),
        (Signals(tenure_days=45), {}),
        (Signals(milestone=Milestone.NEWLY_MISSED), {Sign.NEWLY_MISSED: 3}),
        (Signals(milestone=Milestone.STILL_MISSED), {Sign.STILL_MISSED: 2}),
        (Signals(blocked_days=7), {}),
        (Signals(blocked_days=7.1), {Sign.BLOCKED: 2}),
        (Signals(long_days=True), {Sign.LONG_DAYS: 2}),
        (Signals(negative_comment=True), {Sign.COMMENT: 1}),
    ],
)
def test_work_has_its_points_from_day_one(signals: Signals, expected: dict[Sign, int]) -> None:
    assert signs(signals) == expected


@pytest.mark.parametrize(
    ("missed", "expected"),
    [
        ([], Milestone.FINE),
        ([True, False], Milestone.FINE),
        ([True], Milestone.NEWLY_MISSED),
        ([True, False, True], Milestone.NEWLY_MISSED),
        ([False, True, True], Milestone.STILL_MISSED),
    ],
)
def test_a_milestone_is_newly_missed_when_the_one_before_was_not(missed: list[bool], expected: Milestone) -> None:
    assert milestone_state(missed) is expected


def test_the_total_is_the_sum_of_the_reasons() -> None:
    score = points(pulses(2, 2, 1)._replace(milestone=Milestone.NEWLY_MISSED, long_days=True, tenure_days=10))
    assert score.total == sum(reason.points for reason in score.reasons) == 10


def test_cut_offs_move_in_proportion_to_the_scale() -> None:
    assert scale(1, 5) == FIVE == (1, 5, 1.5, 2.5, 3)
    assert scale(1, 4) == (1, 4, 1.375, 2.125, 2.5)
    assert scale(0, 10) == (0, 10, 1.25, 3.75, 5)
    assert points(pulses(2.2, answers=1, mean=2.2), scale(1, 4)).total == 0


# --- cases ---


def run(*totals: int, case: Case = REST, first: int = 100) -> list[Event]:
    """What each week's total brings, week after week; mood is what it is about."""
    events = []
    for week, total in enumerate(totals, first):
        case, event = step(case, scored(total, Sign.LOW), week)
        events.append(event)
    return events


NOTHING, NEW, CHANGED, CLOSED = Event.NOTHING, Event.NEW, Event.CHANGED, Event.CLOSED


def test_a_case_opens_at_four_points() -> None:
    assert run(3, 4) == [NOTHING, NEW]


def test_chronic_low_is_one_case_and_one_alert() -> None:
    assert run(*[4, 3] * 10) == [NEW] + [NOTHING] * 19


def test_a_case_closes_after_two_calm_weeks_and_not_before() -> None:
    assert run(4, 2, 2, 2) == [NEW, NOTHING, NOTHING, CLOSED]
    assert run(4, 2, 2, 3, 2, 2, 2) == [NEW, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, CLOSED]


def test_a_closed_case_stays_quiet_for_four_weeks() -> None:
    assert run(4, 0, 0, 0, 9, 9, 9, 9) == [NEW, NOTHING, NOTHING, CLOSED, NOTHING, NOTHING, NOTHING, NEW]


def test_scoring_every_night_is_as_good_as_once_a_week() -> None:
    case, _ = step(REST, scored(4, Sign.LOW), 100)
    for _night in range(7):
        case, event = step(case, scored(1), 101)
        assert event is NOTHING
    case, event = step(case, scored(1), 102)
    assert (case.open, event) == (True, NOTHING)
    assert step(case, scored(1), 103)[1] is CLOSED


def test_something_new_in_an_open_case_is_told_once() -> None:
    case, _ = step(REST, scored(4, Sign.LOW), 100)
    case, worse = step(case, scored(6, Sign.FELL, Sign.LOW_AGAIN), 101)
    case, missed = step(case, scored(7, Sign.NEWLY_MISSED), 102)
    case, again = step(case, scored(7, Sign.NEWLY_MISSED), 103)
    case, mood = step(case, scored(7, Sign.WORST), 104)
    assert [worse, missed, again, mood] == [NOTHING, CHANGED, NOTHING, NOTHING]
    assert case.told == {Aspect.MOOD, Aspect.MILESTONE}


def test_a_single_point_is_no_news_in_an_open_case() -> None:
    case, _ = step(REST, scored(4, Sign.LOW), 100)
    comment = Score(5, (Reason(Sign.LOW, 1), Reason(Sign.COMMENT, 1)), 3)
    assert step(case, comment, 101)[1] is NOTHING


def test_a_snoozed_alert_comes_back_only_if_it_still_stands() -> None:
    assert run(9, 9, case=snooze(until=101)) == [NOTHING, NEW]
    assert run(9, 3, case=snooze(until=101)) == [NOTHING, NOTHING]


def test_what_is_not_a_concern_is_not_told_again_until_it_changes() -> None:
    case, _ = step(REST, scored(4, Sign.LOW), 100)
    case = not_a_concern(case, 100)
    assert run(*[5] * 20, case=case, first=101) == [NOTHING] * 20
    changed = scored(6, Sign.LOW, Sign.SILENT)
    assert [step(case, changed, week)[1] for week in (103, 104)] == [NOTHING, CHANGED]


def test_a_case_closed_by_care_stays_quiet_and_never_shortens_a_quiet_time() -> None:
    case, _ = step(REST, scored(4, Sign.LOW), 100)
    assert close(case, 100) == Case(quiet_until=104)
    assert close(not_a_concern(case, 103), 100).quiet_until == 107


def test_the_night_of_a_day_is_the_first_after_it_begins_where_it_was_chosen() -> None:
    day = date(2026, 11, 24)
    nights = {zone: night_of(day, zone) for zone in ("Asia/Tokyo", "Europe/Lisbon", "America/Chicago")}
    assert nights == {"Asia/Tokyo": day, "Europe/Lisbon": day, "America/Chicago": date(2026, 11, 25)}


def test_weeks_are_counted_by_iso_across_new_year() -> None:
    assert week_number(date(2027, 1, 3)) == week_number(date(2026, 12, 28))  # Sunday of the week of the Monday
    assert week_number(date(2027, 1, 4)) == week_number(date(2027, 1, 3)) + 1


# --- budget ---


def candidates(*scores: Score, team: str = "web") -> list[Candidate]:
    """One candidate for each score, numbered in order."""
    return [Candidate(number, team, score) for number, score in enumerate(scores)]


@pytest.mark.parametrize(("size", "room"), [(0, 1), (1, 1), (20, 1), (21, 2), (140, 7), (141, 8)])
def test_the_budget_is_five_percent_of_the_team_and_at_least_one(size: int, room: int) -> None:
    assert len(choose(candidates(*[scored(4)] * 9), {"web": size})) == room


def test_the_most_urgent_are_chosen_and_ties_go_to_the_lowest_recent_mean() -> None:
    waiting = candidates(scored(4, recent=1), scored(5, recent=4), scored(5, recent=2))
    assert [one.person for one in choose(waiting, {"web": 40})] == [2, 1]


def test_each_team_has_its_own_budget_and_alerts_of_this_week_count() -> None:
    waiting = candidates(scored(4), scored(4)) + candidates(scored(4), team="design")
    chosen = choose(waiting, {"web": 40, "design": 3}, raised={"web": 1})
    assert sorted(one.team for one in chosen) == ["design", "web"]


def test_an_alert_left_out_comes_again() -> None:
    case, event = step(REST, scored(4), 100)
    assert (event, step(REST, scored(4), 101)[1]) == (NEW, NEW)
    assert step(case, scored(4), 101)[1] is NOTHING


def test_a_missed_week_breaks_ties_like_the_worst_answer() -> None:
    assert points(pulses(4, 4, 4, 4, MISSED)).recent == 13 / 4
    assert points(pulses(4, 4, 4, HIDDEN)).recent == 4
    assert points(Signals()).recent == 5
    assert urgency(scored(4, recent=2)) > urgency(scored(4, recent=3)) > urgency(scored(3, recent=1))


# --- comments ---


@pytest.mark.parametrize(
    "comment",
    [
        "I’m burned out",
        "Nobody answers my questions.",
        "still haven't been paid for March",
        "It was not easy. Frustrating week.",
        "I can’t\nkeep up",
    ],
)
def test_a_comment_that_says_work_weighs_is_noticed(comment: str) -> None:
    assert sounds_negative(comment)


@pytest.mark.parametrize(
    "comment",
    [
        "",
        "Great week",
        "I'm not really frustrated",
        "never ignored here",
        "No late payments",
        "Ich kann nicht mehr",
    ],
)
def test_a_comment_that_denies_it_or_is_not_on_the_list_is_not(comment: str) -> None:
    assert not sounds_negative(comment)
