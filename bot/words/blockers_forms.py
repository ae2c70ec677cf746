"""What the bot asks around blockers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.card import (
    Button,
    Card,
    Choice,
    ChoiceField,
    DateField,
    Form,
    PersonField,
    Small,
    Style,
    Text,
    TextField,
    TimeField,
    Typed,
    buttons,
    card,
    form,
)
from bot.care.blockers import Severity
from bot.language import _

LONGEST = 3000  # characters of what stops somebody: as much as a form takes
NOTE = 500  # characters of a note: eight of them and the report still fit into one message
TEASER = 120  # characters of a blocker where it is only named


def how_bad(severity: str, mine: bool = True) -> str:
    """A severity in the contractor's words, or in those of whoever reads about them."""
    if mine:
        return {Severity.SLOWED: _("It slows me down"), Severity.STOPPED: _("I cannot go on")}[Severity(severity)]
    return {Severity.SLOWED: _("It slows them down"), Severity.STOPPED: _("They cannot go on")}[Severity(severity)]


def teaser(text: str) -> str:
    """As much of it as names it."""
    short = " ".join(text.split())
    return short if len(short) <= TEASER else short[: TEASER - 1].rstrip() + "…"


@dataclass(frozen=True, slots=True)
class Started:
    """What a report form begins with."""

    stops: str = ""
    whom: str = ""  # a platform id
    value: str = ""  # where the words came from


def report(started: Started, engagements: Sequence[tuple[str, str, str]], zone: str, now: datetime) -> Form:
    """What stops me, what I need, from whom, since when, how badly. `engagements`: (id, role, manager)."""
    local = now.astimezone(ZoneInfo(zone))
    manager = _("Leave it empty for your manager.")
    return form(
        _("Report a blocker"),
        "blockers.reported",
        _("Report it"),
        ChoiceField(id="engagement", label=_("In which engagement?"), many=True,
                    choices=tuple(Choice(id_, Typed(f"{role} · {name}")) for id_, role, name in engagements))
        if len(engagements) > 1 else None,
        TextField(id="stops", label=_("What stops you?"), value=started.stops[:LONGEST], lines=True, longest=LONGEST),
        TextField(id="needs", label=_("What would get you moving?"), lines=True, longest=LONGEST, optional=True),
        PersonField(id="whom", label=_("From whom do you need it?"), value=started.whom, optional=True, hint=manager),
        ChoiceField(id="severity", label=_("How badly does it stop you?"), value=Severity.SLOWED,
                    choices=tuple(Choice(one, how_bad(one)) for one in Severity)),
        DateField(id="since_day", label=_("Since which day?"), value=local.date()),
        TimeField(id="since_time", label=_("Since what time?"), value=local.time().replace(second=0, microsecond=0),
                  hint=_("On your own clock.")),
        Small(_("It goes to whom you ask, then to your manager, then to the care team, until somebody answers.")),
        value=started.value,
    )  # fmt: skip


def resolve(blocker_id: int) -> Form:
    """What was done, if they want to say."""
    note = TextField(id="note", label=_("What was done?"), lines=True, longest=NOTE, optional=True,
                     hint=_("The contractor and everybody who was asked can read it."))  # fmt: skip
    return form(_("Solved"), "blockers.resolved", _("It is solved"), note, value=str(blocker_id))


def reopen(blocker_id: int) -> Form:
    """What is still missing, if they want to say."""
    note = TextField(id="note", label=_("What is still missing?"), lines=True, longest=NOTE, optional=True)
    return form(_("Not solved yet"), "blockers.reopened", _("Ask again"), note, value=str(blocker_id))


def hand(blocker_id: int) -> Form:
    """Who can help instead."""
    whom = PersonField(id="whom", label=_("Who can help?"), hint=_("Their clock starts in their own working hours."))
    note = TextField(id="note", label=_("What do they need to know?"), lines=True, longest=NOTE, optional=True)
    return form(_("Hand it over"), "blockers.handed", _("Hand it over"), whom, note, value=str(blocker_id))


def offer(draft_id: int | None, text: str) -> Card:
    """One tap opens the form, with the words in it that came by message."""
    said = Text(_("I kept your words: {words}"), words=Typed(teaser(text))) if text else None
    route, value = ("blockers.draft", str(draft_id)) if draft_id is not None else ("/blocker", "")
    return card(
        _("Report a blocker"),
        said or Text(_("Is something stopping you?")),
        Text(_("One tap, and I ask for help until somebody answers. You can change everything before it goes.")),
        buttons(Button(_("Report it"), route, value, Style.MAIN)),
    )


EXAMPLES: dict[str, Callable[[], Card | Form]] = {
    "report": lambda: report(
        Started("No access to *staging*"), [("1", "Data engineer", "Mo Haddad"), ("2", "Report *writer*", "Lee Park")],
        "Europe/Lisbon", datetime(2026, 11, 23, 15, tzinfo=UTC)),
    "resolve": lambda: resolve(1),
    "reopen": lambda: reopen(1),
    "hand": lambda: hand(1),
    "offer": lambda: offer(1, "the <!channel> staging database is *down*"),
}  # fmt: skip
