"""Numbers as pictures: the charts and the bar that Teams adds to Adaptive Cards, each with words for who has none."""

from dataclasses import dataclass

from bot.card import Chart, ChartKind, Progress
from bot.numbers import bar, padded, percent, unique
from bot.teams.text import oneline
from bot.text import Json

POINTS, SERIES, NAME, TITLE = 20, 6, 40, 100  # categories, series, lengths of their names and of the title


@dataclass(frozen=True, slots=True)
class Plot:
    """A chart; `gaps` are categories for which a series has no number, `more` is what had no room."""

    element: Json
    gaps: list[str]
    more: int


def plot(part: Chart) -> Plot | None:
    """A chart as Teams draws it, None if nothing can be drawn. A line keeps its newest points, bars their first."""
    known = [(oneline(label, NAME), padded(numbers, len(part.categories))) for label, numbers in part.series]
    drawn = [each for each in known if any(number is not None for number in each[1])][:SERIES]
    labels = unique((oneline(label, NAME) for label in part.categories), NAME)
    if not drawn:
        return None
    kept = slice(-POINTS, None) if part.kind is ChartKind.LINE else slice(POINTS)
    names = unique((name for name, _ in drawn), NAME)
    series = [(name, _points(labels[kept], numbers[kept])) for name, (_, numbers) in zip(names, drawn, strict=True)]
    series = [each for each in series if each[1]]
    if not series:
        return None
    gaps = [label for at, label in enumerate(labels) if any(numbers[at] is None for _, numbers in drawn)]
    more = max(0, len(labels) - POINTS) + len(known) - len(series)
    return Plot(_titled(part, series), [label for label in gaps if label in labels[kept]], more)


def _points(labels: list[str], numbers: list[float | None]) -> list[Json]:
    return [{"x": label, "y": number} for label, number in zip(labels, numbers, strict=True) if number is not None]


def _titled(part: Chart, series: list[tuple[str, list[Json]]]) -> Json:
    title = oneline(part.title, TITLE)
    made: Json = {"type": "Chart.Line", "title": title, "showTitle": True}
    axes = (("xAxisTitle", part.x_label), ("yAxisTitle", part.y_label))
    made |= {key: oneline(text, NAME) for key, text in axes if text}
    several = [{"legend": name, "values": points} for name, points in series]
    if part.kind is ChartKind.LINE:
        made["data"] = several
    elif len(series) > 1:
        made |= {"type": "Chart.VerticalBar.Grouped", "data": several}
    else:
        made |= {"type": "Chart.VerticalBar", "data": series[0][1]}
    return made


def progress(part: Progress) -> Json:
    """A bar of Teams', or of text."""
    words = {"type": "TextBlock", "text": bar(part), "wrap": True}
    return {"type": "ProgressBar", "value": percent(part), "max": 100, "fallback": words}
