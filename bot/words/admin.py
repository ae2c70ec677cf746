"""What the bot says in the settings: to everybody about themself, to admins about everybody."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime

from bot.card import (
    Bold,
    Button,
    Card,
    Choice,
    Divider,
    Form,
    Heading,
    Part,
    PersonField,
    Select,
    Small,
    Style,
    Text,
    Typed,
    buttons,
    card,
    facts,
    form,
)
from bot.care.admin import NOT_THERE, Kept, Look, Named, Overview, Problem, Trouble
from bot.care.people import PersonRow
from bot.language import _, ngettext
from bot.words import away
from bot.words.people import country_name

ORIGIN = "settings"  # what a button of this card carries, so that it is this card that is drawn anew
MANY = 100  # choices of a menu
SHOWN = 10  # troubles on one card


def settings(seen: Overview, now: datetime, today: date) -> Card:
    """What can be set: one's own, and for admins who has a say."""
    return card(
        _("Settings"),
        Heading(_("Your settings")),
        *away.own(seen, now, today, ORIGIN),
        buttons(Button(_("What do you keep about me?"), "admin.kept")),
        *(_for_admins(seen.admin) if seen.admin else []),
    )


def _for_admins(look: Look) -> list[Part]:
    return [
        Divider(),
        Heading(_("Who has a say")),
        Text(_("Care team: {names}"), names=_names(look.care)),
        *([] if look.care else [Small(_("Nobody is in the care team: what is meant for it reaches nobody. Add somebody."))]),
        Text(_("Admins: {names}"), names=_names(look.admins)),
        buttons(Button(_("Add to the care team"), "admin.name", Named.CARE),
                Button(_("Add an admin"), "admin.name", Named.ADMIN)),
        *_remove(_("Take off the care team"), Named.CARE, look.care),
        *_remove(_("Take off the admins"), Named.ADMIN, [one for one in look.admins if not one.workspace_admin]),
        *_troubles(look.problems),
    ]  # fmt: skip


def _names(people: Sequence[PersonRow]) -> Typed | str:
    return Typed(", ".join(sorted(one.name for one in people))) if people else _("nobody")


def _remove(label: str, named: Named, people: Sequence[PersonRow]) -> list[Part]:
    choices = tuple(Choice(str(one.id), Typed(one.name)) for one in sorted(people, key=lambda one: one.name))
    return [Select(label, "admin.remove", choices[:MANY], named)] if choices else []


def _troubles(problems: Sequence[Problem]) -> list[Part]:
    if not problems:
        return [Small(_("Everybody can be reached."))]
    left = len(problems) - SHOWN
    return [
        Divider(),
        Heading(_("Needs a look")),
        *(_trouble(problem) for problem in problems[:SHOWN]),
        *([Small(ngettext("And {n} more like these.", "And {n} more like these.", left))] if left > 0 else []),
    ]


def _trouble(problem: Problem) -> Text:
    name, why = Typed(problem.who), Typed(problem.reason.partition(":")[0])
    match problem.trouble:
        case Trouble.LEFT:
            return Text(_("{who} is no longer in the workspace but still in an engagement. End it, or name somebody "
                          "else."), who=name)  # fmt: skip
        case Trouble.UNREACHABLE:
            return Text(_("Nothing I write reaches {who} ({why}). Ask them another way."), who=name, why=why)
        case Trouble.CHANNEL if problem.reason.partition(":")[0] in NOT_THERE:
            said = ngettext("I am not in the channel {who}: {n} message waits. Invite me there and I send it.",
                            "I am not in the channel {who}: {n} messages wait. Invite me there and I send them.",
                            problem.count)  # fmt: skip
            return Text(said, who=name)
        case Trouble.NO_HOURS:
            said = ngettext("{who} has not said yet when they work; I take their profile's zone, 9 to 17.",
                            "{who} have not said yet when they work; I take their profiles' zones, 9 to 17.",
                            problem.count)  # fmt: skip
            return Text(said, who=name)
        case Trouble.CHANNEL:
            said = ngettext("{n} message to the channel {who} was refused ({why}).",
                            "{n} messages to the channel {who} were refused ({why}).", problem.count)  # fmt: skip
            return Text(said, who=name, why=why)
        case Trouble.FAILED:
            said = ngettext("{n} direct message did not arrive ({why}).", "{n} direct messages did not arrive ({why}).",
                            problem.count)  # fmt: skip
            return Text(said, why=why)


def name_form(named: Named) -> Form:
    """Whom to name."""
    title = _("Add an admin") if named is Named.ADMIN else _("Add to the care team")
    return form(
        title, "admin.named", _("Add"), Text(_may(named)), PersonField(id="person", label=_("Who?")), value=named
    )


def _may(named: Named) -> str:
    if named is Named.ADMIN:
        return _("Admins add engagements and templates, name managers, care and further admins. They are told.")
    return _("The care team sees alerts, health and comments given to care; never rates or money. They are told.")


