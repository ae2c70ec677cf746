"""The form of an engagement: what it asks, and why an answer needs another look."""

from collections.abc import Callable, Mapping
from datetime import date

from bot.card import (
    AnyField,
    Card,
    ChannelField,
    Choice,
    ChoiceField,
    DateField,
    Form,
    PersonField,
    SeveralField,
    Text,
    TextField,
    TimeField,
    Typed,
    city,
    form,
)
from bot.care.engagements import EngagementRow
from bot.care.kpis import TEMPLATES
from bot.care.people import PersonRow
from bot.care.terms import LONGEST_BOTTLENECK, LONGEST_ROLE, Clock, Problem, clock_of
from bot.language import _
from bot.words.people import country_choices, hours_text, weekdays, zone_choices
from bot.words.templates import template_name

# -- words and choices --------------------------------------------------------------------------------


def problem(found: Problem) -> str:
    """Why an answer needs another look, and what to do."""
    return {
        Problem.NEEDED: _("Please write something here."),
        Problem.LONG: _("That is too long; please say it shorter."),
        Problem.NO_DATE: _("Please give a date like 2026-11-23."),
        Problem.ENDS_FIRST: _("The end is before the start; pick a later day, or leave it empty."),
        Problem.OVER: _("That day has passed; pick a later one, or leave it empty."),
        Problem.NO_COUNTRY: _("I don't know that country; pick one from the list."),
        Problem.NO_ZONE: _("I don't know that time zone; pick one from the list, like Lisbon."),
        Problem.NO_DAY: _("Please choose at least one working day."),
        Problem.NO_TIME: _("Please give an hour like 09:00."),
        Problem.SAME_TIME: _("Start and end are the same hour; pick two different ones."),
        Problem.SAME_PERSON: _("That is the contractor themself; pick somebody else."),
        Problem.NOT_HERE: _("I can't reach them here; pick somebody who works in this workspace."),
        Problem.TWICE: _("There is an open engagement with this role and this manager already; edit that one instead."),
        Problem.NO_TEMPLATE: _("I don't know that kind of work; pick one from the list."),
    }[found]


def errors(found: Mapping[str, Problem]) -> dict[str, str]:
    """Every problem of a form, in words."""
    return {field: problem(one) for field, one in found.items()}


def hours(clock: Clock) -> str:
    """Working days and hours, with the city of their zone."""
    said = _("{hours} {place}") if clock.zone else _("{hours}, their own time")
    return said.format(hours=hours_text(map(int, clock.days), clock.starts, clock.ends), place=city(clock.zone))


# -- the forms ----------------------------------------------------------------------------------------


def who_form(typed: str = "") -> Form:
    """Whom to add: somebody who is here, or an address to wait for."""
    return form(
        _("Add a contractor"),
        "engagements.who",
        _("Next"),
        PersonField(id="person", label=_("Somebody who is here"), optional=True,
                    hint=_("Guests are welcome: everything works for them by direct message.")),
        TextField(id="email", label=_("Or their e-mail address"), value=typed, optional=True, longest=200,
                  hint=_("I wait for them, and write to them when they have joined this workspace.")),
    )  # fmt: skip


def who_problem(field: str) -> str:
    """Why it is not clear whom to add."""
    return {
        "nobody": _("Pick somebody, or give an e-mail address."),
        "both": _("Somebody is picked as well; leave one of the two empty."),
        "email": _("That is not an e-mail address; it looks like ana@example.com."),
    }[field]


def add_form(contractor: PersonRow, value: str, starts_on: date) -> Form:
    """The terms of a new engagement. Somebody invited by e-mail has no name and no profile yet."""
    here = bool(contractor.user)
    new = EngagementRow(contractor_id=0, manager_id=0, role="", bottleneck="", starts_on=starts_on,
                        jurisdiction=contractor.country)  # fmt: skip
    for_whom = Text(_("For {who}."), who=Typed(contractor.name if here else contractor.email))
    named = None if here else TextField(id="name", label=_("Their name"), value=contractor.name, longest=80)
    return form(
        _("Add a contractor"), "engagements.added", _("Add"), for_whom, named,
        *_work_fields(new), PersonField(id="manager", label=_("Manager")), *_date_fields(new),
        *_clock_fields(contractor, clock_of(contractor)), _channel_field(new),
        ChoiceField(id="template", label=_("Kind of work"), many=True, optional=True,
                    choices=tuple(Choice(one, template_name(one)) for one in TEMPLATES),
                    hint=_("I propose the goals (KPIs) that go with it; you can change them.")),
        value=value,
    )  # fmt: skip


