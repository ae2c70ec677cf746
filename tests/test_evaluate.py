"""Evaluation: how the points would have done on weeks already recorded."""

import gzip
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.care.evaluation import MilestoneFigures, PulseFigures, Ranking, auc
from bot.care.health import Milestone
from bot.errors import CareError
from bot.evaluate import evaluate, main, read_scale, report

PULSE = "person,company,week,score,answered,tenure_days,left_within_28d,eval_row"
MILESTONES = "course_run,person,day,last_missed,last2_missed,left_within_28d"


def weeks(person: str, *scores: float | None, company: str = "Sea", first: int = 0, left: bool = False) -> list[str]:
    """Lines of one person, a week each, long with the company; None is a week without an answer."""
    return [
        f"{person},{company},{week},{'' if score is None else score},{int(score is not None)},400,"
        f"{int(left)},{int(score is not None)}"
        for week, score in enumerate(scores, first)
    ]


def pulses(folder: Path, *people: Sequence[str], header: str = PULSE) -> Path:
    """A file of weekly pulses."""
    path = folder / "pulses.csv"
    path.write_text("\n".join([header, *(line for lines in people for line in lines)]) + "\n", encoding="utf-8")
    return path


def pulse_figures(path: Path, scale: tuple[float, float] = (1, 5)) -> PulseFigures:
    """The figures of such a file."""
    figures = evaluate(path, scale)
    assert isinstance(figures, PulseFigures)
    return figures


def refusal(path: Path, scale: tuple[float, float] = (1, 5)) -> str:
    """The sentence with which a file is refused."""
    with pytest.raises(CareError) as refused:
        evaluate(path, scale)
    return refused.value.say()


# --- figures ---


def test_a_ranking_counts_ties_half_and_leaves_out_what_is_unknown() -> None:
    ranked = {((4, 0.0), True): 1, ((4, 0.0), False): 1, ((1, 0.0), False): 1, ((9, 0.0), None): 1}
    assert auc(ranked) == Ranking(0.75, rows=3, hits=1)
    assert auc({((1, 0.0), True): 1}).auc is None


def test_whoever_stays_low_ranks_above_whoever_stays_well(tmp_path: Path) -> None:
    figures = pulse_figures(pulses(tmp_path, weeks("ann", *[1] * 8), weeks("bob", *[5] * 8)))
    assert figures.low_mood == Ranking(1.0, rows=14, hits=7)  # the last week of each has nothing ahead


def test_low_mood_is_a_mean_of_two_where_answers_go_to_four(tmp_path: Path) -> None:
    path = pulses(tmp_path, weeks("ann", 4, 2), weeks("bob", 4, 2.1))
    assert pulse_figures(path, (1, 4)).low_mood.hits == 1
    assert pulse_figures(path, (1, 5)).low_mood.hits == 2


def test_silence_is_three_weeks_from_an_answered_one_and_wholly_on_record(tmp_path: Path) -> None:
    figures = pulse_figures(pulses(tmp_path, weeks("ann", 4, 4, None, None, None, 4, None, None)))
    assert figures.silence == Ranking(0.5, rows=2, hits=1)


def test_leaving_is_judged_only_where_the_file_says_so(tmp_path: Path) -> None:
    figures = pulse_figures(pulses(tmp_path, weeks("ann", 1, None, None, left=True), weeks("bob", 5, 5)))
    assert figures.leaving == Ranking(1.0, rows=3, hits=1)


def test_one_case_is_one_alert_among_all_person_weeks(tmp_path: Path) -> None:
    ann = weeks("ann", *[5] * 6, *[1] * 6)
    figures = pulse_figures(pulses(tmp_path, ann, weeks("bob", *[5] * 12)))
    assert (figures.new.hits, figures.new.rows) == (1, 24)
    assert figures.borne_out.share == 1


def test_a_change_in_an_open_case_is_an_alert_repeated(tmp_path: Path) -> None:
    ann = weeks("ann", *[5] * 6, 1, 1, *[None] * 4)
    figures = pulse_figures(pulses(tmp_path, ann))
    assert (figures.new.hits, figures.changed.hits, figures.again.hits) == (1, 1, 1)
    assert figures.borne_out == (1, 1)  # by silence


def test_the_budget_spreads_alerts_over_weeks(tmp_path: Path) -> None:
    low = [weeks(f"low{number}", *[5] * 5, *[1] * 2) for number in range(4)]
    assert pulse_figures(pulses(tmp_path, *low)).new.hits == 1  # one a week, and only the last week has 4 points
    longer = [weeks(f"low{number}", *[5] * 5, *[1] * 4) for number in range(4)]
    assert pulse_figures(pulses(tmp_path, *longer)).new.hits == 3


def test_nothing_of_later_weeks_enters_a_score(tmp_path: Path) -> None:
    ann, cat = weeks("ann", 3, 3, 3, 3, 2.4, 1), weeks("cat", *[5] * 6)
    bob = weeks("bob", *[1] * 20, first=6)  # from the start he would draw the team, so ann's baseline, below 3
    assert pulse_figures(pulses(tmp_path, ann, cat, bob)).new.hits == 1


def test_weeks_not_on_record_are_pauses_and_order_does_not_matter(tmp_path: Path) -> None:
    lines = weeks("ann", *[5] * 6, 1) + weeks("ann", 1, first=10)
    once = pulse_figures(pulses(tmp_path, lines))
    assert (once.new.hits, once.silence.rows) == (
        1,
        4,
    )  # from week 4 on, the next three are not all on record
    assert pulse_figures(pulses(tmp_path, lines[::-1])) == once


