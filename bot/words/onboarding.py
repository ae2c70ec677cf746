"""What the bot says around introducing a contractor."""

from collections.abc import Callable, Sequence
from datetime import date

from babel.lists import format_list

from bot.card import (
    Button,
    Card,
    Divider,
    Form,
    Heading,
    Mention,
    Part,
    Small,
    Style,
    Text,
    TextField,
    Typed,
    buttons,
    card,
    form,
    line,
    plain,
)
from bot.care.engagements import EngagementRow
from bot.care.onboarding import LISTED, LONGEST_FACT, LONGEST_TEXT, IntroductionRow, State
from bot.care.people import PersonRow
from bot.language import _, locale, ngettext

# -- the contractor's side ----------------------------------------------------------------------------


def ask(engagement: EngagementRow, manager: str) -> Card:
    """Offer to introduce them; declining costs nothing."""
    return card(
        _("Shall I introduce you?"),
        Heading(_("Shall I introduce you?")),
        Text(_("I can introduce you to the people you will work with as {role}, with {manager}. I draft it, you change "
               "what you like, and nothing is posted until you say so."), role=Typed(engagement.role),
             manager=Typed(manager)),
        buttons(Button(_("Draft it"), "onboarding.start", str(engagement.id), Style.MAIN), _decline(engagement)),
    )  # fmt: skip


def _decline(engagement: EngagementRow) -> Button:
    return Button(_("I'd rather not"), "onboarding.decline", str(engagement.id))


def start_form(engagement: EngagementRow, fun_fact: str) -> Form:
    """A fun fact, if they like."""
    return form(
        _("Your introduction"), "onboarding.drafted", _("Show me the draft"),
        TextField(id="fun_fact", label=_("A fun fact about you"), value=fun_fact, longest=LONGEST_FACT, optional=True,
                  lines=True, hint=_("Something that gives people a reason to say hi. Leave it empty if you like."),
                  placeholder=_("I keep bees on my roof.")),
        value=str(engagement.id),
    )  # fmt: skip


def draft(engagement: EngagementRow, contractor: str, manager: str, fun_fact: str) -> str:
    """The introduction as the bot would put it, for the contractor to change."""
    sentences = [
        line(_("{name} works with {manager} as {role}."), name=Typed(contractor), manager=Typed(manager),
             role=Typed(engagement.role)),
        line(_("Here to solve: {bottleneck}"), bottleneck=Typed(engagement.bottleneck)),
    ]  # fmt: skip
    if fun_fact:
        sentences.append(line(_("Fun fact: {fact}"), fact=Typed(fun_fact)))
    return "\n".join(plain(one) for one in sentences)[:LONGEST_TEXT]


def drafted(engagement: EngagementRow, introduction: IntroductionRow) -> Card:
    """The draft, seen by its contractor alone."""
    about = str(engagement.id)
    where = _where(engagement)
    return card(
        _("Your introduction, as a draft"),
        Heading(_("Your introduction, as a draft")),
        Small(_("Only you see this.")),
        Divider(),
        Text(Typed(introduction.text)),
        Divider(),
        Small(_("If you post it, everybody in {where} sees it, with a button to say hi to you."), where=where),
        buttons(
            Button(_("Post it"), "onboarding.approve", about, Style.MAIN),
            Button(_("Change the words"), "onboarding.edit", about),
            Button(_("Another fun fact"), "onboarding.start", about),
            _decline(engagement),
        ),
    )


def _where(engagement: EngagementRow) -> str:
    return _("the channel of your engagement") if engagement.channel else _("the channel for introductions")


def edit_form(engagement: EngagementRow, introduction: IntroductionRow) -> Form:
    """The draft, to be changed."""
    return form(
        _("Your introduction"), "onboarding.edited", _("Keep"),
        TextField(id="text", label=_("How shall I introduce you?"), value=introduction.text, lines=True,
                  longest=LONGEST_TEXT, hint=_("It is posted as you write it, without formatting, links or mentions.")),
        value=str(engagement.id),
    )  # fmt: skip


def text_needed() -> str:
    """An introduction without words."""
    return _("Please write a few words, or close this and choose “I'd rather not”.")


def on_its_way(engagement: EngagementRow) -> Card:
    """Approved."""
    return card(
        _("Your introduction is on its way."),
        Text(_("Your introduction is on its way to {where}. I tell you who says hi."), where=_where(engagement)),
    )


def posted(greetings: int) -> Card:
    """It is there."""
    greeted = (
        Text(ngettext("{n} person said hi so far.", "{n} people said hi so far.", greetings)) if greetings else None
    )
    return card(_("Your introduction is posted."), Text(_("Your introduction is posted.")), greeted)


def declined(engagement: EngagementRow) -> Card:
    """No introduction, and no question why."""
    return card(
        _("Nothing is posted."),
        Text(_("That is fine: nothing is posted, and I won't ask again. If you change your mind, it is here and on my "
               "Home page.")),
        buttons(Button(_("Introduce me after all"), "onboarding.start", str(engagement.id))),
    )  # fmt: skip


def not_posted(engagement: EngagementRow) -> Card:
    """Approved, but there is no way into a channel; the admins know."""
    return card(
        _("Your introduction could not be posted yet."),
        Text(_("Your introduction could not be posted yet: there is no channel that I can post to. I have asked the "
               "admins to invite me to one; your words are kept as you approved them.")),
        buttons(Button(_("Try again"), "onboarding.again", str(engagement.id), Style.MAIN), _decline(engagement)),
    )  # fmt: skip


def greeted(names: Sequence[str]) -> Card:
    """Who said hi since the last note."""
    many = _("They said hi to you: {names}.") if len(names) > 1 else _("{names} said hi to you.")
    sentence = line(many, names=Typed(_names(names)))
    return card(sentence, Text(sentence))


