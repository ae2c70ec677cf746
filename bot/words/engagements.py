"""What the bot says around engagements."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from babel import Locale
from babel.dates import format_date

from bot.card import (
    Button,
    Card,
    Confirm,
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
    buttons,
    card,
    facts,
    line,
)
from bot.care.engagements import RUNNING, EngagementRow, Status
from bot.care.people import PersonRow
from bot.care.terms import clock_of
from bot.language import _, locale, ngettext
from bot.words.terms import hours

LISTED = 20  # engagements on one card; more are found by name


def status(engagement: EngagementRow) -> str:
    """Where an engagement stands."""
    return {
        Status.INVITED: _("invited, not here yet"),
        Status.ONBOARDING: _("getting started"),
        Status.ACTIVE: _("running"),
        Status.PAUSED: _("paused"),
        Status.ENDED: _("ended"),
    }[Status(engagement.status)]


def day(on: date) -> str:
    """A date in the reader's language."""
    return str(format_date(on, "d MMM y", locale=locale()))


def which(route: str, choices: Sequence[tuple[str, str, str]]) -> Card:
    """Ask which engagement is meant: one button for each (value, role, name of the other side) of `choices`."""
    return card(
        _("Which engagement do you mean?"),
        Text(_("Which engagement do you mean?")),
        buttons(*(Button(Typed(f"{role} · {name}"), route, value) for value, role, name in choices)),
    )


# -- what admins and managers see ---------------------------------------------------------------------


def added(engagement: EngagementRow, contractor: PersonRow, manager: PersonRow) -> Card:
    """It is kept, and who hears of it when."""
    if engagement.status == Status.INVITED:
        said = Text(_("{who} is added. When they join this workspace as {email} I write to them first, then to {manager}."),
                    who=Typed(contractor.name), email=Typed(contractor.email), manager=Typed(manager.name))  # fmt: skip
    else:
        said = Text(_("{who} is added. I write to them first, then to {manager}."), who=Typed(contractor.name),
                    manager=Typed(manager.name))  # fmt: skip
    return card(
        line(_("{who} is added."), who=Typed(contractor.name)), said, _terms(engagement, contractor, manager),
        _offers(engagement),
    )  # fmt: skip


def shown(engagement: EngagementRow, contractor: PersonRow, manager: PersonRow, helpers: Mapping[str, str]) -> Card:
    """One engagement, and what can be done with it; `helpers` are names by what they help with."""
    return card(
        line(_("The engagement of {who}"), who=Typed(contractor.name)),
        Heading(Typed(contractor.name)),
        Small(_("Status: {status}"), status=status(engagement)),
        _terms(engagement, contractor, manager),
        _helpers(helpers),
        _offers(engagement),
    )


def _terms(engagement: EngagementRow, contractor: PersonRow, manager: PersonRow) -> Facts:
    pairs: list[tuple[str, Inline | Line]] = [
        (_("Role"), Typed(engagement.role)),
        (_("Here to solve"), Typed(engagement.bottleneck)),
        (_("With"), Typed(manager.name)),
        (_("First day"), day(engagement.starts_on)),
        (_("Last day"), day(engagement.ends_on) if engagement.ends_on else _("open")),
        (_("Hours"), hours(clock_of(contractor))),
    ]
    if engagement.jurisdiction:
        pairs.append((_("Country"), _country(engagement.jurisdiction)))
    return facts(*pairs)


def _country(code: str) -> str:
    return str(Locale.parse(locale()).territories.get(code, code))


def _helpers(helpers: Mapping[str, str]) -> Facts | None:
    named = {"buddy": _("Shadow buddy"), "owner": _("Project owner"), "lead": _("Lead"),
             "operations": _("Operations contact")}  # fmt: skip
    return facts(*((named[one], Typed(name)) for one, name in helpers.items())) if helpers else None


