"""What the bot says around the weekly pulse."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal

from bot.card import (
    Bold,
    Button,
    Buttons,
    Card,
    Choice,
    ChoiceField,
    Divider,
    Form,
    Heading,
    Part,
    Select,
    Small,
    Style,
    Text,
    TextField,
    TimeField,
    Typed,
    When,
    buttons,
    card,
    city,
    form,
)  # fmt: skip
from bot.care.pulse import PulseAnswerRow, PulseRoundRow, PulseScheduleRow, Seen, changed, seen_alike
from bot.language import _, locale, ngettext
from bot.words.people import weekdays

LONGEST = 2000  # characters of a comment


def asked(question: str) -> str:
    """A question of the bank, in words."""
    return {
        "week": _("How was your week, all in all?"),
        "support": _("I get help when I need it."),
        "clarity": _("I know what a good result looks like this week."),
        "workload": _("The amount of work fits the time agreed."),
        "access": _("I have the access and the documents I need."),
        "belonging": _("I am treated as a partner in this project."),
        "paid": _("I am paid correctly and on time."),
        "answers": _("My questions get an answer in time."),
        "priorities": _("Priorities stay clear when things change."),
        "pace": _("I can work at a pace I can keep up."),
        "tools": _("The tools I was given work for me."),
        "heard": _("What I suggest is heard."),
        "scope": _("What is asked of me is within what we agreed."),
    }[question]


def seen_by(seen: str) -> str:
    """A choice of who sees an answer by name."""
    return {
        Seen.CARE: _("Care team only"),
        Seen.MANAGER: _("Care team and my manager"),
        Seen.TOTALS: _("Nobody by name, only in totals"),
    }[Seen(seen)]


def question(
    round_: PulseRoundRow, answers: Mapping[str, PulseAnswerRow], zone: str, now: datetime, reminder: bool = False
) -> Card:
    """This week's questions with what was tapped so far, until the round closes."""
    if now >= round_.closes_at:
        return closed(round_)
    rows: list[Part] = []
    for one in round_.questions.split(","):
        score = answers[one].score if one in answers else None
        rows += [Text(asked(one)), _scale(round_, one, score)]
    is_changed = changed(round_, answers.values())
    return card(
        _("Your weekly pulse"),
        Heading(_("Your weekly pulse")),
        Text(_("A reminder, and the only one: your pulse is still open.")) if reminder else None,
        Small(_("1 = not at all, 5 = fully. Nothing counts until you submit. Open until {end}."),
              end=When(round_.closes_at, zone)),
        *rows,
        _written(round_),
        _seen_select(round_, answers),
        Small(_("Not all alike: “Who sees what” shows it answer by answer, “Change the comment” for your words."))
        if seen_alike(round_, answers) is None else None,
        buttons(
            Button(_("Submit again") if round_.submitted_at else _("Submit"), "pulse.submit", str(round_.id), Style.MAIN),
            Button(_("Add a comment") if not round_.comment else _("Change the comment"), "pulse.comment", str(round_.id)),
            Button(_("Who sees what"), "pulse.each", str(round_.id)),
            Button(_("Change day or hour"), "pulse.schedule"),
        ),
        Small(_("Submitted; you have changed something since. Submit again to let it count."))
        if round_.submitted_at and is_changed else None,
    )  # fmt: skip


def _scale(round_: PulseRoundRow, question_: str, score: int | None) -> Buttons:
    return Buttons(
        tuple(Button(str(n), "pulse.answer", f"{round_.id}:{question_}:{n}", chosen=n == score) for n in range(1, 6))
    )


def _written(round_: PulseRoundRow) -> Text | None:
    if not (round_.comment or round_.slowing):
        return None
    return Text(_("You wrote: {comment}"), comment=Typed(" / ".join(filter(None, (round_.comment, round_.slowing)))))


def _seen_select(round_: PulseRoundRow, answers: Mapping[str, PulseAnswerRow]) -> Select:
    chosen = seen_alike(round_, answers) or ""
    return Select(
        _("Who sees my answers by name"), "pulse.seen_by", _seen_choices(), str(round_.id), chosen, holds=True
    )


def _seen_choices() -> tuple[Choice, ...]:
    return tuple(Choice(seen, seen_by(seen)) for seen in Seen)


def closed(round_: PulseRoundRow) -> Card:
    """The round is over: what was submitted stays as it is."""
    done = (
        _("Your answer is kept as you submitted it.")
        if round_.submitted_at
        else _("There was no answer, and that is fine.")
    )
    return card(
        _("This pulse has closed."), Heading(_("Your weekly pulse")), Text(_("This round has closed.")), Small(done)
    )


