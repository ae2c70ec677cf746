"""What the bot says about whom to check in with: sentences, never a probability, a score or an order."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

from bot.card import (
    Bold,
    Button,
    Buttons,
    Card,
    Choice,
    ChoiceField,
    DateField,
    Divider,
    Form,
    Heading,
    Inline,
    Part,
    Small,
    Style,
    Text,
    TextField,
    Typed,
    buttons,
    card,
    form,
)
from bot.care.cases import HealthAlertRow, Record, State, Told, Verdict, Why, is_calm, read, written
from bot.care.health import Reason, Sign
from bot.care.pulse import PulseRoundRow
from bot.language import _, locale, ngettext

LONGEST = 1000  # characters of a note


def noticed(reason: Reason) -> Text:
    """A reason as the care team reads it."""
    count = round(reason.value)
    if reason.sign is Sign.FELL:
        return Text(_("• The latest pulse was {latest} of 5; usually it is about {usual}."),
                    latest=_number(reason.value), usual=_number(reason.usual))  # fmt: skip
    if reason.sign in (Sign.WORST, Sign.LOW):
        return Text(_("• The latest pulse was low: {latest} of 5."), latest=_number(reason.value))
    return Text({
        Sign.LOW_AGAIN: ngettext("• {n} of the last 4 pulses was low.", "• {n} of the last 4 pulses were low.", count),
        Sign.SILENT: ngettext("• {n} week without an answer, after answering regularly.",
                              "• {n} weeks without an answer, after answering regularly.", count),
        Sign.IRREGULAR: ngettext("• Answered now, after {n} of the 4 weeks before went without an answer.",
                                 "• Answered now, after {n} of the 4 weeks before went without an answer.", count),
        Sign.NEW: ngettext("• New here: {n} day into the engagement.", "• New here: {n} days into the engagement.", count),
        Sign.NEWLY_MISSED: _("• The latest milestone was missed; the one before was met."),
        Sign.STILL_MISSED: _("• The last two milestones were missed."),
        Sign.BLOCKED: ngettext("• A blocker has been open for {n} day.", "• A blocker has been open for {n} days.", count),
        Sign.LONG_DAYS: _("• 12-hour days, which they have been told about first."),
        Sign.COMMENT: _("• The latest comment they gave you sounds heavy; read it before you go by it."),
    }[reason.sign])  # fmt: skip


def about_you(reason: Reason) -> Text:
    """The same reason as the contractor reads it."""
    count = round(reason.value)
    if reason.sign is Sign.FELL:
        return Text(_("• Your latest pulse was {latest} of 5; usually it is about {usual}."),
                    latest=_number(reason.value), usual=_number(reason.usual))  # fmt: skip
    if reason.sign in (Sign.WORST, Sign.LOW):
        return Text(_("• Your latest pulse was low: {latest} of 5."), latest=_number(reason.value))
    return Text({
        Sign.LOW_AGAIN: ngettext("• {n} of your last 4 pulses was low.", "• {n} of your last 4 pulses were low.", count),
        Sign.SILENT: ngettext("• {n} week without an answer from you. No answer is owed; somebody may just ask how you are.",
                              "• {n} weeks without an answer from you. No answer is owed; somebody may just ask how you are.",
                              count),
        Sign.IRREGULAR: ngettext("• You answered now, after {n} week without. That is fine.",
                                 "• You answered now, after {n} weeks without. That is fine.", count),
        Sign.NEW: ngettext("• You are new here: {n} day into the engagement.",
                           "• You are new here: {n} days into the engagement.", count),
        Sign.NEWLY_MISSED: _("• Your latest milestone was missed; the one before was met."),
        Sign.STILL_MISSED: _("• Your last two milestones were missed."),
        Sign.BLOCKED: ngettext("• Something has been blocking you for {n} day.",
                               "• Something has been blocking you for {n} days.", count),
        Sign.LONG_DAYS: _("• Your days have been 12 hours long."),
        Sign.COMMENT: _("• Your latest comment to the care team sounds heavy."),
    }[reason.sign])  # fmt: skip


def alert(told: Told) -> Card:
    """Whom to check in with and why, who has taken it, what became of it."""
    kept = told.alert
    if kept.state == State.CLOSED:
        return closed(told)
    summary = Text(_("{who} may be glad of a check-in."), who=Typed(told.contractor)).line
    return card(
        summary,
        Heading(_("Somebody to check in with")),
        _who(told),
        *_reasons(kept),
        _event(kept),
        _standing(told),
        Small(_("Signals, not judgements: ask how it is going, and listen. Only the care team sees this; managers do not.")),
        _choices(kept),
    )  # fmt: skip


def _who(told: Told) -> Text:
    if told.role:
        return Text(_("{who}, {role}, works with {manager}"), who=Typed(told.contractor), role=Typed(told.role),
                    manager=Typed(told.manager))  # fmt: skip
    return Text("{who}", who=Typed(told.contractor))


def _reasons(kept: HealthAlertRow) -> list[Text]:
    return [noticed(reason) for reason in read(kept.latest)]


def _event(kept: HealthAlertRow) -> Text | None:
    if is_calm(kept):
        return Small(_("It has become calmer since. If it stays so for two weeks, this closes by itself."))
    said = {
        "changed": _("Something has been added since the last card."),
        "back": _("Back as you asked: it still stands."),
    }
    return Small(said[kept.event]) if kept.event in said else None


def _standing(told: Told) -> Text | None:
    if told.alert.state == State.SNOOZED and told.alert.snoozed_until:
        return Text(
            _("Set aside until {day}; it comes back only if there is still a reason."),
            day=_day(told.alert.snoozed_until),
        )
    if told.taken_by:
        return Text(_("{who} is checking in."), who=Typed(told.taken_by))
    return None


def _choices(kept: HealthAlertRow) -> Buttons:
    this = str(kept.id)
    taking = Button(_("I check in"), "health.take", this, Style.MAIN) if kept.taken_by is None else Button(
        _("I take over"), "health.take", this)  # fmt: skip
    return buttons(
        taking,
        Button(_("See comments"), "health.comments", this),
        Button(_("Snooze"), "health.snooze", this),
        Button(_("Not a concern"), "health.dismiss", this),
        Button(_("Resolved"), "health.resolve", this),
    )


def superseded(told: Told) -> Card:
    """An older card of an alert that has a newer one."""
    said = Text(_("There is a newer card about {who}, further down."), who=Typed(told.contractor))
    return card(said.line, said)


def closed(told: Told) -> Card:
    """What became of an alert; a verdict can still be given where it closed by itself."""
    kept = told.alert
    said = {
        Why.CALM: _("It has been calm again; this closed by itself."),
        Why.ENDED: _("The engagement no longer runs, so this closed."),
        Why.RESOLVED: _("Somebody checked in, and this is closed."),
        Why.KNOWN: _("Not a concern: already known."),
        Why.EXPLAINED: _("Not a concern: there is a harmless explanation."),
        Why.MISREAD: _("Not a concern: the signals were wrong."),
    }[Why(kept.why)]
    return card(
        Text(_("The check-in with {who} is closed."), who=Typed(told.contractor)).line,
        Heading(_("A check-in, closed")),
        _who(told),
        Text(said),
        Text(_("{who} checked in."), who=Typed(told.taken_by)) if told.taken_by else None,
        None if kept.verdict else Small(_("Was there a concern? Your answer keeps these alerts honest.")),
        None if kept.verdict else buttons(Button(_("Say what you found"), "health.resolve", str(kept.id))),
    )


def snooze_form(kept: HealthAlertRow, until: date) -> Form:
    """Until when to set it aside."""
    return form(
        _("Set this aside"),
        "health.snoozed",
        _("Set aside"),
        DateField(id="until", label=_("Look again on"), value=until,
                  hint=_("It comes back only if there is still a reason.")),
        value=str(kept.id),
    )  # fmt: skip


def not_that_day() -> str:
    """A day to look again that is in the past or too far off."""
    return _("Pick a day from tomorrow on, within the next 90 days.")


def dismiss_form(kept: HealthAlertRow) -> Form:
    """Why it is not a concern."""
    return form(
        _("Not a concern"),
        "health.dismissed",
        _("Close it"),
        ChoiceField(id="why", label=_("Why not?"), value=Why.KNOWN, choices=(
            Choice(Why.KNOWN, _("We knew already")),
            Choice(Why.EXPLAINED, _("There is a harmless explanation")),
            Choice(Why.MISREAD, _("The signals are wrong")),
        )),
        _note(kept),
        Text(_("You hear of it again only if something else comes up."), small=True),
        value=str(kept.id),
    )  # fmt: skip


def resolve_form(kept: HealthAlertRow) -> Form:
    """What the check-in found."""
    return form(
        _("What did you find?"),
        "health.resolved",
        _("Keep"),
        ChoiceField(id="found", label=_("Was there a concern?"), choices=(
            Choice(Verdict.CONCERN, _("Yes, and it is being looked after")),
            Choice(Verdict.NO_CONCERN, _("No, all is well")),
        )),
        _note(kept),
        value=str(kept.id),
    )  # fmt: skip


def _note(kept: HealthAlertRow) -> TextField:
    hint = _("The contractor may read this. Nobody else outside the care team does.")
    return TextField(
        id="note", label=_("A note"), hint=hint, value=kept.note, lines=True, longest=LONGEST, optional=True
    )


def comments(name: str, rounds: Sequence[PulseRoundRow]) -> Card:
    """What somebody gave the care team to read in the last weeks; for one reader, never for a channel."""
    parts: list[Part] = []
    for one in rounds:
        parts.append(Text(_("Week {week}"), week=Bold(one.week)))
        parts += [Text(_("“{comment}”"), comment=Typed(text)) for text in (one.sent_comment, one.sent_slowing) if text]
    if not parts:
        none = _("{who} gave the care team no comment in the last four weeks. That says nothing either way.")
        parts.append(Text(none, who=Typed(name)))
    return card(
        _("Comments given to the care team"),
        Heading(_("Comments given to the care team")),
        Text(_("From {who}, in the last four weeks:"), who=Typed(name)) if rounds else None,
        *parts,
        Small(_("Only you see this now. Comments meant only for totals are never shown.")),
    )


def overview(page: Sequence[Told], before: int, after: int, record: Record, mine: bool) -> Card:
    """The check-ins before the care team, the oldest first, and how often alerts were right."""
    parts: list[Part] = []
    for told in page:
        parts += [Divider(), _listed(told), buttons(Button(_("Open"), "health.open", str(told.alert.id)))]
    if not page:
        parts.append(Text(_("Nobody to check in with just now.")))
    turning = [Button(_("Earlier ones"), "/health", str(before))] if before >= 0 else []
    turning += [Button(_("More"), "/health", str(after))] if after >= 0 else []
    return card(
        _("Whom to check in with"),
        Heading(_("Whom to check in with")),
        Small(_("In the order in which they came up, not of urgency.")) if page else None,
        *parts,
        buttons(*turning) if turning else None,
        Divider(),
        *_record(record),
        buttons(Button(_("What does the care team see about me?"), "health.mine")) if mine else None,
    )


def _listed(told: Told) -> Text:
    lines: list[Inline] = list(_who(told).line)
    for one in (*_reasons(told.alert), _standing(told)):
        if one is not None:
            lines += ["\n", *one.line]
    return Text(tuple(lines))


def _record(record: Record) -> list[Text]:
    if not record.alerts:
        return [Small(_("No alerts in the last 12 weeks."))]
    count = ngettext("{n} alert in the last 12 weeks.", "{n} alerts in the last 12 weeks.", record.alerts)
    if not record.judged or not record.contractors:
        return [Small(count), Small(_("None has a verdict yet: “Resolved” and “Not a concern” give one."))]
    return [
        Small(count),
        Small(_("Of {judged} with a verdict, {found} found a concern ({share})."), judged=record.judged,
              found=record.concerns, share=_share(record.concerns, record.judged)),
        Small(_("Beside it the base rate: a concern was found with {people} of all {contractors} contractors ({share}), "
                "among them many nobody was alerted to."),
              people=record.people, contractors=record.contractors, share=_share(record.people, record.contractors)),
    ]  # fmt: skip


def mine(reasons: Sequence[Reason], past: Sequence[HealthAlertRow]) -> Card:
    """What the care team can see about the reader."""
    asked = [one for one in past if one.state == State.OPEN]
    return card(
        _("What the care team sees about you"),
        Heading(_("What the care team sees about you")),
        Text(_("The care team is there to ask how it goes, not to judge. These are all the signals it would be shown now:")),
        *([about_you(reason) for reason in reasons] or [Text(_("• Nothing. All quiet."))]),
        Text(_("It has been asked to check in with you, so somebody may write.")) if asked else None,
        *_past(past),
        Small(_("It comes from pulse answers and comments you gave by name, weeks without an answer, open blockers and how "
                "long you have been here. Answers given only in totals are no part of it, nor are weeks in which you "
                "are away. Your manager does not see this list.")),
        Small(_("If something here is wrong, tell anybody in the care team: they can set it right.")),
    )  # fmt: skip


def _past(past: Sequence[HealthAlertRow]) -> list[Part]:
    if not past:
        return []
    parts: list[Part] = [Divider(), Text(_("When the care team was asked to check in with you:"))]
    for one in past:
        parts.append(Text(_("{day}: {became}"), day=_day(one.raised_at.date()), became=_became(one)))
        if one.note:
            parts.append(Text(_("Their note: “{note}”"), note=Typed(one.note)))
    return parts


def _became(one: HealthAlertRow) -> str:
    if one.state == State.OPEN:
        return _("open")
    if one.state == State.SNOOZED:
        return _("set aside for now")
    return {
        Verdict.CONCERN: _("closed; something was found and is being looked after"),
        Verdict.NO_CONCERN: _("closed; all is well"),
        Verdict.NONE: _("closed by itself"),
    }[Verdict(one.verdict)]


def home_care(open_: int, untaken: int) -> list[Part]:
    """The check-ins on a care member's Home."""
    said = (
        ngettext("{n} check-in is open.", "{n} check-ins are open.", open_)
        if open_
        else _("Nobody to check in with just now.")
    )
    waiting = Text(ngettext("{n} of them is waiting for somebody to take it.",
                            "{n} of them are waiting for somebody to take them.", untaken)) if untaken else None  # fmt: skip
    parts: list[Part] = [Heading(_("Check-ins")), Text(said)]
    return [*parts, *([waiting] if waiting else []), buttons(Button(_("Open the list"), "/health"))]


