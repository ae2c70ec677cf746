"""What KPIs are called and how they are agreed on: ours by role, and those people define."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent, get_decimal_symbol, get_group_symbol

from bot.card import (
    Bold,
    Button,
    Card,
    Choice,
    ChoiceField,
    Facts,
    Form,
    Heading,
    Inline,
    Line,
    Part,
    Select,
    Small,
    Text,
    TextField,
    ToggleField,
    Typed,
    buttons,
    card,
    form,
    line,
    plain,
)
from bot.care.kpis import MOST, TEMPLATES, Cadence, Direction, Kind, KpiRow, Problem, Wanted
from bot.care.kpis import number as parsed
from bot.language import _, calendar, locale, ngettext

NAME, UNIT = 80, 20  # characters
PERCENT, SEVERAL = "%", 2


def template_name(template: str) -> str:
    """A role template, in words."""
    return {
        "software": _("Software"),
        "data": _("Data"),
        "design": _("Design"),
        "writing": _("Writing"),
        "support": _("Customer support"),
        "operations": _("Operations"),
    }[template]


def standard_name(key: str) -> str:
    """A KPI of ours, in words."""
    return {
        "on_time": _("Milestones delivered by the agreed date"),
        "accepted": _("Deliverables accepted at the first review"),
        "drafts": _("Working drafts shown for feedback"),
        "defects": _("Defects found after acceptance"),
        "cycle": _("Days from start to a reviewable change"),
        "wrong_figures": _("Wrong figures found after delivery"),
        "first_finding": _("Days from a question to a first finding"),
        "two_rounds": _("Deliverables accepted within two rounds"),
        "buildable": _("Designs built without a further question"),
        "texts": _("Texts delivered"),
        "corrections": _("Corrections after publication"),
        "solved": _("Requests solved"),
        "first_answer_solves": _("Requests solved by the first answer"),
        "satisfaction": _("Customers' rating of the answers, of 5"),
        "first_answer": _("Hours to a first answer, within agreed hours"),
        "guides": _("Answers written up for everyone to use"),
        "without_rework": _("Runs of agreed processes without rework"),
        "restored": _("Hours until an interruption is resolved"),
        "improvements": _("Improvements proposed"),
        "progress_notes": _("Progress notes shared"),
    }[key]


def standard_unit(key: str, count: int) -> str:
    """What a KPI of ours is measured in, for a count; percent where nothing is counted."""
    return {
        "drafts": ngettext("draft", "drafts", count),
        "defects": ngettext("defect", "defects", count),
        "cycle": ngettext("day", "days", count),
        "wrong_figures": ngettext("figure", "figures", count),
        "first_finding": ngettext("day", "days", count),
        "texts": ngettext("text", "texts", count),
        "corrections": ngettext("correction", "corrections", count),
        "solved": ngettext("request", "requests", count),
        "satisfaction": ngettext("point", "points", count),
        "first_answer": ngettext("hour", "hours", count),
        "guides": ngettext("guide", "guides", count),
        "restored": ngettext("hour", "hours", count),
        "improvements": ngettext("proposal", "proposals", count),
        "progress_notes": ngettext("note", "notes", count),
    }.get(key, PERCENT)


def name(kpi: KpiRow) -> str:
    """What a KPI is called: as it was typed, or ours in the reader's language."""
    return kpi.name or standard_name(kpi.standard)


def unit(kpi: KpiRow, value: float = SEVERAL) -> str:
    """What a KPI is measured in; ours as this many of it are called."""
    return kpi.unit or standard_unit(kpi.standard, 1 if value == 1 else SEVERAL)


def amount(value: float, kpi: KpiRow) -> Typed:
    """So much of a KPI's unit."""
    if unit(kpi) == PERCENT:
        return Typed(str(format_percent(Decimal(str(value)) / 100, locale=locale(), decimal_quantization=False)))
    return Typed(f"{number(value)} {unit(kpi, value)}")


def kind_name(kind: str) -> str:
    """Output or input, in words."""
    return {Kind.OUTPUT: _("Output"), Kind.INPUT: _("Input")}[Kind(kind)]


def named(kpi: KpiRow) -> Inline:
    """The name inside a line."""
    return Typed(kpi.name) if kpi.name else Bold(name(kpi))


def number(value: float) -> str:
    """A number in the reader's locale."""
    return str(format_decimal(value, locale=locale()))


def percent(value: float) -> str:
    """A share in percent, without decimals, in the reader's locale."""
    return str(format_percent(round(value) / 100, locale=locale()))


def day_name(day: date) -> str:
    """A day in the reader's locale."""
    return str(format_date(day, "medium", locale=calendar()))


def target_line(kpi: KpiRow) -> Line:
    """What is aimed at, how often."""
    template = {
        Direction.AT_LEAST: _("at least {amount}, {cadence}"),
        Direction.AT_MOST: _("at most {amount}, {cadence}"),
        Direction.CLOSE_TO: _("close to {amount}, {cadence}"),
    }[Direction(kpi.direction)]
    return line(template, amount=amount(kpi.target, kpi), cadence=_every(kpi.cadence))


def _every(cadence: str) -> str:
    return {Cadence.WEEKLY: _("every week"), Cadence.MONTHLY: _("every month")}[Cadence(cadence)]


# -- agreeing on one ------------------------------------------------------------------------------------------------