# -- what admins are told -----------------------------------------------------------------------------


def no_way(engagement: EngagementRow, contractor: str, has_channel: bool, reason: str) -> Card:
    """An approved introduction waits for somebody who can let the bot into a channel."""
    why = (
        _("I am not in the channel it should go to. Invite me there (/invite, then my name), or choose another channel "
          "in the engagement; then try again.")
        if has_channel
        else _("There is no channel for it. Choose one in the engagement, or set INTRO_CHANNEL, and invite me there; "
               "then try again.")
    )  # fmt: skip
    return card(
        line(_("The introduction of {who} can't be posted yet"), who=Typed(contractor)),
        Text(_("{who} has approved their introduction, and it can't be posted yet."), who=Typed(contractor)),
        Text(why),
        Small(_("What the chat said: {reason}"), reason=Typed(reason)) if reason else None,
        buttons(
            Button(_("Try again"), "onboarding.again", str(engagement.id), Style.MAIN),
            Button(_("Show the engagement"), "engagements.show", str(engagement.id)),
        ),
    )


def tried_again(contractor: str) -> Card:
    """Somebody let the bot try once more."""
    return card(_("I am trying again."), Text(_("I am posting the introduction of {who} now; if it fails, I tell you."),
                                              who=Typed(contractor)))  # fmt: skip


def there(contractor: str) -> Card:
    """It needed no help any more."""
    said = line(_("The introduction of {who} is posted."), who=Typed(contractor))
    return card(said, Text(said))


# -- the channel's side -------------------------------------------------------------------------------


def introduction(one: IntroductionRow, contractor: PersonRow, greeters: Sequence[str]) -> Card:
    """What is posted: the contractor's words, and under them everybody who said hi."""
    return card(
        line(_("Meet {who}"), who=Typed(contractor.name)),
        Text(_("Meet {who}"), who=Mention(contractor.user, contractor.name)),
        Text(Typed(one.text)),
        buttons(Button(_("Say hi"), "onboarding.hi", str(one.id), Style.MAIN)),
        Small(_("Said hi: {names}"), names=Typed(_names(greeters))) if greeters else None,
    )


def already(contractor: str) -> Card:
    """Hi was said before."""
    said = line(_("You have said hi to {who} already."), who=Typed(contractor))
    return card(said, Text(said))


def own(greetings: int) -> Card:
    """Their own card."""
    so_far = ngettext("{n} person said hi so far.", "{n} people said hi so far.", greetings)
    return card(_("This is your own introduction."), Text(_("This is your own introduction.")), Text(so_far))


def _names(names: Sequence[str]) -> str:
    shown = list(names[:LISTED])
    if more := len(names) - len(shown):
        shown.append(ngettext("{n} more", "{n} more", more))
    return str(format_list(shown, locale=locale()))


# -- Home ---------------------------------------------------------------------------------------------


def home_heading() -> Heading:
    """What stands above somebody's introductions on their Home."""
    return Heading(_("Your introduction"))


def home(
    engagement: EngagementRow, introduction: IntroductionRow | None, greetings: int, is_posted: bool
) -> list[Part]:
    """The way back to it, for as long as it is not posted."""
    if is_posted:
        said = ngettext("Your introduction is posted; {n} person said hi.",
                        "Your introduction is posted; {n} people said hi.", greetings)  # fmt: skip
        return [Text(said)] if greetings else [Text(_("Your introduction is posted."))]
    state = State(introduction.state) if introduction else State.ASKED
    label = {
        State.ASKED: _("Write my introduction"),
        State.DRAFTED: _("Go on with my introduction"),
        State.APPROVED: _("See my introduction"),
        State.DECLINED: _("Introduce me after all"),
    }[state]
    return [
        Text(_("As {role}"), role=Typed(engagement.role)),
        buttons(Button(label, "onboarding.open", str(engagement.id))),
    ]


_ENGAGEMENT = EngagementRow(id=1, contractor_id=1, manager_id=2, role="Data _engineer_", bottleneck="Reports <!here> wait",
                            starts_on=date(2026, 11, 23))  # fmt: skip
_ANA = PersonRow(id=1, user="U0ANA", name="Ana *Sousa*")
_INTRODUCTION = IntroductionRow(id=1, engagement_id=1, text="Ana *Sousa* works with Mo.\nFun fact: <!channel> bees")

EXAMPLES: dict[str, Callable[[], Card | Form]] = {
    "ask": lambda: ask(_ENGAGEMENT, "Mo Haddad"),
    "start_form": lambda: start_form(_ENGAGEMENT, "I keep *bees*."),
    "drafted": lambda: drafted(_ENGAGEMENT, _INTRODUCTION),
    "edit_form": lambda: edit_form(_ENGAGEMENT, _INTRODUCTION),
    "on_its_way": lambda: on_its_way(_ENGAGEMENT),
    "posted": lambda: posted(2),
    "declined": lambda: declined(_ENGAGEMENT),
    "not_posted": lambda: not_posted(_ENGAGEMENT),
    "greeted": lambda: greeted(["Mo Haddad", "Kei *Mori*"]),
    "no_way": lambda: no_way(_ENGAGEMENT, "Ana *Sousa*", True, "not_in_channel"),
    "tried_again": lambda: tried_again("Ana *Sousa*"),
    "there": lambda: there("Ana *Sousa*"),
    "introduction": lambda: introduction(_INTRODUCTION, _ANA, ["Mo Haddad", "Kei *Mori*"]),
    "already": lambda: already("Ana *Sousa*"),
    "own": lambda: own(2),
}
