"""What the bot says around blockers."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.card import (
    Button,
    Card,
    Divider,
    Facts,
    Form,
    Heading,
    Inline,
    Line,
    Part,
    Small,
    Style,
    Text,
    Typed,
    When,
    buttons,
    card,
    facts,
    line,
)  # fmt: skip
from bot.care.blockers import WAITING, BlockerRow, BlockerStepRow, Dossier, Kind, Move, Rung, Seat, State
from bot.care.people import PersonRow, working_hours
from bot.language import _, ngettext
from bot.words.blockers_forms import how_bad, teaser

SHOWN = 8  # steps of a history, blockers of a list


def report(about: Dossier, zone: str, stale: bool = False) -> Card:
    """The contractor's own view: where it stands, what comes next, everything that happened."""
    blocker = about.blocker
    id_ = str(blocker.id)
    act: tuple[Button, ...] = ()
    if blocker.state in WAITING:
        act = (Button(_("It is solved"), "blockers.resolve", id_),)
    elif blocker.state == State.RESOLVED:
        act = (Button(_("Not solved yet"), "blockers.reopen", id_),)
    return card(
        line(_("Your blocker: {what}"), what=Typed(teaser(blocker.stops))),
        Heading(_("Your blocker")),
        _stale() if stale else None,
        _standing(about, zone),
        _outlook(about, zone),
        _told(about, zone, mine=True),
        *_history(about, zone),
        buttons(*act, Button(_("My open blockers"), "blockers.list")),
        Small(_("Seen by you, your manager and whoever is asked; by the care team only once it reaches them.")),
    )


def notice(about: Dossier, zone: str, others: tuple[str, ...] = (), why: str = "", stale: bool = False) -> Card:
    """The view of those who are asked; `why` is the kind of step that this message is, `others` zones in a channel."""
    blocker = about.blocker
    id_ = str(blocker.id)
    act: tuple[Button, ...] = ()
    if blocker.state in WAITING:
        seen = blocker.state == State.SEEN
        act = (
            *(() if seen else (Button(_("I am on it"), "blockers.acknowledge", id_, Style.MAIN),)),
            Button(_("It is solved"), "blockers.resolve", id_, Style.MAIN if seen else Style.PLAIN),
            Button(_("Hand it over"), "blockers.hand", id_),
        )
    return card(
        line(_("{who} is stuck: {what}"), who=_name(about, blocker.contractor_id), what=Typed(teaser(blocker.stops))),
        Heading(_("Somebody is stuck") if blocker.state in WAITING else _("A blocker, settled")),
        _stale() if stale else None,
        Text(_why(why), who=_name(about, blocker.contractor_id), owner=_name(about, blocker.owner_id))
        if blocker.state == State.OPEN or (blocker.state == State.SEEN and why in (Kind.AGAIN, Kind.NUDGED)) else None,
        _told(about, zone, others),
        _standing(about, zone, others),
        *_history(about, zone, others),
        buttons(*act) if act else None,
    )  # fmt: skip


def _why(kind: str) -> str:
    return {
        "": _("{who} asks for help."),
        Rung.OWNER: _("{who} asks for your help. One tap tells them that you are on it."),
        Rung.MANAGER: _("{who} still waits for an answer from {owner}. Can you help, or say who can?"),
        Rung.CARE: _("Nobody could help {who} so far. Please look who can."),
        Kind.HANDED: _("{who} is with {owner} now, who was asked after you. You can still help."),
        Kind.AGAIN: _("{who} is still stuck, a working day after somebody took it on. Is there anything in the way?"),
        Kind.NUDGED: _("{who} is still stuck after several working days. Solve it, hand it over, or talk to them."),
    }[kind]


def _stale() -> Text:
    return Text(_("This has moved on since that card was drawn. This is how it stands now:"))


def _told(about: Dossier, zone: str, others: tuple[str, ...] = (), mine: bool = False) -> Facts:
    """What was reported, as a dated notice."""
    blocker = about.blocker
    whose = line("{who} · {role}", who=_name(about, blocker.contractor_id), role=Typed(about.role))
    needs = (_("What you need") if mine else _("What they need"), Typed(blocker.needs))
    return facts(
        (_("Engagement"), Typed(about.role)) if mine else (_("Contractor"), whose),
        (_("What stops you") if mine else _("What stops them"), Typed(blocker.stops)),
        *((needs,) if blocker.needs else ()),
        (_("Needed from"), _name(about, blocker.owner_id)),
        (_("How badly"), how_bad(blocker.severity, mine)),
        (_("Since"), When(blocker.since, zone, others)),
        (_("Reported"), When(blocker.reported_at, zone, others)),
    )


def _standing(about: Dossier, zone: str, others: tuple[str, ...] = ()) -> Text | None:
    blocker = about.blocker
    if blocker.state == State.OPEN:
        return Text(_("Nobody has answered yet.")) if blocker.reached else None
    kind, template = {
        State.SEEN: (Kind.ACKNOWLEDGED, _("{by} is on it, since {at}.")),
        State.RESOLVED: (Kind.RESOLVED, _("Solved, says {by}, {at}.")),
        State.CLOSED: (Kind.CLOSED, _("Closed {at}, because the engagement ended.")),
    }[State(blocker.state)]
    last = next(one for one in reversed(about.steps) if one.kind == kind)
    return Text(template, by=_name(about, last.by_id), at=When(last.at, zone, others))


