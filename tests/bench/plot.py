"""Draws what `tests.bench.growth` found, as a PNG: `python -m tests.bench.plot FOUND.json growth.png`."""

import asyncio
import json
import math
import sys
from pathlib import Path

from tests.browser import a_tab

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 860, 520, 90, 190, 50, 70
COLOURS = ("#0b6e99", "#b3541e", "#3d7a3d", "#7a3d78")
TICKS = {-2: "0.01 ms", -1: "0.1 ms", 0: "1 ms", 1: "10 ms", 2: "0.1 s", 3: "1 s", 4: "10 s", 5: "100 s", 6: "17 min"}


def drawing(found: dict[int, dict[str, float]]) -> str:
    """Both axes logarithmic: a straight line with the slope of the grid's diagonal is linear growth."""
    values = [value for row in found.values() for value in row.values()]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    first, last = math.log10(min(found)), math.log10(max(found))

    def x(people: int) -> float:
        return LEFT + (math.log10(people) - first) / (last - first) * (WIDTH - LEFT - RIGHT)

    def y(milliseconds: float) -> float:
        return HEIGHT - BOTTOM - (math.log10(milliseconds) - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    drawn = [_text(LEFT, 28, "CPU by number of contractors (both axes logarithmic)", size=17)]
    for power in range(low, high + 1):
        at = y(10.0**power)
        drawn.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at}" y2="{at}" stroke="#ddd"/>')
        drawn.append(_text(LEFT - 10, at + 4, TICKS.get(power, f"1e{power} ms"), anchor="end"))
    drawn += [_text(x(people), HEIGHT - BOTTOM + 24, f"{people:,}", anchor="middle") for people in found]
    ends = []
    for name, colour in zip(next(iter(found.values())), COLOURS, strict=True):
        points = [(x(people), y(row[name])) for people, row in found.items()]
        path = " ".join(f"{across:.1f},{down:.1f}" for across, down in points)
        drawn.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        drawn += [f'<circle cx="{across:.1f}" cy="{down:.1f}" r="4" fill="{colour}"/>' for across, down in points]
        ends.append((points[-1][1] + 5, name, colour))
    at = 0.0
    for wanted, name, colour in sorted(ends):
        at = max(wanted, at + 16)  # names of lines that end together stand under each other
        drawn.append(_text(WIDTH - RIGHT + 12, at, name, colour=colour))
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}">{"".join(drawn)}</svg>'


def _text(x: float, y: float, text: str, *, anchor: str = "start", size: int = 13, colour: str = "#222") -> str:
    style = f'font-family="sans-serif" font-size="{size}" fill="{colour}" text-anchor="{anchor}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{text}</text>'


async def draw(found: dict[int, dict[str, float]], file: Path) -> None:
    """Let Chromium, which the browser tests need anyway, make the picture."""
    async with a_tab() as tab:
        await tab.set_viewport_size({"width": WIDTH, "height": HEIGHT})
        await tab.set_content(f'<body style="margin:0;background:white">{drawing(found)}</body>')
        await tab.screenshot(path=file)


if __name__ == "__main__":
    kept = json.loads(Path(sys.argv[1]).read_text())
    asyncio.run(draw({int(people): row for people, row in kept.items()}, Path(sys.argv[2])))