def _offers(engagement: EngagementRow) -> Part | None:
    about = str(engagement.id)
    if engagement.status == Status.ENDED:
        return None
    running = engagement.status in RUNNING
    pausing = Button(_("Pause"), "engagements.pause", about) if running else None
    resuming = Button(_("Go on"), "engagements.resume", about) if engagement.status == Status.PAUSED else None
    asks = Confirm(
        _("End this engagement?"),
        _("I stop asking and reminding under it, and tell the contractor kindly. It can't be undone."),
        _("End it"), _("Leave it"),
    )  # fmt: skip
    offered = (
        Button(_("Edit"), "engagements.edit", about), Button(_("Who helps"), "engagements.helpers", about),
        pausing, resuming, Button(_("End"), "engagements.end", about, Style.DANGER, asks),
    )  # fmt: skip
    return buttons(*(one for one in offered if one is not None))


def listing(rows: Sequence[tuple[EngagementRow, str, str]]) -> Card:
    """Whose engagements the reader may change: (engagement, contractor, manager)."""
    if not rows:
        return card(_("No open engagement."), Text(_("There is no open engagement that you can change.")))
    return card(_("Open engagements"), Heading(_("Open engagements")), *_rows(rows, LISTED))


def _rows(rows: Sequence[tuple[EngagementRow, str, str]], most: int) -> list[Part]:
    parts: list[Part] = []
    for engagement, contractor, manager in rows[:most]:
        said = Text(_("{who}, {role}, with {manager}: {status}"), who=Typed(contractor), role=Typed(engagement.role),
                    manager=Typed(manager), status=status(engagement))  # fmt: skip
        parts += [said, buttons(Button(_("Edit"), "engagements.show", str(engagement.id)))]
    if more := len(rows) - most if len(rows) > most else 0:
        said_more = ngettext(
            "There is {n} more: write me “edit @name”.", "There are {n} more: write me “edit @name”.", more
        )
        parts.append(Small(said_more))
    return parts


# -- what contractor and manager are told -------------------------------------------------------------


def begun(engagement: EngagementRow, contractor: PersonRow, manager: PersonRow, care: Sequence[str]) -> Card:
    """The contractor hears of it first: with whom, as what, when, and who can see what."""
    team = Typed(", ".join(care)) if care else _("the care team")
    return card(
        line(_("You work with {manager}"), manager=Typed(manager.name)),
        Heading(_("Welcome to your engagement")),
        Text(_("{who}, it is good to have you. This is what was entered about the work you do with {manager}; "
               "if something is not right, tell them."), who=Typed(contractor.name), manager=Typed(manager.name)),
        _terms(engagement, contractor, manager),
        Text(_("Who can see what: {manager} sees your goals, the blockers you report and your first steps, but no "
               "comment of yours unless you choose so. {care} can see your weekly answers by name, unless you choose "
               "“only in totals”. You see everything about yourself."), manager=Typed(manager.name), care=team),
        Small(_("I write to you about once a week, in your own hours. You can mute me at any time.")),
        buttons(Button(_("What can you do?"), "/help")),
    )  # fmt: skip


def manages(engagement: EngagementRow, contractor: PersonRow, manager: PersonRow) -> Card:
    """A short note to the manager, after the contractor has heard."""
    return card(
        line(_("{who} works with you"), who=Typed(contractor.name)),
        Text(_("{who} works with you as {role}, from {start}. They have heard it from me already."),
             who=Typed(contractor.name), role=Typed(engagement.role), start=day(engagement.starts_on)),
        Small(_("You see their goals, blockers and first steps; their comments only where they choose “my manager too”. "
                "When something stops them, I come to you first.")),
        buttons(Button(_("Show the engagement"), "engagements.show", str(engagement.id))),
    )  # fmt: skip


def handed_over(engagement: EngagementRow, contractor: PersonRow, manager: PersonRow) -> Card:
    """The manager before hears who it is now."""
    return card(
        line(_("{who} works with {manager} now"), who=Typed(contractor.name), manager=Typed(manager.name)),
        Text(_("{who} works with {manager} as {role} from now on. I don't write to you about it any more; thank you."),
             who=Typed(contractor.name), manager=Typed(manager.name), role=Typed(engagement.role)),
    )  # fmt: skip


def updated(engagement: EngagementRow, contractor: PersonRow, manager: PersonRow) -> Card:
    """The contractor sees what was changed about their engagement."""
    return card(
        _("Your engagement was changed"),
        Text(_("Something was changed about your engagement with {manager}. This is how it stands now:"),
             manager=Typed(manager.name)),
        _terms(engagement, contractor, manager),
        Small(_("If something is not right, tell {manager}."), manager=Typed(manager.name)),
    )  # fmt: skip