def receipt(
    round_: PulseRoundRow, answers: Sequence[PulseAnswerRow], care: Sequence[str], managers: Sequence[str], zone: str
) -> Card:
    """What was submitted, who can see it, and how to change it."""
    parts: list[Part] = []
    for one in answers:
        if one.sent:
            parts.append(
                Text(_("{question} {score}"), question=asked(one.question), score=Bold(str(one.sent)), small=False)
            )
            parts.append(Small(_who(one.sent_seen, care, managers)))
    if round_.sent_comment:
        parts += [Text(_("Your comment: {comment}"), comment=Typed(round_.sent_comment)),
                  Small(_who(round_.sent_comment_seen, care, managers))]  # fmt: skip
    if round_.sent_slowing:
        parts += [Text(_("What slows you down: {slowing}"), slowing=Typed(round_.sent_slowing)),
                  Small(_who(round_.sent_comment_seen, care, ()))]  # fmt: skip
    slowing = round_.sent_slowing and round_.blocker_id is None
    return card(
        _("Thank you, your pulse is in."),
        Heading(_("Thank you, your pulse is in")),
        *parts,
        Divider(),
        Small(_("As a blocker it goes to your manager, whoever sees your answers.")) if slowing else None,
        Small(_("It is with the people who can help, as a blocker.")) if round_.blocker_id else None,
        Small(_("You can change it until {end}."), end=When(round_.closes_at, zone)),
        buttons(
            *((Button(_("Make it a blocker"), "blockers.from_pulse", str(round_.id), Style.MAIN),) if slowing else ()),
            Button(_("Change my answer"), "pulse.edit", str(round_.id)),
        ),
    )  # fmt: skip


def _who(seen: str, care: Sequence[str], managers: Sequence[str]) -> tuple[str | Typed, ...]:
    if seen == Seen.TOTALS:
        return (_("Seen by nobody by name; only in totals of five people or more."),)
    names = [*care, *(managers if seen == Seen.MANAGER else ())]
    if not names:
        return (_("Seen by the care team; nobody is in it yet."),)
    return (_("Seen by:") + " ", Typed(", ".join(dict.fromkeys(names))))


def nothing_answered() -> Card:
    """Submit was tapped before any number."""
    return card(
        _("Nothing to submit yet."),
        Text(_("Tap at least one number, or write a comment; then submit. You may leave out what you like.")),
    )


def comment_form(round_: PulseRoundRow) -> Form:
    """Words beside the numbers."""
    return form(
        _("A comment"),
        "pulse.commented",
        _("Keep"),
        TextField(id="comment", label=_("Anything you want to say?"), value=round_.comment, lines=True, longest=LONGEST,
                  optional=True),
        TextField(id="slowing", label=_("What is slowing you down?"), value=round_.slowing, lines=True, longest=LONGEST,
                  optional=True, hint=_("One tap later you can make it a blocker that gets moved.")),
        ChoiceField(id="seen", label=_("Who sees the comment"), choices=_seen_choices(), value=round_.comment_seen),
        value=str(round_.id),
    )  # fmt: skip


def each_form(round_: PulseRoundRow, answers: Mapping[str, PulseAnswerRow]) -> Form:
    """Who sees which answer by name."""
    fields = [
        ChoiceField(id=one, label=asked(one), choices=_seen_choices(),
                    value=answers[one].seen if one in answers else Seen.CARE)
        for one in round_.questions.split(",")
    ]  # fmt: skip
    return form(_("Who sees what"), "pulse.each_chosen", _("Keep"), *fields, value=str(round_.id))


def schedule_form(schedule: PulseScheduleRow, zone: str) -> Form:
    """When to be asked."""
    return form(
        _("When to ask you"),
        "pulse.scheduled",
        _("Keep"),
        ChoiceField(id="weekday", label=_("Day"), choices=weekdays(), value=str(schedule.weekday)),
        TimeField(id="at", label=_("Hour, where you are"), value=schedule.at, hint=city(zone)),
    )


def scheduled(next_at: datetime, zone: str) -> Card:
    """When the next question comes."""
    return card(_("Kept."), Text(_("Kept. I will ask you next on {next}."), next=When(next_at, zone)),
                buttons(Button(_("Change day or hour"), "pulse.schedule")))  # fmt: skip


