"""What the bot says around KPIs: where the work stands against what was agreed, in numbers, a chart and words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from babel.dates import format_skeleton

from bot.card import (
    Button,
    Card,
    Chart,
    Choice,
    DateField,
    Form,
    Heading,
    Line,
    Part,
    Select,
    Small,
    Style,
    Text,
    TextField,
    Typed,
    buttons,
    card,
    facts,
    form,
    line,
)  # fmt: skip
from bot.care.kpis import (
    CAP,
    FEWEST,
    MOST,
    Cadence,
    Course,
    Direction,
    Kind,
    KpiReadingRow,
    KpiRow,
    Period,
    Standing,
    Trend,
    course,
    standing,
)
from bot.language import _, calendar, ngettext
from bot.words import templates

ROW = 20  # people who get a button each; more are found faster in a list


# -- where the work stands ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shown:
    """What the card of one engagement is drawn from; `names` are those who recorded, by person id."""

    engagement_id: int
    contractor: str
    manager: str
    role: str
    standings: Sequence[Standing]
    courses: Mapping[Kind, Course | None]
    names: Mapping[int, str]
    defines: bool  # whether the reader agrees on the KPIs: the manager


def shown(seen: Shown, note: Line | None = None) -> Card:
    """The KPIs of one engagement, output and input apart. `note`: what was just done."""
    parts: list[Part] = []
    for kind in Kind:
        mine = [one for one in seen.standings if one.kpi.kind == kind]
        if mine:
            parts += [Heading(templates.kind_name(kind)), *_course(seen.courses[kind])]
            parts += [part for one in mine for part in _standing(one, seen.names)]
    title = _("KPIs: where the work stands")
    return card(
        line(_("KPIs of {who}, {role}"), who=Typed(seen.contractor), role=Typed(seen.role)),
        Heading(title),
        Text(note) if note else None,
        Text(_("{who}, {role}"), who=Typed(seen.contractor), role=Typed(seen.role)),
        *(parts or [_none_yet(seen)]),
        *_doing(seen),
        *_small_print(seen),
    )


def _none_yet(seen: Shown) -> Text:
    if seen.defines:
        return Text(_("No KPIs are agreed yet. Three to five are enough: results first, then the rhythm that leads "
                      "there."))  # fmt: skip
    return Text(_("No KPIs are agreed yet. {manager} adds them once you two have agreed on them; your first 1:1 is "
                  "a good moment."), manager=Typed(seen.manager))  # fmt: skip


def _course(seen: Course | None) -> list[Part]:
    if seen is None:
        return [Text(_("No reading in the last periods, so there is no trend to show."))]
    what = templates.kind_name(seen.kind)
    weekly = seen.periods[0].cadence == Cadence.WEEKLY
    return [
        Chart(
            {Kind.OUTPUT: _("Output, % of target"), Kind.INPUT: _("Input, % of target")}[seen.kind],
            tuple(_category(one) for one in seen.periods),
            ((what, tuple(None if value is None else round(value, 1) for value in seen.attained)),),
            _sentence(seen, what),
            x_label=_("Week from") if weekly else _("Month"),
        )
    ]


def _category(at: Period) -> str:
    skeleton = "MMMd" if at.cadence == Cadence.WEEKLY else "yMMM"
    return str(format_skeleton(skeleton, at.start, locale=calendar()))


def _sentence(seen: Course, what: str) -> Line:
    """The chart in words: its ends, its range, where it is going."""
    points = seen.points
    (first, begun), (last, now) = points[0], points[-1]
    values = [value for _at, value in points]
    if seen.trend is None:
        return line(_("{what} stands at {now} of target ({last}); one reading is no trend yet."),
                    what=what, now=templates.percent(now), last=_span(last))  # fmt: skip
    template = {
        Trend.RISING: _("{what} went from {begun} of target ({first}) to {now} ({last}), between {low} and {high}; lately it is rising."),
        Trend.STEADY: _("{what} went from {begun} of target ({first}) to {now} ({last}), between {low} and {high}; lately it is steady."),
        Trend.FALLING: _("{what} went from {begun} of target ({first}) to {now} ({last}), between {low} and {high}; lately it is falling."),
    }[seen.trend]  # fmt: skip
    return line(
        template, what=what, begun=templates.percent(begun), first=_span(first), now=templates.percent(now), last=_span(last),
        low=templates.percent(min(values)), high=templates.percent(max(values)),
    )  # fmt: skip


def _span(at: Period) -> str:
    return _("week from {day}").format(day=_category(at)) if at.cadence == Cadence.WEEKLY else _category(at)


def _standing(seen: Standing, names: Mapping[int, str]) -> list[Part]:
    pairs: list[tuple[str, Line]] = [(_("Target"), templates.target_line(seen.kpi))]
    if seen.latest is None or seen.attained is None:
        pairs.append((_("Latest"), (_("no reading yet"),)))
    else:
        pairs.append((_("Latest"), _latest(seen.kpi, seen.latest, names)))
        pairs.append((_("Attainment"), _attained(seen.attained, seen.latest, seen.kpi)))
    if seen.trend is not None:
        pairs.append((_("Attainment lately"), (_trend(seen.trend),)))  # of "at most" it rises as the number falls
    return [Text((templates.named(seen.kpi),)), facts(*pairs)]


def _latest(kpi: KpiRow, reading: KpiReadingRow, names: Mapping[int, str]) -> Line:
    amount, day = templates.amount(reading.value, kpi), templates.day_name(reading.day)
    if reading.recorded_by_id is None:
        return line(_("{amount} on {day}, imported"), amount=amount, day=day)
    who = Typed(names.get(reading.recorded_by_id, "–"))
    return line(_("{amount} on {day}, recorded by {who}"), amount=amount, day=day, who=who)


def _attained(attained: float, reading: KpiReadingRow, kpi: KpiRow) -> Line:
    if reading.target == kpi.target:
        return line(_("{percent} of target"), percent=templates.percent(attained))
    return line(
        _("{percent} of the target of that day, {target}"),
        percent=templates.percent(attained),
        target=templates.amount(reading.target, kpi),
    )


def _trend(trend: Trend) -> str:
    return {Trend.RISING: _("rising"), Trend.STEADY: _("steady"), Trend.FALLING: _("falling")}[trend]


def _doing(seen: Shown) -> list[Part]:
    about, kpis = str(seen.engagement_id), [one.kpi for one in seen.standings]
    row = [Button(_("Record readings"), "kpis.record", about, Style.MAIN)] if kpis else []
    if seen.defines and len(kpis) < MOST:
        row.append(Button(_("Add a KPI"), "kpis.add", about, Style.PLAIN if kpis else Style.MAIN))
    parts: list[Part] = [buttons(*row)] if row else []
    if seen.defines and kpis:
        parts.append(Select(_("Change a KPI"), "kpis.edit", tuple(templates.choice(one) for one in kpis), about))
    return parts


def _small_print(seen: Shown) -> list[Part]:
    parts: list[Part] = []
    if seen.defines and 0 < len(seen.standings) < FEWEST:
        parts.append(Small(_("Three to five KPIs say most.")))
    if seen.standings:
        parts.append(Small(_("{full} is the target met. Each KPI counts the same, and none for more than {most}."),
                           full=templates.percent(100), most=templates.percent(CAP)))  # fmt: skip
    parts.append(Small(_("Seen by {contractor} and {manager}; both can record readings."),
                       contractor=Typed(seen.contractor), manager=Typed(seen.manager)))  # fmt: skip
    return parts


def whose(choices: Sequence[tuple[str, str, str]]) -> Card:
    """A manager's own contractors (engagement, name, role), a button each; many of them in a list."""
    made = [(value, Typed(f"{who} · {role}")) for value, who, role in choices]
    pick: Part = buttons(*(Button(label, "/kpis", value) for value, label in made))
    if len(made) > ROW:
        pick = Select(_("Choose a contractor"), "kpis.chosen", tuple(Choice(value, label) for value, label in made))
    return card(_("Whose KPIs?"), Text(_("Whose KPIs?")), pick)


