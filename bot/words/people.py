"""What the bot says about who to ask for what; places and days as people know them."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, time
from functools import lru_cache

from babel import Locale
from babel.core import UnknownLocaleError
from babel.dates import format_time, get_day_names
from babel.lists import format_list

from bot.card import (
    Button,
    Card,
    Choice,
    Form,
    Heading,
    Mention,
    Part,
    PersonField,
    Select,
    Small,
    Style,
    Text,
    TextField,
    ToggleField,
    Typed,
    When,
    buttons,
    card,
    city,
    form,
)
from bot.care import whoswho
from bot.care.people import PersonRow, TopicRow
from bot.care.terms import countries, zones
from bot.care.whoswho import PAGE, Contact, InEngagement
from bot.language import _, locale, ngettext

TOPIC, NOTE = 70, 500  # characters; a topic is a button, too
MANY = 100  # choices of a menu

# -- who to ask -------------------------------------------------------------------------------------------


def who(
    contacts: Sequence[Contact], now: datetime, zone: str, *, start: int = 0, words: str = "",
    topics: Sequence[TopicRow] = (), edits: bool = False,
) -> Card:  # fmt: skip
    """Ten of those to ask, from `start`; `zone` is the reader's. `topics` to look up, `edits` for who may write them."""
    shown = contacts[start : start + PAGE]
    parts: list[Part] = []
    for contact in shown:
        parts += _contact(contact, now, zone)
    left = len(contacts) - start - len(shown)
    more = [Button(ngettext("Show {n} more", "Show {n} more", left), "people.more", f"{start + PAGE}:{words}")]
    back = [Button(_("Back"), "people.more", f"{max(0, start - PAGE)}:{words}")]
    return card(
        _("Who to ask for what"),
        Heading(_("Who to ask for what")),
        Text(_("For “{words}”:"), words=Typed(words)) if words else None,
        *(parts or [Text(_("Nobody is named yet. Ask a workspace admin to write down whom to ask for what."))]),
        buttons(*(back if start else []), *(more if left > 0 else [])) if start or left > 0 else None,
        _look_up(topics),
        buttons(*([Button(_("Show everybody"), "/whoswho")] if words else []), *_edit_buttons(edits))
        if words or edits else None,
        _edit(topics) if edits else None,
    )  # fmt: skip


def nobody(words: str, near: Sequence[str], edits: bool = False, reports: bool = True) -> Card:
    """Nothing fits what was typed: what to do next. `reports`: whether the reader can report a blocker."""
    return card(
        _("Nobody is named for that yet."),
        Text(_("Nobody is named for “{words}” yet."), words=Typed(words)),
        buttons(*(Button(Typed(topic), "/whoswho", topic) for topic in near), about=_("Did you mean:"))
        if near else None,
        Text(_("Look through everybody, or tell me what you need: a blocker finds the person who can help."))
        if reports else Text(_("Look through everybody, or try another word.")),
        buttons(
            Button(_("Show everybody"), "/whoswho", "", Style.MAIN),
            *([Button(_("Report it as a blocker"), "/blocker", words[:2000])] if reports else []),
            *_edit_buttons(edits),
        ),
    )  # fmt: skip


def label(contact: Contact) -> str:
    """What somebody is to the reader, in words; "" for a topic, which is somebody's own words."""
    return str(format_list([_part(one) for one in dict.fromkeys(contact.parts)], locale=locale()))


def _part(part: InEngagement) -> str:
    yours = {
        whoswho.Part.MANAGER: _("your manager"),
        whoswho.Part.BUDDY: _("your buddy"),
        whoswho.Part.OWNER: _("your project owner"),
        whoswho.Part.LEAD: _("your lead"),
        whoswho.Part.OPERATIONS: _("your operations contact"),
    }
    others = {
        whoswho.Part.MANAGER: _("manager"),
        whoswho.Part.BUDDY: _("buddy"),
        whoswho.Part.OWNER: _("project owner"),
        whoswho.Part.LEAD: _("lead"),
        whoswho.Part.OPERATIONS: _("operations contact"),
        whoswho.Part.CONTRACTOR: _("contractor"),
    }
    return others[part.part] if part.contractor or part.part not in yours else yours[part.part]