def moved(engagement: EngagementRow, contractor: PersonRow, manager: PersonRow, to_contractor: bool) -> Card:
    """It was paused, goes on, or has ended."""
    other = manager if to_contractor else contractor
    said = {
        (Status.PAUSED, True): _("Your engagement with {other} ({role}) is paused. I ask and remind you of nothing "
                                 "under it until it goes on, and nothing is counted meanwhile."),
        (Status.PAUSED, False): _("The engagement of {other} ({role}) is paused. I ask nothing under it until it goes on."),
        (Status.ENDED, True): _("Your engagement with {other} ({role}) has ended. Thank you for the work you did here. "
                                "I ask you nothing more under it; what I keep about you stays yours to see, to take "
                                "with you and to erase."),
        (Status.ENDED, False): _("The engagement of {other} ({role}) has ended. I have told them. A word of thanks "
                                 "from you would be a good last message."),
    }.get((Status(engagement.status), to_contractor))  # fmt: skip
    if said is None:
        said = _("Your engagement with {other} ({role}) goes on.") if to_contractor else _(
            "The engagement of {other} ({role}) goes on.")  # fmt: skip
    sentence = line(said, other=Typed(other.name), role=Typed(engagement.role))
    return card(sentence, Text(sentence))


# -- Home ---------------------------------------------------------------------------------------------


def home_mine(rows: Sequence[tuple[EngagementRow, str]]) -> list[Part]:
    """A contractor's own engagements: (engagement, manager)."""
    return [
        Heading(_("Your engagements")),
        *(
            Text(_("{role} with {manager}: {status}, since {start}"), role=Typed(one.role), manager=Typed(manager),
                 status=status(one), start=day(one.starts_on))
            for one, manager in rows
        ),
    ]  # fmt: skip


def home_theirs(rows: Sequence[tuple[EngagementRow, str, str]], may_add: bool, most: int) -> list[Part]:
    """The contractors a manager or an admin looks after."""
    more = Button(_("See all"), "/edit") if len(rows) > most else None
    adding = Button(_("Add a contractor"), "/add", "", Style.MAIN) if may_add else None
    offered = [one for one in (adding, more) if one is not None]
    nobody = [] if rows else [Text(_("Nobody has been added yet."))]
    return [Heading(_("Contractors")), *nobody, *_rows(rows[:most], most), *([buttons(*offered)] if offered else [])]


_ANA = PersonRow(id=1, user="U0ANA", name="Ana *Sousa*", email="ana@example.com", zone="Europe/Lisbon", country="PT")
_MO = PersonRow(id=2, user="U0MO", name="Mo Haddad", zone="America/Chicago")


def _one(status: Status = Status.ONBOARDING) -> EngagementRow:
    return EngagementRow(id=1, contractor_id=1, manager_id=2, role="Data _engineer_", bottleneck="Reports take a week",
                         starts_on=date(2026, 11, 23), ends_on=date(2027, 5, 31), jurisdiction="PT", status=status)  # fmt: skip


EXAMPLES: dict[str, Callable[[], Card | Form]] = {
    "which": lambda: which("/kpis", [("1", "Data engineer", "Mo Haddad"), ("2", "Report *writer*", "Lee Park")]),
    "added": lambda: added(_one(Status.INVITED), _ANA, _MO),
    "shown": lambda: shown(_one(), _ANA, _MO, {"buddy": "Lee Park"}),
    "listing": lambda: listing([(_one(), "Ana Sousa", "Mo Haddad"), (_one(Status.PAUSED), "Lee", "Mo Haddad")]),
    "begun": lambda: begun(_one(), _ANA, _MO, ["Kei Mori"]),
    "manages": lambda: manages(_one(), _ANA, _MO),
    "handed_over": lambda: handed_over(_one(), _ANA, _MO),
    "updated": lambda: updated(_one(), _ANA, _MO),
    "moved": lambda: moved(_one(Status.ENDED), _ANA, _MO, to_contractor=True),
}
