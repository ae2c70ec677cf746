"""What the bot says around golden hours: where they stand, when they open, when they move."""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from bot.card import (
    Bold,
    Button,
    Card,
    Confirm,
    Divider,
    Form,
    Heading,
    Part,
    Small,
    Style,
    Text,
    Typed,
    When,
    buttons,
    card,
    city,
    line,
)
from bot.care.engagements import Status as Engaged
from bot.care.hours import Between, OfferRow, Standing, Status, Suggestion, Window, golden_of, kept, median_wait
from bot.care.occurrences import local_date
from bot.care.working import WorkingHours
from bot.language import _, ngettext
from bot.words.hours_said import (
    HERE,
    NOW,
    WINDOW,
    a_between,
    a_question,
    about,
    an_offer,
    answered_button,
    answers,
    length,
    own_guess,
    promise,
    sides,
    span,
    turned,
    when,
)
from bot.words.people import clock_text

SHOWN = 5  # questions on one card


def overview(standing: Standing, window: Window | None, suggestions: Sequence[Suggestion], now: datetime) -> Card:
    """Everything about the golden hours of one engagement, for one of its two sides."""
    between = standing.between
    paused = between.engagement.status == Engaged.PAUSED
    return card(
        line(_("Golden hours with {who}"), who=Typed(between.other.name)),
        Heading(_("Golden hours")),
        Text(_("With {who} · {role}"), who=Typed(between.other.name), role=Typed(between.engagement.role)),
        Small(_("This engagement is paused, and its golden hours with it: no reminders, no commitments."))
        if paused else None,
        *_agreed(standing, window, now),
        *_waiting(standing, now),
        *_nothing_yet(standing, suggestions, now),
        *_questions(standing),
        _record(standing),
        buttons(*_overview_buttons(standing)),
    )  # fmt: skip


def _agreed(standing: Standing, window: Window | None, now: datetime) -> list[Part]:
    between = standing.between
    if standing.agreed is None or window is None:
        return []
    golden = golden_of(standing.agreed)
    opened, paused = window.opens_at <= now, between.engagement.status == Engaged.PAUSED
    said = _("Open now, until {at}.") if opened else _("The next one opens {at}.")
    return [
        sides(between, golden, date.fromisoformat(window.name)),
        *([] if paused else [Text(said, at=when(between, window.closes_at if opened else window.opens_at))]),
        promise(between),
        *([] if between.contractor.zone == golden.zone else [
            Small(_("These hours are kept on {place} time, where they were agreed. Change them to keep another clock."),
                  place=city(golden.zone))]),
    ]  # fmt: skip


def _waiting(standing: Standing, now: datetime) -> list[Part]:
    between, offer = standing.between, standing.waiting
    if offer is None:
        return []
    for_me = between.waits_for_me(offer)
    said = _("{who} suggests this window:") if for_me else _("You suggested this window; {who} has not answered yet:")
    shown: list[Part] = [
        Divider(),
        Text(said, who=Typed(between.other.name)),
        sides(between, golden_of(offer), local_date(now, offer.zone)),
    ]
    return [*shown, *answers(between, offer, HERE)] if for_me else shown


def _nothing_yet(standing: Standing, suggestions: Sequence[Suggestion], now: datetime) -> list[Part]:
    between = standing.between
    if standing.agreed is not None or standing.waiting is not None:
        return []
    if not between.contracting:
        return [Text(_("No golden hours are agreed yet. They are {who}'s to propose; you then accept, suggest another "
                       "window or decline."), who=Typed(between.other.name))]  # fmt: skip
    return [
        Text(_("A window of 2 to 3 hours in which {who} commits to answer you. You propose it; declining costs "
               "either of you nothing."), who=Typed(between.other.name)),
        *suggested(between, suggestions, now),
    ]  # fmt: skip


def suggested(between: Between, suggestions: Sequence[Suggestion], now: datetime) -> list[Part]:
    """Windows to propose, each on both clocks, honest about what it asks of whom."""
    parts: list[Part] = []
    for one in suggestions:
        code = f"{''.join(map(str, sorted(one.golden.weekdays)))}|{one.golden.start:%H:%M}|{one.golden.minutes}"
        parts += [
            sides(between, one.golden, local_date(now, one.golden.zone)),
            *_stretches(between, one),
            buttons(Button(_("Propose this"), "hours.propose", f"{about(between)}|{code}", Style.MAIN)),
        ]
    if not suggestions:
        parts.append(Text(_("Your working hours and {who}'s are too far apart for a window that is fair to both. You can "
                            "still propose one."), who=Typed(between.other.name)))  # fmt: skip
    return [*parts, *_assumed(between)]