# -- recording ---------------------------------------------------------------------------------------------


def record_form(engagement_id: int, kpis: Sequence[KpiRow], today: date) -> Form:
    """One day, and what was measured: those left empty stay as they are."""
    return form(
        _("Record readings"), "kpis.recorded", _("Record"),
        DateField(id="day", label=_("Measured on"), value=today),
        *(
            TextField(id=f"kpi{one.id}", label=Typed(f"{templates.name(one)} ({templates.unit(one)})"), hint=_aim(one), optional=True,
                      longest=20)
            for one in kpis
        ),
        Small(_("Leave empty what was not measured. A second reading of a day takes the place of the first.")),
        value=str(engagement_id),
    )  # fmt: skip


def _aim(kpi: KpiRow) -> str:
    template = {
        Direction.AT_LEAST: _("The target is at least {value}."),
        Direction.AT_MOST: _("The target is at most {value}."),
        Direction.CLOSE_TO: _("The target is close to {value}."),
    }[Direction(kpi.direction)]
    return template.format(value=templates.number(kpi.target))


def recorded(count: int, day: date, replaced: Sequence[str]) -> Line:
    """What was just recorded, and whose readings it took the place of."""
    if replaced:
        said = ngettext("Recorded {n} reading for {day}, in place of what {who} recorded.",
                        "Recorded {n} readings for {day}, in place of what {who} recorded.", count)  # fmt: skip
        return line(said, day=templates.day_name(day), who=Typed(", ".join(replaced)))
    return line(
        ngettext("Recorded {n} reading for {day}.", "Recorded {n} readings for {day}.", count),
        day=templates.day_name(day),
    )