def kpi_form(kpi: KpiRow | None, route: str, about: str, measured: bool = False) -> Form:
    """Define a KPI, or change one. Once there are readings, what they are of stays as it is."""
    given = kpi or KpiRow(name="", unit="", target=0)
    return form(
        _("Change a KPI") if kpi else _("Add a KPI"), route, _("Save"),
        TextField(id="name", label=_("Name"), value=name(kpi) if kpi else "", longest=NAME,
                  hint=_("What comes out of the work, or the rhythm that leads there; never presence.")),
        ChoiceField(id="kind", label=_("Kind"), value=given.kind, choices=(
            Choice(Kind.OUTPUT, _("Output: deliverables, quality, volume, deadlines")),
            Choice(Kind.INPUT, _("Input: rhythm")))),
        TextField(id="target", label=_("Target"), value=number(given.target) if kpi else "", longest=20),
        *(_fixed(given) if measured else _open_fields(kpi, given)),
        ChoiceField(id="cadence", label=_("How often"), value=given.cadence, choices=(
            Choice(Cadence.WEEKLY, _("Every week")), Choice(Cadence.MONTHLY, _("Every month")))),
        ToggleField(id="stop", label=_("Stop using it"), text=_("Stop using this KPI; its readings stay on record"))
        if kpi else None,
        value=about,
    )  # fmt: skip


def _open_fields(kpi: KpiRow | None, given: KpiRow) -> tuple[ChoiceField | TextField, ...]:
    choices = (
        Choice(Direction.AT_LEAST, _("At least the target")),
        Choice(Direction.AT_MOST, _("At most the target")),
        Choice(Direction.CLOSE_TO, _("Close to the target")),
    )
    return (
        TextField(id="unit", label=_("Unit"), value=unit(kpi) if kpi else "", longest=UNIT,
                  placeholder=_("%, hours, deliverables …")),
        ChoiceField(id="direction", label=_("Good is"), value=given.direction, choices=choices),
    )  # fmt: skip


def _fixed(kpi: KpiRow) -> tuple[Text, ...]:
    return (
        Small(_("Unit and direction stay, because there are readings: {target}. To measure something else, stop "
                "using this KPI and add another."), target=Typed(plain(target_line(kpi)))),
    )  # fmt: skip


def wanted(typed: Mapping[str, Any], kpi: KpiRow | None) -> Wanted:
    """What a submitted form asks for; what it did not ask stays as it is."""
    given = kpi or KpiRow(target=0)
    called, measured_in = (" ".join(str(typed.get(field) or "").split()) for field in ("name", "unit"))
    if kpi is not None:
        called = kpi.name if called == name(kpi) else called
        measured_in = kpi.unit if measured_in in ("", unit(kpi)) else measured_in
    return Wanted(
        called[:NAME], measured_in[:UNIT], Kind(typed.get("kind") or given.kind), read_number(str(typed.get("target"))),
        Direction(typed.get("direction") or given.direction), Cadence(typed.get("cadence") or given.cadence),
    )  # fmt: skip


def read_number(typed: str, measured_in: str = "") -> float | None:
    """A number as the reader's locale writes it, its unit behind it or not; None for anything else."""
    digits = typed.strip().removesuffix(measured_in) if measured_in else typed
    return parsed(digits, get_decimal_symbol(locale()), get_group_symbol(locale()))


def problem(found: Problem) -> str:
    """Under a field that needs another look."""
    return {
        Problem.NO_NAME: _("Give it a name."),
        Problem.TAKEN: _("Another KPI has this name already. Choose another one."),
        Problem.NO_UNIT: _("Say what it is measured in, like % or hours."),
        Problem.NO_NUMBER: not_a_number(),
        Problem.ZERO: _("The target has to be more than 0; only “at most” can be 0."),
    }[found]


def not_a_number() -> str:
    """Under a field that holds no number."""
    return _("Write a number from 0 up, like {example}.").format(example=number(12.5))


def listed(kpis: Sequence[KpiRow]) -> list[Part]:
    """KPIs and their targets."""
    if not kpis:
        return [Text(_("There are none at the moment."))]
    return [Facts(tuple((Typed(name(one)), target_line(one)) for one in kpis))]


def choice(kpi: KpiRow) -> Choice:
    """A KPI to choose, by its id; one of ours that is not kept yet by its key."""
    return Choice(str(kpi.id or kpi.standard), Typed(name(kpi)))


def templates() -> Card:
    """The role templates, for an admin."""
    return card(
        _("KPI templates"), Heading(_("KPI templates")),
        Text(_("A new engagement begins with the KPIs of its role. Which role would you like to see?")),
        buttons(*(Button(template_name(one), "templates.shown", one) for one in TEMPLATES)),
    )  # fmt: skip


def template(key: str, kpis: Sequence[KpiRow]) -> Card:
    """One role template, and how to change it."""
    title = _("KPI template: {role}").format(role=template_name(key))
    can_add = Button(_("Add a KPI"), "templates.add", key) if len(kpis) < MOST else None
    change = Select(_("Change a KPI"), "templates.edit", tuple(choice(one) for one in kpis), key) if kpis else None
    return card(
        title, Heading(title), *listed(kpis), change,
        buttons(*filter(None, (can_add, Button(_("Other roles"), "templates.opened")))),
        Small(_("Engagements that have their KPIs already keep them as they are.")),
    )  # fmt: skip


EXAMPLES: dict[str, Callable[[], Card | Form]] = {
    "kpi_form": lambda: kpi_form(KpiRow(id=2, name="Reports *rebuilt*", unit="reports", target=4), "kpis.defined", "2"),
    "templates": templates,
    "template": lambda: template("software", [KpiRow(id=1, standard="accepted", target=85)]),
}