def _contact(contact: Contact, now: datetime, zone: str) -> list[Part]:
    person = contact.person
    name = Mention(person.user, person.name)
    if contact.topic is not None:
        first = Text(_("{topic}: {who}"), topic=Typed(contact.topic.topic), who=name)
        note = Text((Typed(contact.topic.note),)) if contact.topic.note else None
        return [first, *([note] if note else []), _presence(person, now, zone)]
    roles = ", ".join(dict.fromkeys(part.role for part in contact.parts))
    names = ", ".join(dict.fromkeys(part.contractor for part in contact.parts if part.contractor))
    if names and names != person.name:
        first = Text(_("{who}: {what} of {contractor} ({role})"), who=name, what=label(contact),
                     contractor=Typed(names), role=Typed(roles))  # fmt: skip
    else:
        first = Text(_("{who}: {what} ({role})"), who=name, what=label(contact), role=Typed(roles))
    return [first, _presence(person, now, zone)]


def _presence(person: PersonRow, now: datetime, zone: str) -> Text:
    """Their time and whether they work now, by what they said, else by what is usual."""
    found = whoswho.presence(person, now)
    theirs = When(now, person.zone, style="time")
    if found.until is not None:
        sentence = (_("{theirs} for them, in their working hours until {until}.") if person.hours_confirmed
                    else _("{theirs} for them, in usual working hours until {until}."))  # fmt: skip
        return Small(sentence, theirs=theirs, until=When(found.until, zone, style="time"))
    sentence = (_("{theirs} for them, back in their working hours on {next}.") if person.hours_confirmed
                else _("{theirs} for them, back in usual working hours on {next}."))  # fmt: skip
    return Small(sentence, theirs=theirs, next=When(found.next_at or now, zone))


def _look_up(topics: Sequence[TopicRow]) -> Select | None:
    named = {whoswho.folded(row.topic): row for row in topics}
    choices = tuple(Choice(str(row.id), Typed(row.topic)) for _key, row in sorted(named.items()))
    return Select(_("Look up a topic"), "people.look", choices[:MANY]) if len(choices) > 1 else None


def _edit_buttons(edits: bool) -> list[Button]:
    return [Button(_("Add a topic"), "people.add")] if edits else []


def _edit(topics: Sequence[TopicRow]) -> Select | None:
    choices = tuple(Choice(str(row.id), Typed(row.topic)) for row in topics)
    return Select(_("Change or remove a topic"), "people.edit", choices[:MANY]) if choices else None


def topic_form(topic: TopicRow | None = None, user: str = "") -> Form:
    """Whom to ask for what: a new line, or one that is there, with its person's platform id."""
    return form(
        _("Who to ask"),
        "people.edited" if topic else "people.added",
        _("Keep"),
        TextField(id="topic", label=_("For what?"), value=topic.topic if topic else "", longest=TOPIC,
                  placeholder=_("VPN access, invoices, design questions…")),
        PersonField(id="person", label=_("Whom to ask"), value=user),
        TextField(id="note", label=_("What helps them help"), value=topic.note if topic else "", lines=True,
                  longest=NOTE, optional=True, hint=_("A link to have ready, what to mention, another way to ask.")),
        ToggleField(id="remove", label=_("No longer so?"), text=_("Remove this line"), optional=True) if topic else None,
        value=str(topic.id) if topic else "",
    )  # fmt: skip


def topic_kept(topic: str, removed: bool = False) -> Card:
    """What was written down, said back."""
    said = _("“{topic}” is no longer in who's who.") if removed else _("“{topic}” is in who's who now.")
    return card(_("Kept."), Text(said, topic=Typed(topic)), buttons(Button(_("Who's who"), "/whoswho")))


def home() -> list[Part]:
    """Who's who on the Home."""
    return [Heading(_("Who's who")), buttons(Button(_("Who to ask for what"), "/whoswho"))]


# -- places and days ----------------------------------------------------------------------------------------