def test_the_weekly_mean_is_preferred_to_the_last_score(tmp_path: Path) -> None:
    lines = [f"{line},{mean}" for line, mean in zip(weeks("ann", 5, 5), (5, 1), strict=True)]
    assert pulse_figures(pulses(tmp_path, lines, header=f"{PULSE},score_mean")).low_mood.hits == 1


def test_an_answer_only_in_totals_is_an_answer_without_a_number(tmp_path: Path) -> None:
    hidden = ["ann,Sea,0,,1,400,0,1", *weeks("ann", None, None, None, first=1)]
    figures = pulse_figures(pulses(tmp_path, hidden))
    assert (figures.silence.rows, figures.silence.hits, figures.low_mood.rows) == (1, 1, 0)


def test_milestones_show_leaving_beside_the_base_rate(tmp_path: Path) -> None:
    path = tmp_path / "milestones.csv.gz"
    lines = [
        *["M,a,70,0,0,0"] * 6,
        *["M,b,70,1,1,1"] * 2,
        *["M,c,70,1,2,1", "M,d,70,1,2,0", "M,e,70,0,1,0", "M,f,70,0,0,1"],
    ]
    path.write_bytes(gzip.compress("\n".join([MILESTONES, *lines]).encode()))
    figures = evaluate(path, (1, 5))
    assert isinstance(figures, MilestoneFigures)
    assert figures.everyone == (4, 12)
    assert figures.by_milestone == {
        Milestone.FINE: (1, 8),
        Milestone.NEWLY_MISSED: (2, 2),
        Milestone.STILL_MISSED: (1, 2),
    }
    assert figures.leaving.auc == pytest.approx(27 / 32)  # 16 by the two of b, 7.5 by c, 3.5 by f
    assert "3.0 times the base rate" in report(figures)


def test_the_report_names_every_figure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = pulses(tmp_path, weeks("ann", *[5] * 6, *[1] * 6), weeks("bob", *[5] * 12))
    assert main(path, (1, 5)) == 0
    out = capsys.readouterr().out
    assert "Weekly pulses on a scale of 1-5: people 2, companies 1, person-weeks 24" in out
    assert "low mood" in out
    assert "silence" in out
    assert "4.17   1 of 24" in out
    assert "n/a" in out  # nobody went silent


# --- files that cannot be read ---


def test_a_missing_file_is_refused_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(tmp_path / "nowhere.csv", (1, 5)) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("I can't read nowhere.csv (No such file or directory).")


@pytest.mark.parametrize(
    "content", [b"plain text", gzip.compress(PULSE.encode() * 50, mtime=0)[:30]], ids=["plain text", "cut short"]
)
def test_a_damaged_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "pulses.csv.gz"
    path.write_bytes(content)
    assert refusal(path).startswith("I can't read pulses.csv.gz (")


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pulses.csv"
    path.write_bytes(b"\xff\xfe\x00")
    assert "it is damaged or not text" in refusal(path)


@pytest.mark.parametrize(("header", "column"), [("", "person"), (PULSE.replace(",week", ""), "week")])
def test_a_missing_column_is_named(tmp_path: Path, header: str, column: str) -> None:
    sentence = refusal(pulses(tmp_path, header=header))
    assert sentence.startswith(f"pulses.csv, line 1, column “{column}”")


def test_a_missing_column_of_milestones_is_named(tmp_path: Path) -> None:
    assert "column “day”" in refusal(pulses(tmp_path, header=MILESTONES.replace(",day", "")))


def test_a_header_alone_is_refused(tmp_path: Path) -> None:
    assert "nothing below the header" in refusal(pulses(tmp_path))


@pytest.mark.parametrize(
    ("line", "column", "value"),
    [
        (",Sea,1,3,1,400,0,1", "person", ""),
        ("bob,Sea,soon,3,1,400,0,1", "week", "soon"),
        ("bob,Sea,1,6,1,400,0,1", "score", "6"),
        ("bob,Sea,1,nan,1,400,0,1", "score", "nan"),
        ("bob,Sea,1,3,yes,400,0,1", "answered", "yes"),
        ("bob,Sea,1,3,1,,0,1", "tenure_days", ""),
        ("bob,Sea,1,3,1,400,2,1", "left_within_28d", "2"),
        ("bob,Sea,1,3", "answered", ""),
        ("ann,Sea,0,3,1,400,0,1", "person", "ann"),
        ("{0},Sea,1,{week},1,400,0,1", "score", "{week}"),
    ],
)
def test_a_bad_cell_is_named_by_line_and_column(tmp_path: Path, line: str, column: str, value: str) -> None:
    sentence = refusal(pulses(tmp_path, weeks("ann", 3), [line]))
    assert sentence.startswith(f"pulses.csv, line 3, column “{column}”: “{value}” is not ")


def test_an_answer_off_the_scale_is_told_about_the_scale(tmp_path: Path) -> None:
    assert "on the scale 1-4 (--scale names another)" in refusal(pulses(tmp_path, weeks("ann", 5)), (1, 4))


def test_a_scale_is_written_as_its_two_ends() -> None:
    assert read_scale("1-4") == (1, 4)


@pytest.mark.parametrize("text", ["", "4", "4-1", "1-1", "one-five", "1-4-5"])
def test_anything_else_is_no_scale(text: str) -> None:
    with pytest.raises(CareError) as refused:
        read_scale(text)
    assert f"“{text}” is not a scale" in refused.value.say()