def _stretches(between: Between, one: Suggestion) -> list[Text]:
    """How far it reaches out of either day: a window that lies outside altogether reaches farther than it is long."""
    who = Typed(between.other.name)
    told = (
        (one.mine.before, _("It begins {time} before your working hours.")),
        (one.mine.after, _("It ends {time} after your working hours.")),
        (one.theirs.before, _("It begins {time} before {who}'s working hours.")),
        (one.theirs.after, _("It ends {time} after {who}'s working hours.")),
    )
    return [Small(said, time=length(reach), who=who) for reach, said in told if reach]


def _assumed(between: Between) -> list[Part]:
    """Whose hours are a guess, and where the reader can say better."""
    other = between.other
    theirs = Small(
        _("{who} has not set working hours yet: this uses {start}–{end} {place}, from the profile."),
        who=Typed(other.name), start=clock_text(other.starts), end=clock_text(other.ends), place=city(other.zone),
    )  # fmt: skip
    return [*([] if other.hours_confirmed else [theirs]), *own_guess(between.me)]


def _questions(standing: Standing) -> list[Part]:
    between = standing.between
    if not standing.questions:
        return []
    parts: list[Part] = [Divider(), Text(Bold(_("Open questions")))]
    for one in standing.questions[:SHOWN]:
        parts += [
            Text(_("“{question}”"), question=Typed(one.text)),
            Small(_("To be answered by {at}."), at=when(between, one.due_at)),
            buttons(answered_button(between, one, HERE)),
        ]
    more = len(standing.questions) - SHOWN
    return [*parts, *([Small(ngettext("And {n} more.", "And {n} more.", more))] if more > 0 else [])]


def _record(standing: Standing) -> Text | None:
    wait, count = median_wait(standing.answered), len(standing.answered)
    if wait is None:
        return None
    said = ngettext(
        "The team's answer time, last 90 days: {time} of golden hours ({n} question). In its window: {kept}.",
        "The team's answer time, last 90 days: a median of {time} of golden hours ({n} questions). In their window: {kept}.",
        count,
    )
    return Text(said, time=Bold(length(wait)), kept=kept(standing.answered))


def _overview_buttons(standing: Standing) -> list[Button]:
    between = standing.between
    row = []
    if standing.agreed is not None and between.contracting and between.engagement.status != Engaged.PAUSED:
        row.append(Button(_("Ask in golden hours"), "hours.ask", about(between), Style.MAIN))
    if standing.agreed is not None:
        row.append(Button(_("Change golden hours"), "hours.another", about(between)))
        row.append(_stop_button(standing.agreed))
    elif between.contracting and standing.waiting is None:
        row.append(Button(_("Another window"), "hours.another", about(between)))
    elif standing.waiting is not None and not between.waits_for_me(standing.waiting):
        row.append(Button(_("Change my suggestion"), "hours.another", about(between)))
    return row


def _stop_button(offer: OfferRow) -> Button:
    asks = Confirm(_("Stop golden hours?"), _("The reminders end and the other side is told, without a reason. You can "
                   "agree on new ones at any time."), _("Stop"), _("Keep them"))  # fmt: skip
    return Button(_("Stop golden hours"), "hours.stop", str(offer.id), confirm=asks)


# -- reminders -------------------------------------------------------------------------------------------


def reminder(standing: Standing, window: Window) -> Card:
    """Shortly before a window opens, on the reader's own clock."""
    between = standing.between
    opens = When(window.opens_at, between.me.zone, (between.other.zone,), "time")
    said = (
        _("{who} answers you from {start} until {end}. Nothing is expected of you.")
        if between.contracting
        else _("You answer {who} from {start} until {end}.")
    )
    ask = buttons(Button(_("Ask in golden hours"), "hours.ask", about(between), Style.MAIN))
    none = _("No question is open; there may be one later.")
    return card(
        line(_("Golden hours with {who} from {start}"), who=Typed(between.other.name), start=opens),
        Heading(_("Golden hours are about to open")),
        Text(said, who=Typed(between.other.name), start=opens,
             end=When(window.closes_at, between.me.zone, (between.other.zone,), "time")),
        *_questions(standing),
        ask if between.contracting else (Small(none) if not standing.questions else None),
    )  # fmt: skip


