"""What the bot says around being away, being left alone, and when somebody works."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime

from babel.dates import format_interval

from bot.card import (
    Button,
    Card,
    Choice,
    ChoiceField,
    DateField,
    Form,
    Heading,
    Line,
    Part,
    Select,
    SeveralField,
    Small,
    Style,
    Text,
    TextField,
    TimeField,
    buttons,
    card,
    city,
    facts,
    form,
)
from bot.card import When as At
from bot.care.admin import Overview
from bot.care.away import LISTED, Period, Wrong, regions
from bot.care.people import PersonRow, away_on
from bot.language import _, calendar
from bot.words import people
from bot.words.people import country_choices, country_name, weekdays, zone_choices

ONE_DAY, ONE_WEEK = "1", "7"  # days of a mute, as its buttons carry them

# -- away ---------------------------------------------------------------------------------------------------


def away_form(today: date, origin: str = "") -> Form:
    """From when until when; never why. `origin` is the card it was opened from, where that is to be drawn anew."""
    return form(
        _("I'm away"),
        "away.set",
        _("Keep"),
        Text(_("I ask you nothing and count nothing while you are away. Nobody is told why; I don't ask.")),
        DateField(id="first", label=_("First day away"), value=today),
        DateField(id="last", label=_("Last day away")),
        value=origin,
    )


def wrong(found: Wrong, country: str = "") -> str:
    """What to do about a field that is not right."""
    match found:
        case Wrong.MISSING:
            return _("Please fill this in.")
        case Wrong.BACKWARDS:
            return _("This is before the first day. Give the last day you are away.")
        case Wrong.PAST:
            return _("This day is over. Give one that is still to come.")
        case Wrong.TOO_EARLY:
            return _("I can look back 31 days; give a later first day.")
        case Wrong.TOO_LONG:
            return _("I can keep one year at most; give an earlier day. You can tell me again then.")
        case Wrong.NO_DAYS:
            return _("Choose at least one day.")
        case Wrong.NO_HOURS:
            return _("Start and end are the same; give the hours you usually work.")
        case Wrong.REGION:
            known = ", ".join(regions(country)[:12])
            if not known:
                return _("I know no regions of this country; leave this empty.")
            return _("I don't know this region; leave it empty, or give one of {regions}.").replace("{regions}", known)


def kept(period: Period, today: date) -> Card:
    """An absence, said back."""
    return card(
        _("Kept: you are away."),
        Text(_("Kept: you are away {days}."), days=days(period)),
        Small(_("I ask you nothing until then and no clock of yours runs. If I had something to ask, you see it once, "
                "when you are back.")),
        buttons(Button(_("I'm back"), "away.back") if period[0] <= today else
                Button(_("I won't be away after all"), "away.cancel", f":{stamp(period)}"),
                Button(_("Settings"), "/settings")),
    )  # fmt: skip


def returned() -> Card:
    """Back, or to be asked again."""
    return card(
        _("Good to have you back."),
        Text(_("Good to have you back. From now on I ask you again; what is still open comes once.")),
        buttons(Button(_("Settings"), "/settings")),
    )


def back(open_: Sequence[tuple[int, str | Line]], subject: str) -> Card:
    """What was held back and is still open: the ledger's number and what it is about. One card, never a burst."""
    parts: list[Part] = []
    for number, about in open_:
        parts += [Text((about,) if isinstance(about, str) else about),
                  buttons(Button(_("Show it"), "away.show", f"{number}@{subject}"))]  # fmt: skip
    return card(
        _("Good to have you back."),
        Heading(_("Good to have you back")),
        Text(
            _("This came up meanwhile and is still open. There is no rush.")
            if open_
            else _("That was all that came up meanwhile.")
        ),
        *parts,
    )


def cancelled(period: Period) -> Card:
    """They are not away then."""
    return card(
        _("Kept: you are not away."),
        Text(_("Kept: you are not away {days}."), days=days(period)),
        buttons(Button(_("I'm away"), "away.form"), Button(_("Settings"), "/settings")),
    )


def stamp(period: Period) -> str:
    """A period as a button carries it."""
    return f"{period[0].isoformat()}/{period[1].isoformat()}"