def _outlook(about: Dossier, zone: str) -> Text | None:
    """What I do next if nobody does anything."""
    if about.blocker.paused:
        return Small(_("The engagement is paused, so nobody's clock runs until it goes on."))
    if about.next is None:
        return None
    told = _("It goes to {to} on {at}, in their working hours.")
    if about.blocker.reached:
        told = _("If it is not answered, I ask {to} on {at}.")
    if about.next.kind == Kind.AGAIN:
        told = _("If it is not solved, I ask {to} on {at}.")
    if about.next.kind == Kind.NUDGED:
        told = _("If it is not solved, I remind {to} on {at}.")
    return Small(told, to=_name(about, about.next.seat.person), at=When(about.next.at, zone))


def _history(about: Dossier, zone: str, others: tuple[str, ...] = ()) -> list[Part]:
    shown = about.steps[-SHOWN:]
    lines: list[Part] = [Small(_happened(about, one, zone, others)) for one in shown]
    more = len(about.steps) - len(shown)
    before = [Small(ngettext("{n} earlier step", "{n} earlier steps", more))] if more else []
    return [Divider(), *before, *lines]


def _happened(about: Dossier, step: BlockerStepRow, zone: str, others: tuple[str, ...] = ()) -> Line:
    """One step in words, with its time."""
    template = {
        Kind.REPORTED: _("{at}: reported by {by}"),
        Kind.ASKED: _("{at}: asked {to}"),
        Kind.PASSED: _("{at}: {to} is out of reach for some days, so somebody else is asked"),
        Kind.ACKNOWLEDGED: _("{at}: {by} is on it"),
        Kind.HANDED: _("{at}: {by} handed it to {to}"),
        Kind.AGAIN: _("{at}: not solved yet, so {to} was asked"),
        Kind.NUDGED: _("{at}: still open, reminded {to}"),
        Kind.RESOLVED: _("{at}: solved, says {by}"),
        Kind.REOPENED: _("{at}: not solved yet, says {by}"),
        Kind.PAUSED: _("{at}: the engagement is paused, the clock stands still"),
        Kind.RESUMED: _("{at}: the engagement goes on, and so does the clock"),
        Kind.CLOSED: _("{at}: closed, because the engagement ended"),
    }[Kind(step.kind)]
    at = When(step.at, zone, others)
    said = line(template, at=at, by=_name(about, step.by_id), to=_name(about, step.to_id))
    return (*said, *line(_(": “{note}”"), note=Typed(step.note))) if step.note else said


def _name(about: Dossier, person_id: int | None) -> Inline:
    """A person by name; None is the care team."""
    return Typed(about.people[person_id].name) if person_id is not None else _("the care team")


def noted(about: Dossier, zone: str, pulse: int | None = None) -> Card:
    """A report is on its way; `pulse` is the round it was written in."""
    asked = next((one for one in reversed(about.steps) if one.kind == Kind.ASKED), None)
    how = Text(_("I have asked {to}."), to=_name(about, asked.to_id)) if asked else _outlook(about, zone)
    return card(
        _("Thank you, it is reported."),
        Text(_("Thank you, your blocker is reported: {what}"), what=Typed(teaser(about.blocker.stops))),
        how,
        Small(_("Your report is in our direct messages; I keep it up to date and write when something moves.")),
        buttons(Button(_("Back to my pulse"), "pulse.edit", str(pulse))) if pulse is not None else None,
    )


def news(about: Dossier, step: BlockerStepRow, zone: str) -> Card:
    """What moved, for the contractor."""
    blocker = about.blocker
    said: Line = line(_news(about, step), by=_name(about, step.by_id), to=_name(about, step.to_id))
    unsolved = step.kind == Kind.RESOLVED and blocker.state == State.RESOLVED
    return card(
        said,
        Text(said),
        Text(_("“{note}”"), note=Typed(step.note)) if step.note else None,
        Small(_("Your blocker: {what}"), what=Typed(teaser(blocker.stops))),
        buttons(
            *((Button(_("Not solved yet"), "blockers.reopen", str(blocker.id)),) if unsolved else ()),
            Button(_("Open it"), "blockers.open", str(blocker.id)),
        ),
    )


