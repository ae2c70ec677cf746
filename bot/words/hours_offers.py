"""What the bot says when golden hours are offered, accepted, declined or stopped."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from babel.dates import get_day_names

from bot.card import (
    Button,
    Card,
    Choice,
    ChoiceField,
    Form,
    Heading,
    Part,
    SeveralField,
    Text,
    TimeField,
    Typed,
    buttons,
    card,
    city,
    form,
    line,
)
from bot.care.hours import LENGTHS, Between, GoldenHours, OfferRow, Status, golden_of, on_wall
from bot.care.occurrences import local_date
from bot.care.people import PersonRow
from bot.language import _, locale
from bot.words.hours_said import (
    GOLDEN,
    NOW,
    a_between,
    about,
    an_offer,
    answers,
    length,
    own_guess,
    promise,
    sides,
    turned,
)
from bot.words.people import hours_text


def window_form(between: Between, golden: GoldenHours | None, on: date) -> Form:
    """Another window, typed on the reader's own clock; `golden` is what it starts from."""
    zone, now_at = between.me.zone, None if golden is None else on_wall(golden, between.me.zone, on)
    names = get_day_names("wide", locale=locale())
    chosen = now_at.weekdays if now_at else frozenset(int(day) for day in between.me.days)
    minutes = str(golden.minutes if golden and golden.minutes in LENGTHS else LENGTHS[0])
    return form(
        _("A golden window"),
        "hours.offered",
        _("Suggest it"),
        Text(_("{who} works {hours} on your clock, {place}."), who=Typed(between.other.name), place=city(zone),
             hours=_working(between.other, zone, on)),
        SeveralField(id="days", label=_("On which days"), choices=tuple(Choice(str(day), names[day - 1])
                     for day in range(1, 8)), values=tuple(str(day) for day in sorted(chosen))),
        TimeField(id="start", label=_("From"), hint=_("On your clock, {place}.").format(place=city(zone)),
                  value=now_at.start if now_at else None),
        ChoiceField(id="minutes", label=_("For how long"), value=minutes,
                    choices=tuple(Choice(str(each), length(timedelta(minutes=each))) for each in LENGTHS)),
        value=about(between),
    )  # fmt: skip


def _working(person: PersonRow, zone: str, on: date) -> str:
    """Somebody's working hours on another clock: a window like any other, only longer."""
    start, end = datetime.combine(on, person.starts), datetime.combine(on, person.ends)
    minutes = (end - start) // timedelta(minutes=1) % 1440 or 1440
    seen = on_wall(GoldenHours(frozenset(map(int, person.days)), person.starts, minutes, person.zone), zone, on)
    return hours_text(*seen)


def offer(between: Between, made: OfferRow, now: datetime) -> Card:
    """A window the other side suggests, for whoever is to accept, counter or decline it."""
    parts: list[Part] = [Heading(_("Golden hours")), _offered(between, made)]
    parts.append(sides(between, golden_of(made), local_date(now, made.zone)))
    if made.status == Status.WAITING:
        parts += [promise(between), *answers(between, made), *own_guess(between.me)]
    else:
        parts += [Text(_became(made.status)), buttons(Button(_("Golden hours"), "hours.show", about(between)))]
    return card(line(_("{who} suggests golden hours"), who=Typed(between.other.name)), *parts)


def _offered(between: Between, made: OfferRow) -> Text:
    return Text(_("{who} suggests a window for {role}:"), who=Typed(between.other.name),
                role=Typed(between.engagement.role))  # fmt: skip


def _became(status: str) -> str:
    return {
        Status.AGREED: _("Agreed. I remind you both 10 minutes before each window opens."),
        Status.DECLINED: _("You declined, which costs nothing."),
        Status.REPLACED: _("A later suggestion took its place."),
        Status.STOPPED: _("These golden hours were stopped."),
    }[Status(status)]


def decided(between: Between, made: OfferRow, now: datetime) -> Card:
    """What became of the reader's suggestion."""
    agreed = made.status != Status.DECLINED
    said = (
        _("{who} accepts your golden hours. I remind you both 10 minutes before each window opens.")
        if agreed
        else _("{who} would rather not have this window. That costs nothing; you can suggest another.")
    )
    if not agreed and not between.contracting:
        said = _("{who} would rather not have this window. That costs nothing; the next one is theirs to propose.")
    more = Button(_("Golden hours"), "hours.show", about(between))
    return card(
        line(_("{who} answered your golden hours"), who=Typed(between.other.name)),
        Heading(_("Golden hours")),
        Text(said, who=Typed(between.other.name)),
        sides(between, golden_of(made), local_date(now, made.zone)),
        buttons(more),
    )


def suggestion_sent(between: Between, made: OfferRow, now: datetime) -> Card:
    """What the reader suggested is on its way."""
    return card(
        _("Your suggestion is on its way."),
        Heading(_("Golden hours")),
        Text(_("{who} now sees your suggestion, and can accept, suggest another or decline."), who=Typed(between.other.name)),
        sides(between, golden_of(made), local_date(now, made.zone)),
        buttons(Button(_("Change my suggestion"), "hours.another", about(between))),
    )  # fmt: skip


def stopped(between: Between, made: OfferRow) -> Card:
    """The golden hours have ended: stopped by one side, or because the manager changed."""
    if made.stopped_by == between.me.id:
        said = _("Your golden hours with {who} are stopped. {who} is told, without a reason.")
    elif made.stopped_by is not None:
        said = _("{who} stopped the golden hours. There are no more reminders; new ones can be agreed at any time.")
    else:
        said = _("Your golden hours have ended, since {who} is your manager now. You can propose them anew.")
    return card(
        _("Golden hours have ended."),
        Heading(_("Golden hours")),
        Text(said, who=Typed(between.other.name)),
        buttons(Button(_("Golden hours"), "hours.show", about(between))),
    )


EXAMPLES: dict[str, Callable[[], Card | Form]] = {
    "window_form": lambda: window_form(turned(), GOLDEN, date(2027, 3, 8)),
    "offer": lambda: offer(turned(), an_offer(), NOW),
    "decided": lambda: decided(a_between(), an_offer(Status.AGREED), NOW),
    "suggestion_sent": lambda: suggestion_sent(a_between(), an_offer(), NOW),
    "stopped": lambda: stopped(a_between(), an_offer(Status.STOPPED)),
}