def zone_choices(now: str = "") -> tuple[Choice, ...]:
    """Every time zone, in groups by part of the world, for a searchable list; `now` too, where it has an older name."""
    areas = {
        "Africa": _("Africa"), "America": _("America"), "Antarctica": _("Antarctica"), "Arctic": _("Arctic"),
        "Asia": _("Asia"), "Atlantic": _("Atlantic"), "Australia": _("Australia"), "Europe": _("Europe"),
        "Indian": _("Indian Ocean"), "Pacific": _("Pacific"),
    }  # fmt: skip
    found = [Choice(zone, _zone(zone), areas[zone.partition("/")[0]]) for zone in zones() if "/" in zone]
    found.sort(key=lambda choice: (choice.value.partition("/")[0], choice.label))
    known = {choice.value for choice in found}
    others = [Choice(zone, zone.replace("_", " "), _("Other")) for zone in dict.fromkeys(("UTC", now))
              if zone and zone not in known]  # fmt: skip
    return (*found, *others)


def _zone(zone: str) -> str:
    """The city; with what lies around it where there is something."""
    around = zone.split("/")[1:-1]
    return f"{city(zone)} ({', '.join(around).replace('_', ' ')})" if around else city(zone)


def country_choices() -> tuple[Choice, ...]:
    """Every country by its ISO 3166 code, named in the reader's language."""
    names = _countries(locale())
    return tuple(Choice(code, name) for code, name in sorted(names.items(), key=lambda pair: whoswho.folded(pair[1])))


def country_name(code: str) -> str:
    """A country in the reader's language ("DE"), with its part where there is one ("DE-BY")."""
    country, dash, region = code.partition("-")
    name = _countries(locale()).get(country, country)
    return f"{name} ({region})" if dash else name


@lru_cache(maxsize=64)
def _countries(language: str) -> dict[str, str]:
    named = _locale(language).territories
    return {code: str(named.get(code, code)) for code in countries()}


def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def weekdays() -> tuple[Choice, ...]:
    """The days of the week in the reader's language, Monday first."""
    names = get_day_names(locale=locale())
    return tuple(Choice(str(day + 1), names[day]) for day in range(7))


def days_text(days: Iterable[int]) -> str:
    """ISO weekdays as people write them: "Mon–Fri", or each by name; Sunday may come first."""
    names, chosen = get_day_names("abbreviated", locale=locale()), set(days)
    first = next((day for day in sorted(chosen) if (day - 2) % 7 + 1 not in chosen), 1)
    run = [(first - 1 + step) % 7 + 1 for step in range(len(chosen))]
    if len(run) > 2 and set(run) == chosen:
        return _("{first}–{last}").format(first=names[run[0] - 1], last=names[run[-1] - 1])
    return str(format_list([names[day - 1] for day in sorted(chosen)], style="unit-short", locale=locale()))


def clock_text(at: time) -> str:
    """A time of day."""
    return str(format_time(at, "HH:mm", locale=locale()))


def hours_text(days: Iterable[int], starts: time, ends: time) -> str:
    """Hours of a week, wherever they are told: "Mon–Fri, 09:00–17:00"."""
    said = _("{days}, {start}–{end}")
    return said.format(days=days_text(days), start=clock_text(starts), end=clock_text(ends))


_MO = PersonRow(id=2, user="U0MO", name="Mo Haddad", zone="America/Chicago", hours_confirmed=True)
_LEE = PersonRow(id=3, user="U0LEE", name="Lee *Park*", zone="Asia/Kathmandu")
_VPN = TopicRow(id=1, topic="VPN & access", person_id=3, note="Say which <laptop> it is")
_AT = datetime(2026, 11, 23, 16, tzinfo=UTC)


def _contacts(count: int) -> list[Contact]:
    roles = (InEngagement(whoswho.Part.MANAGER, "Data engineer"), InEngagement(whoswho.Part.OWNER, "Data engineer"))
    theirs = InEngagement(whoswho.Part.BUDDY, "Designer", "Ana Sousa")
    lines = [Contact(_MO, roles), Contact(_LEE, (theirs,)), *[Contact(_LEE, topic=_VPN)] * count]
    return lines[:count]


EXAMPLES: dict[str, Callable[[], Card | Form]] = {
    "who": lambda: who(_contacts(14), _AT, "Europe/Lisbon", topics=[_VPN, TopicRow(id=2, topic="Invoices", person_id=2)],
                       edits=True),
    "nobody": lambda: nobody("acess", ["Access"]),
    "topic_form": lambda: topic_form(_VPN, "U0LEE"),
    "topic_kept": lambda: topic_kept("VPN access"),
}  # fmt: skip