def _news(about: Dossier, step: BlockerStepRow) -> str:
    before = [one.kind for one in about.steps if (one.id or 0) < (step.id or 0)]
    if step.kind == Kind.ASKED and before and before[-1] == Kind.PASSED:
        return _("Whoever would be next is out of reach for some days, so I asked {to} for you.")
    return {
        Kind.ASKED: _("There was no answer in time, so I asked {to} for you."),
        Kind.ACKNOWLEDGED: _("{by} is on it."),
        Kind.HANDED: _("{by} handed your blocker to {to}."),
        Kind.AGAIN: _("It is not solved yet, so I asked {to}."),
        Kind.NUDGED: _("It is still open, so I reminded {to}."),
        Kind.RESOLVED: _("{by} says it is solved."),
        Kind.REOPENED: _("{by} says it is not solved yet."),
        Kind.PAUSED: _("Your engagement is paused, so the clock of your blocker stands still. It goes on when you do."),
        Kind.RESUMED: _("Your engagement goes on, and so does the clock of your blocker."),
        Kind.CLOSED: _("Your engagement has ended, so I closed your blocker. The report is kept as it stands."),
    }[Kind(step.kind)]


def listed(shown: Sequence[tuple[BlockerRow, str]], zone: str, contractor: bool) -> Card:
    """Open blockers with the names of those they stop, oldest first."""
    parts: list[Part] = []
    for blocker, name in shown[:SHOWN]:
        parts += [
            Text(_("{who}: {what}"), who=Typed(name), what=Typed(teaser(blocker.stops))),
            Small(_stands(blocker), at=When(blocker.reported_at, zone)),
            buttons(Button(_("Open it"), "blockers.open", str(blocker.id))),
        ]
    more = len(shown) - SHOWN
    title = _("Open blockers")
    return card(
        title,
        Heading(title),
        *(parts or [Text(_("Nothing is blocked. I like that."))]),
        Small(ngettext("{n} more is open; the oldest are shown.", "{n} more are open; the oldest are shown.", more))
        if more > 0 else None,
        buttons(Button(_("Report a blocker"), "/blocker", "", Style.MAIN)) if contractor else None,
    )  # fmt: skip


def _stands(blocker: BlockerRow) -> str:
    if blocker.paused:
        return _("Reported {at}. The engagement is paused.")
    if blocker.state == State.SEEN:
        return _("Reported {at}. Somebody is on it.")
    return _("Reported {at}. Nobody has answered yet.")


def home(mine: int, others: int, contractor: bool) -> list[Part]:
    """Blockers on the Home: the reader's own, and those that wait for them."""
    if not (contractor or others):
        return []
    row = [Button(_("Report a blocker"), "/blocker")] if contractor else []
    row += [Button(_("Open blockers"), "blockers.list")] if mine or others else []
    return [
        Heading(_("Blockers")),
        *([Text(ngettext("{n} blocker of yours is open.", "{n} blockers of yours are open.", mine))] if mine else []),
        *([Text(ngettext("{n} blocker waits for help.", "{n} blockers wait for help.", others))] if others else []),
        *([] if mine or others else [Text(_("Nothing of yours is blocked."))]),
        buttons(*row),
    ]


_AT = datetime(2026, 11, 23, 15, tzinfo=UTC)


def _blocker(**more: Any) -> BlockerRow:
    return BlockerRow(
        **{"id": 1, "engagement_id": 1, "contractor_id": 1, "owner_id": 2, "stops": "No access to *staging* <!here>",
           "since": _AT - timedelta(hours=2), "reported_at": _AT, "moved_at": _AT, **more}
    )  # fmt: skip


def _dossier(*kinds: Kind, **more: Any) -> Dossier:
    people: Mapping[int, PersonRow] = {
        1: PersonRow(id=1, name="Ana Sousa", zone="Europe/Lisbon"),
        2: PersonRow(id=2, name="Mo Haddad", zone="America/Chicago"),
    }
    steps = [
        BlockerStepRow(id=index, blocker_id=1, kind=kind, at=_AT + timedelta(hours=index),
                       by_id=1 if kind in (Kind.REPORTED, Kind.REOPENED) else 2,
                       to_id=2 if kind == Kind.ASKED else None, note="Try *now*" if kind == Kind.RESOLVED else "")
        for index, kind in enumerate((Kind.REPORTED, *kinds))
    ]  # fmt: skip
    care = Seat(Rung.CARE, None, working_hours(people[2]))
    blocker = _blocker(**more)
    following = Move(_AT + timedelta(hours=4), Kind.ASKED, care) if blocker.state == State.OPEN else None
    return Dossier(blocker, "Data engineer", people, steps, following)


_SOLVED = _dossier(Kind.ASKED, Kind.ACKNOWLEDGED, Kind.RESOLVED, state=State.RESOLVED, reached="owner", seen_by=2)

EXAMPLES: dict[str, Callable[[], Card | Form]] = {
    "report": lambda: report(_dossier(Kind.ASKED, reached="owner"), "Europe/Lisbon"),
    "notice": lambda: notice(_dossier(Kind.ASKED, reached="owner"), "America/Chicago", ("Europe/Lisbon",), Rung.OWNER),
    "noted": lambda: noted(_dossier(), "Europe/Lisbon", pulse=1),
    "news": lambda: news(_SOLVED, _SOLVED.steps[-1], "Europe/Lisbon"),
    "listed": lambda: listed([(_blocker(), "Ana Sousa"), (_blocker(id=2, state=State.SEEN), "Lee *Park*")],
                             "America/Chicago", contractor=True),
}  # fmt: skip
