"""What the bot says around questions asked in golden hours."""

from collections.abc import Callable
from datetime import timedelta

from bot.card import Button, Card, Form, Heading, Small, Text, TextField, Typed, buttons, card, form, line
from bot.care.hours import Between, QuestionRow
from bot.language import _
from bot.words.hours_said import LONGEST, NOW, a_between, a_question, about, answered_button, length, turned, when


def ask_form(between: Between, typed: str = "") -> Form:
    """A question to be answered in golden hours."""
    return form(
        _("Ask in golden hours"),
        "hours.asked",
        _("Ask"),
        Text(_("I take it to {who} at once, to be answered by the end of the window that is open, or of the next."),
             who=Typed(between.other.name)),
        TextField(id="question", label=_("Your question"), lines=True, longest=LONGEST, value=typed),
        value=about(between),
    )  # fmt: skip


def asked(between: Between, question: QuestionRow) -> Card:
    """The contractor's own question: where it is and by when the answer is promised."""
    if question.answered_at is not None:
        return answered(between, question)
    return card(
        _("Your question is on its way."),
        Heading(_("Asked in golden hours")),
        Text(_("“{question}”"), question=Typed(question.text)),
        Text(_("{who} commits to answer by {at}."), who=Typed(between.other.name), at=when(between, question.due_at)),
        buttons(answered_button(between, question)),
    )


def question(between: Between, asked_: QuestionRow, nudge: bool = False) -> Card:
    """A question, for the manager who answers; `nudge` when its window has closed."""
    done = asked_.answered_at is not None
    late = Text(_("The window has closed and this question is still open. This is the only reminder."))
    return card(
        line(_("{who} asks: {question}"), who=Typed(between.other.name), question=Typed(asked_.text)),
        Heading(_("A question in golden hours")),
        late if nudge and not done else None,
        Text(_("{who} asks: “{question}”"), who=Typed(between.other.name), question=Typed(asked_.text)),
        Small(_("Answered; {who} knows."), who=Typed(between.other.name)) if done else None,
        Small(_("You commit to answer by {at}: answer wherever you talk, then tap Answered."),
              at=when(between, asked_.due_at)) if not done and not nudge else None,
        None if done else buttons(answered_button(between, asked_)),
    )  # fmt: skip


def unanswered(between: Between, question: QuestionRow) -> Card:
    """The window closed without an answer: the contractor is told what happens next."""
    if question.answered_at is not None:
        return answered(between, question)
    return card(
        _("Your question is still open."),
        Heading(_("Your question is still open")),
        Text(_("“{question}”"), question=Typed(question.text)),
        Text(_("The window has closed without an answer, so I have reminded {who}."), who=Typed(between.other.name)),
        buttons(
            Button(_("I got my answer"), "hours.got", str(question.id)),
            Button(_("Report it as a blocker"), "/blocker", question.text),
        ),
    )


def answered(between: Between, question: QuestionRow) -> Card:
    """The contractor's question has its answer."""
    return card(
        _("Your question is answered."),
        Heading(_("Your question is answered")),
        Text(_("“{question}”"), question=Typed(question.text)),
        Text(_("It took {time} of golden hours."), time=length(timedelta(minutes=question.waited or 0))),
        buttons(Button(_("I still need an answer"), "hours.reopen", str(question.id))),
    )


EXAMPLES: dict[str, Callable[[], Card | Form]] = {
    "ask_form": lambda: ask_form(a_between()),
    "asked": lambda: asked(a_between(), a_question()),
    "question": lambda: question(turned(), a_question()),
    "unanswered": lambda: unanswered(a_between(), a_question()),
    "answered": lambda: answered(a_between(), a_question(NOW)),
}