def role(named: Named, added: bool, by: str) -> Card:
    """What somebody has become, or is no longer, and who said so."""
    if named is Named.CARE:
        title = _("You are in the care team now.") if added else _("You are no longer in the care team.")
        what = (_("You now get alerts about whom to check in with, and see comments given to care. Contractors are "
                  "told that you can.") if added
                else _("You no longer get its alerts or see comments given to care. Thank you for caring."))  # fmt: skip
    else:
        title = _("You are an admin of Contractor Care now.") if added else _("You are no longer an admin here.")
        what = (_("You can add engagements and templates and name managers, care and further admins.") if added
                else _("Settings and templates are with the other admins now. Thank you for your help."))  # fmt: skip
    return card(title, Heading(title), Text(what), Small(_("{who} said so."), who=Typed(by)),
                buttons(Button(_("What can you do?"), "/help")))  # fmt: skip


def joined(person: PersonRow) -> Card:
    """Somebody came into the care channel: an admin says whether they belong to the care team."""
    if person.care:
        return card(_("They are in the care team."), Text(_("{who} is in the care team."), who=Typed(person.name)))
    return card(
        _("Somebody joined the care channel."),
        Text(_("{who} joined the care channel. Are they to be in the care team? Then they also see comments given to "
               "care."), who=Typed(person.name)),
        buttons(Button(_("Add to the care team"), "admin.to_care", str(person.id), Style.MAIN),
                Button(_("No"), "admin.not_to_care", str(person.id))),
    )  # fmt: skip


def not_joined(person: PersonRow) -> Card:
    """They are in the channel, not in the team."""
    return card(
        _("As you say."),
        Text(_("{who} stays out of the care team; they can still read what is posted in its channel."),
             who=Typed(person.name)),
        buttons(Button(_("Settings"), "/settings")),
    )  # fmt: skip


def kept(about: Kept, care: Sequence[str], admins: Sequence[str]) -> Card:
    """What is kept about the reader, and who sees it."""
    person = about.person
    return card(
        _("What I keep about you"),
        Heading(_("What I keep about you")),
        facts(
            (_("From your profile"), Typed(", ".join(filter(None, (person.name, person.email))))),
            (_("Working hours"), away.hours_text(person)),
            (_("Public holidays"), country_name(person.country) if person.country else _("not chosen yet")),
            (_("Engagements"), Bold(str(about.engagements))),
            (_("Pulses you submitted"), Bold(str(about.pulses))),
            (_("Comments you wrote"), Bold(str(about.comments))),
            (_("Absences, never with a reason"), Bold(str(about.absences))),
            (_("Messages I sent you, by kind and time"), Bold(str(about.messages))),
        ),
        Text(_("And what you hand in by form: blockers, goals, hours. Each such card says who sees it.")),
        Text(_("From answers, silence, milestones and blockers I work out whom the care team might check in with, and why. "
               "It never says who might leave, and ranks nobody.")),
        Text(_("Your answers are seen by whom you chose; as it stands the care team is {care}."), care=_listed(care)),
        Text(_("I don't read your channels, watch your screen or know where you are.")),
        Text(_("To have something put right or erased, write to an admin: {admins}."), admins=_listed(admins)),
    )  # fmt: skip


def _listed(names: Sequence[str]) -> Typed | str:
    return Typed(", ".join(names)) if names else _("nobody yet")


def home(problems: int) -> list[Part]:
    """What admins see of it on their Home."""
    if not problems:
        return []
    said = ngettext("{n} thing needs a look.", "{n} things need a look.", problems)
    return [Heading(_("For admins")), Text(said), buttons(Button(_("Settings"), "/settings", "", Style.MAIN))]


_KEI = PersonRow(id=1, name="Kei Mori", user="U0KEI", zone="Asia/Tokyo", care=True)
_ADA = PersonRow(id=2, name="Ada Berg", user="U0ADA", zone="Europe/Berlin", admin=True)
_AT = datetime(2026, 11, 23, 16, tzinfo=UTC)
_PROBLEMS = [
    Problem(Trouble.LEFT, "Ana *Sousa*"),
    Problem(Trouble.UNREACHABLE, "Lee", "user_disabled"),
    Problem(Trouble.CHANNEL, "C0PROJ (Ana)", "not_in_channel", 2),
    Problem(Trouble.CHANNEL, "C0TEAM", "is_archived"),
    Problem(Trouble.FAILED, "", "msg_too_long", 3),
    Problem(Trouble.NO_HOURS, "Mo, Lee", count=2),
]

EXAMPLES: dict[str, Callable[[], Card | Form]] = {
    "settings": lambda: settings(
        Overview(_ADA, [(date(2026, 12, 1), date(2026, 12, 5))], ["pulse.question", "x.y"],
                 Look([_KEI], [_ADA], _PROBLEMS)), _AT, date(2026, 11, 23)),
    "name_form": lambda: name_form(Named.CARE),
    "role": lambda: role(Named.CARE, True, "Ada Berg"),
    "joined": lambda: joined(PersonRow(id=3, name="Lee <Park>")),
    "not_joined": lambda: not_joined(PersonRow(id=3, name="Lee Park")),
    "kept": lambda: kept(Kept(_ADA, 2, 12, 3, 1, 40), ["Kei Mori"], ["Ada Berg"]),
}  # fmt: skip