def not_a_day(future: bool) -> str:
    """Under a date that cannot have been measured."""
    return _("This day is still to come. Choose the day that was measured.") if future else _("Choose a day.")


def nothing_recorded() -> str:
    """Under the first field of an empty form."""
    return _("Write at least one reading.")


def changed(manager: str, role: str, kpis: Sequence[KpiRow]) -> Card:
    """To the contractor: what is measured in their work is not what it was."""
    said = line(_("{who} changed what is measured in your work as {role}."), who=Typed(manager), role=Typed(role))
    return card(
        said, Heading(_("Your KPIs have changed")), Text(said), *templates.listed(kpis),
        buttons(Button(_("See my KPIs"), "/kpis")),
        Small(_("Not what you two agreed? Tell {who}: KPIs are agreed on together."), who=Typed(manager)),
    )  # fmt: skip


def home(own: bool, manages: bool, admin: bool) -> list[Part]:
    """KPIs on the Home."""
    row: list[Button] = []
    if own or manages:
        row.append(Button(_("My KPIs") if own and not manages else _("KPIs of my contractors") if not own else _("KPIs"),
                          "/kpis"))  # fmt: skip
    if admin:
        row.append(Button(_("KPI templates"), "templates.opened"))
    about = _("Where the work stands against what was agreed.")
    return [Heading(_("KPIs")), Text(about), buttons(*row)] if row else []


# -- examples --------------------------------------------------------------------------------------------------

_TODAY = date(2026, 11, 23)
_OURS = KpiRow(id=1, engagement_id=1, standard="accepted", target=85)
_TYPED = KpiRow(id=2, engagement_id=1, name="Reports *rebuilt* <!here>", unit="reports", kind=Kind.INPUT, target=4,
                direction=Direction.AT_MOST, cadence=Cadence.WEEKLY)  # fmt: skip


def _readings(kpi: KpiRow, *values: float, apart: int) -> list[KpiReadingRow]:
    return [
        KpiReadingRow(kpi_id=kpi.id or 0, day=_TODAY - timedelta(days=apart * ago), value=value, target=kpi.target,
                      recorded_by_id=2 if ago else None, recorded_at=datetime(2026, 11, 23, tzinfo=UTC))
        for ago, value in enumerate(reversed(values))
    ]  # fmt: skip


def _example(defines: bool, *measured: KpiRow) -> Shown:
    found = {1: _readings(_OURS, 60, 72, 81, 88, apart=30), 2: _readings(_TYPED, 6, 5, 4, apart=7)}
    readings = {one.id or 0: found[one.id or 0] for one in measured}
    kpis = [_OURS, _TYPED]
    return Shown(
        1, "Ana Sousa", "Mo Haddad", "Data engineer",
        [standing(one, readings.get(one.id or 0, []), _TODAY) for one in kpis],
        {kind: course(kind, kpis, readings, _TODAY) for kind in Kind}, {2: "Mo Haddad"}, defines,
    )  # fmt: skip


EXAMPLES: dict[str, Callable[[], Card | Form]] = {
    "shown": lambda: shown(_example(True, _OURS, _TYPED), recorded(2, _TODAY, ["Ana Sousa"])),
    "whose": lambda: whose([("1", "Ana Sousa", "Data engineer"), ("2", "Lee *Park*", "Writer")]),
    "record_form": lambda: record_form(1, [_OURS, _TYPED], _TODAY),
    "changed": lambda: changed("Mo Haddad", "Data engineer", [_OURS, _TYPED]),
}