def nothing_open(next_at: datetime | None, zone: str) -> Card:
    """There is no round to answer now."""
    when = Text(_("I will ask you next on {next}."), next=When(next_at, zone)) if next_at else None
    return card(
        _("No pulse is open."),
        Text(_("There is nothing to answer now.")),
        when,
        buttons(Button(_("Change day or hour"), "pulse.schedule")),
    )


def result(
    week: str, total: Mapping[str, tuple[float, int]], named: Sequence[tuple[str, str, float | None, str]]
) -> Card:
    """A manager's view: the team's total where it may be shown, and those who chose to be seen by their manager.

    `total`: mean and number of answers by question. `named`: contractor, week, mean of their answers, comment.
    """
    parts: list[Part] = []
    if not total:
        why = _("No total is shown for the week of {monday}: fewer than 5 answers would say who answered what.")
        parts.append(Text(why, monday=_monday(week)))
    else:
        parts.append(Text(_("The week of {monday}"), monday=_monday(week)))
    for one, (average, count) in total.items():
        said = ngettext("{question} {mean}, from {n} answer", "{question} {mean}, from {n} answers", count)
        parts.append(Text(said, question=asked(one), mean=Bold(_number(average))))
    if named:
        parts += [Divider(), Heading(_("Shared with you by name"))]
    for name, week_, mean, comment in named:
        shown = Bold(_number(mean)) if mean is not None else _("no numbers")
        said = _("{who}, the week of {monday}: {mean}")
        parts.append(Text(said, who=Typed(name), monday=_monday(week_), mean=shown))
        if comment:
            parts.append(Text(_("“{comment}”"), comment=Typed(comment)))
    return card(_("The pulse of your team"), Heading(_("The pulse of your team")), *parts)


def no_team() -> Card:
    """A result is about one's own contractors; here there are none."""
    return card(
        _("There is no result to show."),
        Text(_("A pulse's result is for the manager of a team, and no contractor works with you here.")),
    )


def _monday(week: str) -> str:
    year, number = week.split("-W")
    return str(format_date(date.fromisocalendar(int(year), int(number), 1), "d MMM y", locale=locale()))


def _number(value: float) -> str:
    return str(format_decimal(round(value, 1), locale=locale()))


def home(next_at: datetime | None, open_id: int | None, submitted: bool, zone: str) -> list[Part]:
    """The pulse on the Home."""
    if open_id is not None:
        said = _("Your pulse is in; you can still change it.") if submitted else _("Your weekly pulse is open.")
        return [Heading(_("Pulse")), Text(said), buttons(Button(_("Open it"), "/pulse", "", Style.MAIN))]
    when = Text(_("I will ask you next on {next}."), next=When(next_at, zone)) if next_at else None
    change = buttons(Button(_("Change day or hour"), "pulse.schedule"))
    return [Heading(_("Pulse")), *([when] if when else []), change]


_AT = datetime(2026, 11, 26, 15, tzinfo=UTC)


def _round(**more: Any) -> PulseRoundRow:
    return PulseRoundRow(id=1, person_id=1, week="2026-W48", questions="week,support,clarity,workload", asked_at=_AT,
                         closes_at=datetime(2026, 11, 29, 15, tzinfo=UTC), **more)  # fmt: skip


def _answers() -> dict[str, PulseAnswerRow]:
    return {"week": PulseAnswerRow(round_id=1, question="week", score=4, sent=4, seen="manager", sent_seen="manager")}


EXAMPLES: dict[str, Callable[[], Card | Form]] = {
    "question": lambda: question(_round(comment="Long *week*"), _answers(), "Europe/Lisbon", _AT),
    "closed": lambda: closed(_round()),
    "receipt": lambda: receipt(
        _round(submitted_at=_AT, sent_comment="Fine <!here>", sent_slowing="No access to staging"),
        list(_answers().values()), ["Kei Tanaka"], ["Mo Haddad"], "Europe/Lisbon"),
    "no_team": no_team,
    "nothing_answered": nothing_answered,
    "comment_form": lambda: comment_form(_round()),
    "each_form": lambda: each_form(_round(), _answers()),
    "schedule_form": lambda: schedule_form(PulseScheduleRow(person_id=1, at=time(15)), "Europe/Lisbon"),
    "scheduled": lambda: scheduled(_AT, "Europe/Lisbon"),
    "nothing_open": lambda: nothing_open(_AT, "Europe/Lisbon"),
    "result": lambda: result("2026-W48", {"week": (4.2, 6), "support": (3.6, 5)}, [("Ana", "2026-W48", 4.0, "All *good*")]),
}  # fmt: skip