def days(period: Period) -> str:
    """A span of days in the reader's language, such as "1–5 Dec 2026"."""
    return str(format_interval(period[0], period[1], "yMMMd", locale=calendar()))


# -- mute ---------------------------------------------------------------------------------------------------


def muted(until: datetime, zone: str) -> Card:
    """Until when nothing is asked: there is always such a day."""
    return card(
        _("Muted."),
        Text(_("I ask you nothing until {until}. What comes up meanwhile waits in your settings."),
             until=At(until, zone)),
        buttons(Button(_("Ask me again now"), "away.unmute"), Button(_("Another day"), "away.mute_form"),
                Button(_("Settings"), "/settings")),
    )  # fmt: skip


def mute_form(today: date, origin: str = "") -> Form:
    """Until when."""
    return form(
        _("Mute"),
        "away.muted",
        _("Keep"),
        Text(_("I ask you nothing until this day, and then go on where we were.")),
        DateField(id="day", label=_("Ask me again on"), value=None),
        value=origin,
    )


def mute_buttons(origin: str = "") -> list[Button]:
    """One tap to be left alone for a while."""
    return [
        Button(_("Mute for a day"), "away.mute", f"{ONE_DAY}:{origin}"),
        Button(_("Mute for a week"), "away.mute", f"{ONE_WEEK}:{origin}"),
        Button(_("Mute until…"), "away.mute_form", origin),
    ]


# -- when somebody works --------------------------------------------------------------------------------------


def hours_form(person: PersonRow, origin: str = "") -> Form:
    """When somebody works and where, with what is known filled in."""
    country, _dash, region = person.country.partition("-")
    return form(
        _("Your working hours"),
        "away.hours_set",
        _("Keep"),
        Text(_("Clocks that wait for you run in these hours only, and people see when they can reach you.")),
        ChoiceField(id="zone", label=_("Time zone"), choices=zone_choices(person.zone), value=person.zone, many=True),
        SeveralField(id="days", label=_("Working days"), choices=weekdays(), values=tuple(person.days)),
        TimeField(id="starts", label=_("From"), value=person.starts),
        TimeField(id="ends", label=_("Until"), value=person.ends, hint=_("Earlier than the start: on the next day.")),
        ChoiceField(id="country", label=_("Public holidays of"), choices=country_choices(), value=country, many=True,
                    optional=True, hint=_("Nothing is asked of you on these days.")),
        TextField(id="region", label=_("Region"), value=region, optional=True, longest=40,
                  hint=_("Where holidays differ within a country: BY for Bavaria, CA for California.")),
        value=origin,
    )  # fmt: skip


def ask_hours(person: PersonRow) -> Card:
    """When do you work? Asked once."""
    return card(
        _("When do you work?"),
        Heading(_("When do you work?")),
        Text(_("Somebody counts on you here, so it helps to know when you work. Until you say, I take {hours}."),
             hours=hours_text(person)),
        Small(_("It takes a minute, and I ask only this once.")),
        buttons(Button(_("Set my hours"), "away.hours", "", Style.MAIN), Button(_("That's right as it is"), "away.hours_right")),
    )  # fmt: skip


def hours_kept(person: PersonRow) -> Card:
    """When somebody works, said back."""
    return card(
        _("Kept."),
        Text(_("Kept: you work {hours}."), hours=hours_text(person)),
        Text(_("Public holidays: {country}."), country=country_name(person.country)) if person.country else None,
        Small(_("Everything I had planned for you moves with it.")),
        buttons(Button(_("Change"), "away.hours")),
    )


def hours_text(person: PersonRow) -> str:
    """Days, hours and place, such as "Mon–Fri, 09:00–17:00 Lisbon"."""
    hours = people.hours_text(map(int, person.days), person.starts, person.ends)
    return _("{hours} {place}").format(hours=hours, place=city(person.zone))


# -- in settings and on the Home ---------------------------------------------------------------------------------


