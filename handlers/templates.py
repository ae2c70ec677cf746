"""Role templates of KPIs: what an engagement of such a role begins with. For admins."""

from collections.abc import Mapping

import storage
from bot import care, words
from bot.card import Card, Form
from bot.care.kpis import MOST, TEMPLATES, Problem
from bot.chat import Again, Router, Turn
from bot.errors import TooManyKpis, UnknownTemplate
from storage.kpis import Kpi

router = Router("templates")


@router.action("opened", reads=True)
def opened(turn: Turn) -> Card:
    """All of them."""
    return words.templates.templates()


@router.action("shown", reads=True)
def shown(turn: Turn) -> Card:
    """One of them."""
    return _shown(turn, turn.value)


@router.action("add")
def add(turn: Turn) -> Form:
    """Ask for one more KPI. Raises TooManyKpis."""
    if len(_kpis(turn, turn.value)) >= MOST:
        raise TooManyKpis(most=MOST)
    return words.templates.kpi_form(None, "templates.added", turn.value)


@router.form("added")
def added(turn: Turn) -> Card | Again:
    """Keep one more KPI."""
    if len(kpis := _own(turn, turn.value)) >= MOST:
        raise TooManyKpis(most=MOST)
    wanted = words.templates.wanted(turn.fields, None)
    problems = care.kpis.problems(wanted, "", [words.templates.name(one) for one in kpis])
    if problems:
        return _again(turn, words.templates.kpi_form(None, turn.route, turn.value), problems)
    storage.kpis.define(turn.db, Kpi(template=turn.value, target=0), wanted)
    return _shown(turn, turn.value)


@router.action("edit")
def edit(turn: Turn) -> Form:
    """Ask how a KPI is to be changed; the value is template:kpi."""
    template, _colon, which = turn.value.partition(":")
    return words.templates.kpi_form(_one(_kpis(turn, template), which), "templates.edited", turn.value)


@router.form("edited")
def edited(turn: Turn) -> Card | Again:
    """Keep the change, or leave the KPI out."""
    template, _colon, which = turn.value.partition(":")
    kpis = _own(turn, template)
    kpi = _one(kpis, which)
    if turn.text("stop"):
        storage.kpis.stop(turn.db, kpi)
        return _shown(turn, template)
    wanted = words.templates.wanted(turn.fields, kpi)
    problems = care.kpis.problems(wanted, kpi.standard, [words.templates.name(one) for one in kpis if one is not kpi])
    if problems:
        return _again(turn, words.templates.kpi_form(kpi, turn.route, turn.value), problems)
    storage.kpis.define(turn.db, kpi, wanted)
    return _shown(turn, template)


def _kpis(turn: Turn, template: str) -> list[Kpi]:
    if template not in TEMPLATES:
        raise UnknownTemplate
    return storage.kpis.of_template(turn.db, template)


def _own(turn: Turn, template: str) -> list[Kpi]:
    """The workspace's own, to be changed; ours are copied first."""
    if template not in TEMPLATES:
        raise UnknownTemplate
    return storage.kpis.own_template(turn.db, template)


def _one(kpis: list[Kpi], which: str) -> Kpi:
    """The KPI with this id, or of ours with this key."""
    for one in kpis:
        if which and which in (str(one.id), one.standard):
            return one
    raise UnknownTemplate


def _again(turn: Turn, form: Form, problems: Mapping[str, Problem]) -> Again:
    return Again(form.filled(turn.fields), {field: words.templates.problem(one) for field, one in problems.items()})


def _shown(turn: Turn, template: str) -> Card:
    return words.templates.template(template, _kpis(turn, template))