def home_mine() -> list[Part]:
    """The way to one's own signals, on a contractor's Home."""
    return [Heading(_("Check-ins")), buttons(Button(_("What does the care team see about me?"), "health.mine"))]


def _number(value: float) -> str:
    return str(format_decimal(round(value, 1), locale=locale()))


def _share(part: int, whole: int) -> str:
    return str(format_percent(part / whole, locale=locale()))


def _day(day: date) -> str:
    return str(format_date(day, "EEE d MMM", locale=locale()))


def _told(taker: str = "", latest: tuple[Reason, ...] | None = None, **more: object) -> Told:
    signs = (Reason(Sign.FELL, 3, 1.3, 3.9), Reason(Sign.LOW_AGAIN, 1, 2), Reason(Sign.BLOCKED, 2, 9.4))
    values = {"id": 1, "person_id": 1, "raised_at": datetime(2026, 11, 24, 2, 30, tzinfo=UTC), "reasons": written(signs),
              "latest": written(signs if latest is None else latest)} | more  # fmt: skip
    return Told(HealthAlertRow.model_validate(values), "Ana <!here> Sousa", "Data engineer", "Mo Haddad", taker)


EXAMPLES: dict[str, Callable[[], Card | Form]] = {
    "alert": lambda: alert(_told()),
    "alert_taken": lambda: alert(_told("Kei Mori", taken_by=3, event="changed")),
    "superseded": lambda: superseded(_told()),
    "closed": lambda: closed(_told("Kei Mori", taken_by=3, state=State.CLOSED, why=Why.CALM)),
    "snooze_form": lambda: snooze_form(_told().alert, date(2026, 12, 1)),
    "dismiss_form": lambda: dismiss_form(_told().alert),
    "resolve_form": lambda: resolve_form(_told().alert),
    "comments": lambda: comments("Ana Sousa", [PulseRoundRow(
        id=1, person_id=1, week="2026-W48", questions="week", asked_at=datetime(2026, 11, 26, 15, tzinfo=UTC),
        closes_at=datetime(2026, 11, 29, 15, tzinfo=UTC), sent_comment="I am *worn out*", sent_slowing="No <!channel>")]),
    "overview": lambda: overview([_told(), _told("Kei Mori", taken_by=3)], -1, 10, Record(12, 10, 6, 5, 140), True),
    "mine": lambda: mine(
        [Reason(Sign.SILENT, 2, 2), Reason(Sign.NEW, 1, 12)], [_told(state=State.CLOSED, why=Why.CALM, note="Fine").alert]
    ),
}  # fmt: skip