def moved(between: Between, made: OfferRow, before: date, after: date, window: Window) -> Card:
    """Clocks change, and the window moves on one side's clock: keep it so, or suggest another."""
    golden, me, other = golden_of(made), between.me, between.other
    return card(
        _("A clock change moves your golden hours."),
        Heading(_("A clock change moves your golden hours")),
        Text(_("From {day} the golden hours with {who} are at:"), who=Typed(other.name),
             day=When(window.opens_at, me.zone, style="day")),
        sides(between, golden, after),
        Small(_("Until then: {mine} / {theirs}."), mine=span(golden, me.zone, before),
              theirs=span(golden, other.zone, before)),
        buttons(Button(_("Keep it so"), "hours.keep", str(made.id), Style.MAIN),
                Button(_("Suggest another"), "hours.another", about(between))),
        Small(_("If you do nothing, it stays as it says here.")),
    )  # fmt: skip


def keeping(between: Between) -> Card:
    """The reader is fine with where the clock change moves the window."""
    return card(
        _("Good, your golden hours stay as they are."),
        Text(_("Good, your golden hours with {who} stay as they are."), who=Typed(between.other.name)),
        buttons(Button(_("Golden hours"), "hours.show", about(between))),
    )


# -- the Home --------------------------------------------------------------------------------------------


def home(standings: Sequence[tuple[Standing, Window | None]], more: int, now: datetime) -> list[Part]:
    """Golden hours on the Home of either side; `more` engagements are not shown."""
    parts: list[Part] = [Heading(_("Golden hours"))]
    for standing, window in standings:
        parts += [*_home_lines(standing, window, now), buttons(*_home_buttons(standing))]
    if more:
        parts.append(buttons(Button(ngettext("{n} more", "{n} more", more), "/hours")))
    return parts


def _home_lines(standing: Standing, window: Window | None, now: datetime) -> list[Part]:
    between, count = standing.between, len(standing.questions)
    who = Typed(between.other.name)
    if between.engagement.status == Engaged.PAUSED:
        said = Text(_("With {who}: paused."), who=who)
    elif window is None:
        said = Text(_("None agreed with {who} yet."), who=who)
    elif window.opens_at <= now:
        said = Text(_("With {who}: open now, until {at}."), who=who, at=when(between, window.closes_at))
    else:
        said = Text(_("With {who}: next {at}."), who=who, at=when(between, window.opens_at))
    offered = standing.waiting is not None and between.waits_for_me(standing.waiting)
    return [
        said,
        *([Small(_("A suggestion waits for your answer."))] if offered else []),
        *([Small(ngettext("{n} open question.", "{n} open questions.", count))] if count else []),
    ]


def _home_buttons(standing: Standing) -> list[Button]:
    between = standing.between
    ask = Button(_("Ask in golden hours"), "hours.ask", about(between))
    offers = standing.agreed is not None and between.contracting and between.engagement.status != Engaged.PAUSED
    return [*([ask] if offers else []), Button(_("Golden hours"), "hours.show", about(between))]


def _standing() -> Standing:
    return Standing(a_between(), an_offer(Status.AGREED), None, (a_question(),), (a_question(NOW),))


def _suggestions() -> tuple[Suggestion, ...]:
    from bot.care.hours import suggest

    return suggest(WorkingHours("Europe/Lisbon"), WorkingHours("America/Chicago"), date(2027, 3, 8))


EXAMPLES: dict[str, Callable[[], Card | Form]] = {
    "overview": lambda: overview(_standing(), WINDOW, (), NOW),
    "suggested": lambda: overview(Standing(a_between()), None, _suggestions(), NOW),
    "reminder": lambda: reminder(_standing(), WINDOW),
    "moved": lambda: moved(turned(), an_offer(Status.AGREED), date(2027, 3, 12), date(2027, 3, 15), WINDOW),
    "keeping": lambda: keeping(a_between()),
}