def own(seen: Overview, now: datetime, today: date, origin: str = "") -> list[Part]:
    """Hours, absences, mute and what is held back, on the settings card."""
    person, muted_until = seen.person, _muted_until(seen.person, now)
    country = country_name(person.country) if person.country else _("not chosen yet")
    coming = ", ".join(days(period) for period in seen.absences[:LISTED])
    return [
        facts((_("Working hours"), hours_text(person)), (_("Public holidays"), country),
              (_("Away"), coming or _("no")),
              (_("Muted"), At(muted_until, person.zone) if muted_until else _("no"))),
        *([] if person.hours_confirmed else [Small(_("These hours come from your profile; set them once so that they "
                                                     "are right."))]),
        *_held(seen.held),
        buttons(Button(_("Set my hours"), "away.hours", origin),
                *([Button(_("I'm back"), "away.back", origin)] if away_on(person, today) else []),
                Button(_("I'm away"), "away.form", origin),
                *([Button(_("Ask me again now"), "away.unmute", origin)] if muted_until else mute_buttons(origin))),
        *_cancel([period for period in seen.absences if period[0] > today], origin),
    ]  # fmt: skip


def home(seen: Overview, now: datetime, today: date, asked: bool) -> list[Part]:
    """The same on the Home, as far as there is something to say; `asked`: somebody counts on their hours."""
    person, muted_until = seen.person, _muted_until(seen.person, now)
    unset = asked and not person.hours_confirmed
    return [
        Heading(_("Your time")),
        *([Text(_("You are away {days}."), days=days(seen.absences[0]))] if seen.absences else []),
        *([Text(_("I ask you nothing until {until}."), until=At(muted_until, person.zone))] if muted_until else []),
        *_held(seen.held),
        *([Text(_("I take it that you work {hours}."), hours=hours_text(person))] if unset else []),
        buttons(
            *([Button(_("Set my hours"), "away.hours", "", Style.MAIN)] if unset else []),
            *([Button(_("I'm back"), "away.back")] if away_on(person, today) else []),
            Button(_("I'm away"), "away.form"),
            *([Button(_("Ask me again now"), "away.unmute")] if muted_until else mute_buttons()),
        ),
    ]


def _muted_until(person: PersonRow, now: datetime) -> datetime | None:
    return person.muted_until if person.muted_until and person.muted_until > now else None


def _cancel(coming: Sequence[Period], origin: str) -> list[Part]:
    choices = tuple(Choice(stamp(period), days(period)) for period in coming[:LISTED])
    return [Select(_("I won't be away after all"), "away.cancel", choices, origin)] if choices else []


def _held(kinds: Sequence[str]) -> list[Part]:
    """What waits for somebody's return, by feature."""
    names = {
        "pulse": _("your weekly pulse"), "blockers": _("a blocker"), "hours": _("golden hours"), "kpis": _("KPIs"),
        "onboarding": _("a step of getting started"), "engagements": _("an engagement"),
        "health": _("a note from care"), "away": _("your working hours"),
    }  # fmt: skip
    said = dict.fromkeys(names.get(kind.partition(".")[0], _("a question")) for kind in kinds)
    return [Text(_("Waiting for your return: {things}."), things=", ".join(said))] if said else []


_ANA = PersonRow(id=1, name="Ana Sousa", zone="Europe/Lisbon", country="PT", away_from=date(2026, 12, 1),
                 away_until=date(2026, 12, 5))  # fmt: skip
_DAYS = (date(2026, 12, 1), date(2026, 12, 5))
_AT = datetime(2026, 11, 23, 16, tzinfo=UTC)

EXAMPLES: Mapping[str, Callable[[], Card | Form]] = {
    "away_form": lambda: away_form(date(2026, 11, 23)),
    "kept": lambda: kept(_DAYS, date(2026, 11, 23)),
    "returned": returned,
    "back": lambda: back([(1, _("Your weekly pulse")), (2, _("A blocker"))], "1:x"),
    "cancelled": lambda: cancelled(_DAYS),
    "muted": lambda: muted(_AT, "Europe/Lisbon"),
    "mute_form": lambda: mute_form(date(2026, 11, 23)),
    "hours_form": lambda: hours_form(_ANA),
    "ask_hours": lambda: ask_hours(_ANA),
    "hours_kept": lambda: hours_kept(_ANA),
}
