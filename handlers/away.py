"""Being away, being left alone for a while, and saying when one works: everybody for themself."""

from collections.abc import Sequence
from datetime import date, time, timedelta

import storage
from bot import care, words
from bot.card import Card, Form, Part
from bot.chat import Again, Fresh, Router, Turn, Whisper
from bot.errors import NotFound
from storage.people import Person

router = Router("away")
Shown = Fresh | Whisper | None  # on whichever card it was tapped

SETTINGS = "settings"  # the origin of what was opened from the settings card: it is drawn anew


@router.action("form")
def form(turn: Turn) -> Form:
    """Ask from when until when."""
    return words.away.away_form(_today(turn), turn.value)


@router.form("set")
def set_(turn: Turn) -> Shown | Again:
    """Keep the days; no reason is asked."""
    first, last, today = _day(turn, "first"), _day(turn, "last"), _today(turn)
    wrong = care.away.wrong_period(first, last, today)
    if wrong or first is None or last is None:
        return Again(words.away.away_form(today, turn.value).filled(turn.fields),
                     {name: words.away.wrong(found) for name, found in wrong.items()})  # fmt: skip
    storage.away.add(turn.db, _me(turn), first, last, turn.now)
    return _then(turn, turn.value, words.away.kept((first, last), today))


@router.action("back")
def back(turn: Turn) -> Shown:
    """Here again: what was held back is shown once."""
    storage.away.returned(turn.db, _me(turn), turn.now)
    return _then(turn, turn.value, words.away.returned())


@router.action("cancel")
def cancel(turn: Turn) -> Shown:
    """Not away after all."""
    origin, _colon, period = turn.value.partition(":")
    first, _slash, last = period.partition("/")
    days = (date.fromisoformat(first), date.fromisoformat(last))
    storage.away.cancel(turn.db, _me(turn), days, turn.now)
    return _then(turn, origin, words.away.cancelled(days))


@router.action("show")
def show(turn: Turn) -> Fresh:
    """One thing of those that were held back comes as its own message; the others stay on the card."""
    number, _at, subject = turn.value.partition("@")
    storage.away.show(turn.db, turn.actor.id, int(number), turn.now)
    if subject.partition(":")[0] != str(turn.actor.id):
        raise NotFound
    return Fresh("away.back", subject)


@router.action("mute")
def mute(turn: Turn) -> Shown:
    """One tap: a day or a week of nothing."""
    span, _colon, origin = turn.value.partition(":")
    until = turn.now + timedelta(days=int(span or words.away.ONE_WEEK))
    storage.away.mute(turn.db, _me(turn), until)
    return _then(turn, origin, words.away.muted(until, turn.actor.zone))


@router.action("mute_form")
def mute_form(turn: Turn) -> Form:
    """Ask until which day."""
    return words.away.mute_form(_today(turn), turn.value)


@router.form("muted")
def muted(turn: Turn) -> Shown | Again:
    """Nothing is asked until the morning of that day."""
    day = _day(turn, "day")
    wrong = care.away.wrong_resume(day, _today(turn))
    if wrong or day is None:
        form = words.away.mute_form(_today(turn), turn.value).filled(turn.fields)
        return Again(form, {"day": words.away.wrong(wrong or care.away.Wrong.MISSING)})
    me = _me(turn)
    until = care.occurrences.instant(day, me.starts, me.zone)
    storage.away.mute(turn.db, me, until)
    return _then(turn, turn.value, words.away.muted(until, me.zone))


@router.action("unmute")
def unmute(turn: Turn) -> Shown:
    """To be asked again from now on."""
    storage.away.unmute(turn.db, _me(turn), turn.now)
    return _then(turn, turn.value, words.away.returned())


@router.action("hours")
def hours(turn: Turn) -> Form:
    """Ask when and where they work, with what is known filled in."""
    return words.away.hours_form(_me(turn), turn.value)


@router.form("hours_set")
def hours_set(turn: Turn) -> Shown | Again:
    """Keep it; everything that was planned for them moves with it."""
    me, days = _me(turn), _days(turn)
    zone = care.working.parse_zone(turn.text("zone"))
    starts, ends = _time(turn, "starts"), _time(turn, "ends")
    country, region = turn.text("country"), turn.text("region").upper()
    wrong = care.away.wrong_hours(zone, days, starts, ends, country, region)
    if wrong or zone is None or starts is None or ends is None:
        form = words.away.hours_form(me, turn.value).filled(turn.fields)
        return Again(form, {name: words.away.wrong(found, country) for name, found in wrong.items()})
    holidays = f"{country}-{region}" if region else country
    storage.away.set_hours(turn.db, me, zone=zone, days="".join(sorted(days)), starts=starts, ends=ends,
                           country=holidays, now=turn.now)  # fmt: skip
    return _then(turn, turn.value, words.away.hours_kept(me))


@router.action("hours_right")
def hours_right(turn: Turn) -> Card:
    """The hours of their profile are theirs."""
    me = _me(turn)
    storage.away.set_hours(turn.db, me, zone=me.zone, days=me.days, starts=me.starts, ends=me.ends,
                           country=me.country, now=turn.now)  # fmt: skip
    return words.away.hours_kept(me)


@router.section
def home(turn: Turn) -> Sequence[Part]:
    """Hours, absences and mute on the Home; what waits for their return."""
    seen = storage.admin.overview(turn.db, turn.actor.id, turn.now)
    asked = bool(storage.people.engagements_with(turn.db, turn.actor.id))
    return words.away.home(seen, turn.now, _today(turn), asked)


def _then(turn: Turn, origin: str, said: Card) -> Shown:
    """The settings card anew where it was opened from there, the Home where from there, else a receipt."""
    if turn.place.home:
        return None
    return Fresh("admin.settings", str(turn.actor.id)) if origin == SETTINGS else Whisper(said)


def _me(turn: Turn) -> Person:
    return storage.people.get(turn.db, turn.actor.id)


def _today(turn: Turn) -> date:
    return care.occurrences.local_date(turn.now, turn.actor.zone)


def _day(turn: Turn, name: str) -> date | None:
    try:
        return date.fromisoformat(turn.text(name))
    except ValueError:
        return None


def _time(turn: Turn, name: str) -> time | None:
    return care.working.parse_time(turn.text(name))


def _days(turn: Turn) -> list[str]:
    chosen = turn.fields.get("days") or []
    several = chosen.split(",") if isinstance(chosen, str) else chosen
    return [day for day in several if day in "1234567" and day]
