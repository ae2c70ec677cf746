"""Numbers as pictures: Slack's chart block."""

from dataclasses import dataclass

from bot.card import Chart, ChartKind
from bot.numbers import padded, unique
from bot.slack.text import Json, oneline

POINTS, SERIES, NAME = 20, 6, 20  # categories, series, length of their names


@dataclass(frozen=True, slots=True)
class Plot:
    """A chart block; `gaps` are the categories left out for want of a number, `more` is what had no room."""

    block: Json
    gaps: list[str]
    more: int


def plot(part: Chart) -> Plot | None:
    """A chart as Slack draws it, None if nothing can be drawn.

    Slack wants a number everywhere, and a made-up one would lie: a category for which a series has none is left
    out and named. A series without any number is left out first. A line keeps its newest points, bars their first.
    """
    known = [(oneline(label, NAME), padded(numbers, len(part.categories))) for label, numbers in part.series]
    drawn = [each for each in known if any(number is not None for number in each[1])][:SERIES]
    labels = unique((oneline(label, NAME) for label in part.categories), NAME)
    columns = dict(zip(labels, zip(*[numbers for _, numbers in drawn], strict=True), strict=False))
    full = [label for label, column in columns.items() if None not in column]
    kept = full[-POINTS:] if part.kind is ChartKind.LINE else full[:POINTS]
    if not kept:
        return None
    names = unique((name for name, _ in drawn), NAME)
    series = [
        {"name": name, "data": [{"label": label, "value": columns[label][index]} for label in kept]}
        for index, name in enumerate(names)
    ]
    axis: Json = {"categories": kept}
    axis |= {key: oneline(text, 50) for key, text in (("x_label", part.x_label), ("y_label", part.y_label)) if text}
    chart = {"type": part.kind.value, "series": series, "axis_config": axis}
    block = {"type": "data_visualization", "title": oneline(part.title, 50), "chart": chart}
    gaps = [label for label, column in columns.items() if None in column]
    return Plot(block, gaps, len(full) - len(kept) + len(known) - len(drawn))