def edit_form(engagement: EngagementRow, contractor: PersonRow, manager: PersonRow, may_name_manager: bool) -> Form:
    """The terms as they are, to be changed. Only admins name managers."""
    names_manager = PersonField(id="manager", label=_("Manager"), value=manager.user) if may_name_manager else None
    return form(
        _("Edit the engagement"), "engagements.edited", _("Keep"), Text(_("For {who}."), who=Typed(contractor.name)),
        *_work_fields(engagement), names_manager, *_date_fields(engagement),
        *_clock_fields(contractor, clock_of(contractor)), _channel_field(engagement),
        value=str(engagement.id),
    )  # fmt: skip


def _work_fields(engagement: EngagementRow) -> tuple[AnyField, ...]:
    return (
        TextField(id="role", label=_("Role"), value=engagement.role, longest=LONGEST_ROLE,
                  placeholder=_("Data engineer")),
        TextField(id="bottleneck", label=_("What they are here to solve"), value=engagement.bottleneck, lines=True,
                  longest=LONGEST_BOTTLENECK, hint=_("The bottleneck, in a sentence or two. The contractor sees it.")),
    )  # fmt: skip


def _date_fields(engagement: EngagementRow) -> tuple[AnyField, ...]:
    return (
        DateField(id="starts_on", label=_("First day"), value=engagement.starts_on),
        DateField(id="ends_on", label=_("Last day"), value=engagement.ends_on, optional=True,
                  hint=_("Leave it empty while it is open.")),
        ChoiceField(id="jurisdiction", label=_("Country they work from"), choices=country_choices(), many=True,
                    value=engagement.jurisdiction, optional=True, hint=_("For public holidays and the law that applies.")),
    )  # fmt: skip


def _clock_fields(contractor: PersonRow, clock: Clock) -> tuple[AnyField | Text, ...]:
    """Working days and hours; who has set their own keeps them."""
    if contractor.hours_confirmed:
        return (Text(_("They have set their own hours, and those stay: {hours}."), hours=hours(clock)),)
    hint = (
        _("As in their profile; they can change it.")
        if contractor.zone_told
        else _("Empty: as in their profile, and their manager's until it says.")
    )
    return (
        ChoiceField(id="zone", label=_("Time zone"), choices=zone_choices(clock.zone), value=clock.zone, many=True,
                    optional=not contractor.zone_told, hint=hint),
        SeveralField(id="days", label=_("Working days"), choices=weekdays(), values=tuple(clock.days)),
        TimeField(id="opens", label=_("From"), value=clock.starts),
        TimeField(id="closes", label=_("Until"), value=clock.ends),
    )  # fmt: skip


def _channel_field(engagement: EngagementRow) -> ChannelField:
    return ChannelField(id="channel", label=_("Channel"), value=engagement.channel, optional=True,
                        hint=_("Where they work together. Invite me there: their introduction goes to it."))  # fmt: skip


def helpers_form(engagement: EngagementRow, users: Mapping[str, str]) -> Form:
    """Who else answers for something; `users` are platform ids by field."""
    asked = (
        ("buddy", _("Shadow buddy"), _("Shows them around in the first weeks.")),
        ("owner", _("Project owner"), _("Says what comes first.")),
        ("lead", _("Lead"), _("Answers questions about the work itself.")),
        ("operations", _("Operations contact"), _("Access, tools, invoices.")),
    )
    return form(
        _("Who helps"), "engagements.helped", _("Keep"),
        *(PersonField(id=name, label=label, hint=hint, value=users.get(name, ""), optional=True)
          for name, label, hint in asked),
        value=str(engagement.id),
    )  # fmt: skip


_ANA = PersonRow(id=1, user="U0ANA", name="Ana *Sousa*", email="ana@example.com", zone="Europe/Lisbon", zone_told=True,
                 country="PT")  # fmt: skip
_LEE = PersonRow(id=3, name="Lee <!here>", email="lee@example.com", zone="UTC", hours_confirmed=True)


def _one() -> EngagementRow:
    return EngagementRow(
        id=1,
        contractor_id=1,
        manager_id=2,
        role="Data _engineer_",
        bottleneck="Reports take a week",
        starts_on=date(2026, 11, 23),
        jurisdiction="PT",
    )


EXAMPLES: dict[str, Callable[[], Card | Form]] = {
    "who_form": lambda: who_form("ana@"),
    "add_form": lambda: add_form(_ANA, "1", date(2026, 11, 23)),
    "edit_form": lambda: edit_form(_one(), _LEE, _ANA, may_name_manager=True),
    "helpers_form": lambda: helpers_form(_one(), {"buddy": "U0LEE"}),
}
