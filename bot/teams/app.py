"""Teams' side of the bot: activities become turns, outcomes become answers, cards and dialogs."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.card import Card, Form
from bot.chat import Command, Fresh, Home, Inbound, Landing, Place, Post, Refused
from bot.errors import DatabaseAway, NothingChosen
from bot.followups import FollowUps, card_of, greeted, to_everybody
from bot.grammar import retyped
from bot.language import _, speaking
from bot.shapes import Malformed
from bot.teams import adaptive, forms, inbound
from bot.teams.actions import VALUE
from bot.teams.coming import Coming, Events
from bot.teams.connector import CARD, Known, TeamsChat, envelope
from bot.text import hidden
from bot.turns import Answer, Refusal, Turns, reference
from bot.words import home as words

log = logging.getLogger(__name__)

SENTENCE = "application/vnd.microsoft.activity.message"
ON_MESSAGE = "composeExtension/"  # what is done with a message, wherever it stands
SEARCH = "application/search"  # in a form that was opened there, too
FOUND = "application/vnd.microsoft.search.searchResponse"
HOME = Command("home", "home.opened", "", "")  # what Slack has a tab for is a word here

Json = dict[str, Any]
Admit = Callable[[str, object, object], Awaitable[int]]  # header, channel, service -> HTTP status


@dataclass
class Teams:
    """Answers everything one tenant sends to `/api/messages`."""

    turns: Turns
    chat: TeamsChat
    tenant: str
    workspace: int
    commands: tuple[Command, ...]
    admit: Admit
    events: Events
    _follow_ups: FollowUps = field(default_factory=FollowUps)

    @property
    def forms(self) -> forms.Forms:
        """How forms are shown here."""
        return forms.Forms(self.events)

    # -- coming in -------------------------------------------------------------------------------------

    async def http(self, request: web.Request) -> web.Response:
        """`POST /api/messages`: who sends it is asked first; nothing is done for anybody else."""
        try:
            activity = inbound.parse(await request.read())
        except Malformed:
            return web.Response(status=400)
        if not inbound.shaped(activity):
            return web.Response(status=400)
        status = await self.admit(
            request.headers.get("Authorization", ""), activity.get("channelId"), activity.get("serviceUrl")
        )
        if status != 200:
            return web.Response(status=status)
        try:
            answer = await self._answer(activity)
        except Malformed:
            return web.Response(status=400)
        except DatabaseAway:  # not acknowledged: Teams says so to whoever tapped
            return web.Response(status=503)
        except Exception as error:  # Teams would show its own words and try again
            reference(error)
            return web.Response(status=500)
        return web.json_response(answer) if answer is not None else web.Response(status=200)

    async def _answer(self, activity: Json) -> Json | None:
        if inbound.tenant_of(activity) != self.tenant:
            log.warning("an activity of another tenant was ignored")
            return None
        await self._notice(activity)
        kind = f"invoke:{activity.get('name')}" if activity["type"] == "invoke" else activity["type"]
        take = _KINDS.get(kind)
        return await take(self, activity) if take is not None else None

    async def _notice(self, activity: Json) -> None:
        """What every activity says beside what it is about: how the conversation is reached, whose clock is which."""
        user = str(activity["from"]["id"])
        # Of those the bot need not be in the chat: two people's own one would pass for a 1:1 of ours.
        if not str(activity.get("name")).startswith((ON_MESSAGE, SEARCH)):
            await self._met(user, inbound.known(activity))
        clock = inbound.clock(activity)
        if clock is not None and self.chat.hear(user, clock):
            await self.events.heard(user, clock)

    async def _met(self, user: str, room: Known) -> None:
        if room.kind == inbound.PERSONAL:
            await self.chat.met(user, room.channel)
        if self.chat.know(room):
            await self.events.kept(room)

    # -- the kinds of activity ---------------------------------------------------------------------------

    async def _message(self, activity: Json) -> None:
        sent_by_card = isinstance(activity.get("value"), dict) and "care" in activity["value"]
        if not sent_by_card and not inbound.addressed(activity, self.chat.me):
            return  # what is said among others is none of the bot's business
        if sent_by_card and inbound.sends_form(activity):
            await self._sent(activity)
            return
        if sent_by_card:
            come, answer = await self._tapped(activity)
        else:
            come = inbound.said(activity, (*self.commands, HOME), self.chat.me)
            answer = await self._turn(come)
        self._follow_ups.later(self._follow, come, answer, inbound.thread(activity), changes=come.place)

    async def _tap(self, activity: Json) -> Json:
        if inbound.sends_form(activity):
            return await self._sent(activity)
        come, answer = await self._tapped(activity)
        match answer.outcome:
            case Refusal(sentence):
                return _answered(SENTENCE, sentence)
            case Card() | Fresh() if come.place.message and not come.place.home:
                return await self._in_place(come, answer)
        self._follow_ups.later(self._follow, come, answer, changes=come.place)
        return _answered(SENTENCE, _whereabouts(come, answer))

    async def _tapped(self, activity: Json) -> tuple[Inbound, Answer]:
        """A tap, after what was left chosen beside it: refused, it is not what they had before their eyes."""
        come = inbound.tapped(activity)
        for chosen in inbound.held(activity):
            answer = await self._turn(chosen)
            if isinstance(answer.outcome, Refusal):
                return come, answer
        if inbound.chose_nothing(activity):
            with speaking(self._locale(activity)):
                return come, Answer(Refusal(NothingChosen().say(_)))
        return come, await self._turn(come)

    async def _in_place(self, come: Inbound, answer: Answer) -> Json:
        """The tapped card as it is now: in the answer for whoever tapped, and in the conversation for everybody."""
        await greeted(answer)
        card = await self._current(answer)
        drawn = self.chat.drawn(card, locale=answer.locale)
        self._follow_ups.later(self._redraw, come.place, drawn, adaptive.summary(card), changes=come.place)
        return _answered(CARD, drawn)

    async def _fetch(self, activity: Json) -> Json:
        """A button asks for a dialog."""
        return await self._opened(*await self._tapped(activity))

    async def _fetch_on(self, activity: Json) -> Json:
        """An action of a message's menu asks for one."""
        come = inbound.chosen(activity)
        return await self._opened(come, await self._turn(come))

    async def _opened(self, come: Inbound, answer: Answer) -> Json:
        """A dialog; where something else is to be seen, the dialog says that it is in the chat."""
        if isinstance(answer.outcome, Form):
            return forms.dialog(*await self.forms.shown(answer.outcome, come.place, answer.locale, adaptive.dialog))
        if isinstance(answer.outcome, Refusal):
            return forms.told(answer.outcome.sentence)
        self._follow_ups.later(self._follow, come, answer, changes=come.place)
        return forms.told(_whereabouts(come, answer))

    async def _submit(self, activity: Json) -> Json:
        come = await self.forms.submitted(activity)
        answer = await self._turn(come)
        if shown := await self.forms.after(activity, come, answer, adaptive.dialog):
            return forms.dialog(*shown)
        if isinstance(answer.outcome, Refusal):  # the dialog closes: what was typed goes with the sentence
            typed = [one for one in come.fields.values() if isinstance(one, str) and " " in one.strip()]
            return forms.told("\n\n".join((answer.outcome.sentence, *typed)))
        self._follow_ups.later(self._follow, come, answer, changes=come.place)
        return {}

    async def _sent(self, activity: Json) -> Json:
        """A form in the chat is sent: what follows comes in its place, for every client of whoever sent it."""
        come, here = await self.forms.submitted(activity), inbound.place_of(activity)
        answer = await self._turn(come)
        if shown := await self.forms.after(activity, come, answer, adaptive.inline):
            summary, drawn = shown
        elif isinstance(answer.outcome, Refusal):  # the form stays as it was filled in
            return _answered(SENTENCE, answer.outcome.sentence)
        else:
            card = await self._instead(come, answer)
            summary, drawn = adaptive.summary(card), self.chat.drawn(card, locale=answer.locale)
        self._follow_ups.later(self._redraw, here, drawn, summary, changes=here)
        return _answered(CARD, drawn)

    async def _instead(self, come: Inbound, answer: Answer) -> Card:
        """What stands where a form stood, unless there is a card to change from which it was asked."""
        await greeted(answer)
        if isinstance(answer.outcome, Card | Fresh) and not come.place.message:
            return await self._current(answer)
        self._follow_ups.later(self._follow, come, answer, changes=come.place)
        with speaking(answer.locale):
            return words.form_sent()

    async def _search(self, activity: Json) -> Json:
        with speaking(self._locale(activity)):
            return _answered(FOUND, {"results": await self.forms.found(*inbound.searched(activity))})

    def _locale(self, activity: Json) -> str:
        """How its author's client speaks."""
        clock = inbound.clock(activity)
        return (clock.locale if clock else "") or "en"

    async def _changed(self, activity: Json) -> None:
        await self._coming.changed(activity)

    async def _installed(self, activity: Json) -> None:
        await self._coming.installed(activity)

    @property
    def _coming(self) -> Coming:
        return Coming(self.chat, self.tenant, self.events, self._follow_ups.later, self._turn, self._follow)

    async def _turn(self, come: Inbound) -> Answer:
        return await self.turns.run(come, self.workspace)

    # -- going out ---------------------------------------------------------------------------------------

    async def _follow(self, come: Inbound, answer: Answer, thread: str = "") -> None:
        """What somebody sees after the answer to their activity; where nothing reaches them, at least that."""
        try:
            await self._shown(come, answer, thread)
        except Refused as refusal:
            if not refusal.unreachable or come.place.direct or not come.place.channel:
                raise
            with speaking(answer.locale):
                card = words.not_alone()
            with to_everybody():
                await self.chat.post(thread or come.place.channel, card, locale=answer.locale)

    async def _shown(self, come: Inbound, answer: Answer, thread: str) -> None:
        await greeted(answer)
        place = come.place
        match answer.outcome:
            case None:
                pass
            case Home(card):
                await self.chat.post(await self.chat.direct(come.user), card, home=True, locale=answer.locale)
                return
            case Post(card):  # in the thread where it was asked
                with to_everybody():
                    await self.chat.post(thread or place.channel, card, locale=answer.locale)
            case Card() | Fresh() if place.message and not place.home:
                await self._replace(place, await self._current(answer), answer)
            case Fresh():
                await self._show(come, await self._current(answer), answer.locale)
            case Form() as form:
                await self._ask(come, form, answer.locale)
            case outcome:
                shown = card_of(outcome, answer.locale)
                if shown is not None:
                    await self._show(come, shown, answer.locale)
        if place.home and place.message:
            self._follow_ups.later(self._renew_home, come)

    async def _ask(self, come: Inbound, form: Form, locale: str) -> None:
        """A button opens the dialog that typed words cannot; where one was tapped in vain, the form itself."""
        again = retyped(come)
        if come.place.message or hidden(again, VALUE) is None:
            title, card = await self.forms.shown(form, come.place, locale, adaptive.inline)
            await self.chat.say(await self.chat.direct(come.user), envelope(card, title))
            return
        with speaking(locale):
            button = words.form_button(form.title, come.route, again)
        await self._show(come, button, locale)

    async def _current(self, answer: Answer) -> Card:
        """The card of an outcome that changes the one that was tapped."""
        if isinstance(answer.outcome, Fresh):
            return await self.turns.redraw(answer.outcome, self.workspace, answer.locale)
        assert isinstance(answer.outcome, Card)
        return answer.outcome

    async def _replace(self, place: Place, card: Card, answer: Answer) -> None:
        await self._redraw(place, self.chat.drawn(card, locale=answer.locale), adaptive.summary(card))

    async def _redraw(self, place: Place, drawn: Json, summary: str) -> None:
        await self.chat.redraw(Landing(place.channel, place.message), envelope(drawn, summary))

    async def _show(self, come: Inbound, card: Card, locale: str) -> None:
        """To this person only: in their 1:1, since nothing in a channel is for one of its readers alone."""
        await self.chat.post(await self.chat.direct(come.user), card, locale=locale)

    async def _renew_home(self, come: Inbound) -> None:
        """The Home on which something was tapped, as it is now."""
        answer = await self._turn(Inbound("", self.tenant, come.user, "home.opened"))
        if isinstance(answer.outcome, Home):
            card = answer.outcome.card
            drawn = self.chat.drawn(card, home=True, locale=answer.locale)
            await self._redraw(come.place, drawn, adaptive.summary(card))

    @property
    def busy(self) -> bool:
        """Whether follow-ups are under way."""
        return self._follow_ups.busy

    async def drain(self, seconds: float = 5) -> None:
        """Let follow-ups that are under way finish."""
        await self._follow_ups.drain(seconds)


_KINDS: dict[str, Callable[[Teams, Json], Awaitable[Json | None]]] = {
    "message": Teams._message,
    "invoke:adaptiveCard/action": Teams._tap,
    "invoke:task/fetch": Teams._fetch,
    "invoke:task/submit": Teams._submit,
    f"invoke:{ON_MESSAGE}fetchTask": Teams._fetch_on,
    f"invoke:{ON_MESSAGE}submitAction": Teams._submit,
    f"invoke:{SEARCH}": Teams._search,
    "conversationUpdate": Teams._changed,
    "installationUpdate": Teams._installed,
}


def _answered(kind: str, value: object) -> Json:
    return {"statusCode": 200, "type": kind, "value": value}


def _whereabouts(come: Inbound, answer: Answer) -> str:
    """Where the answer to a tap is to be seen; without a word Teams would show a failure."""
    with speaking(answer.locale):
        if answer.outcome is None:
            return words.done()
        if isinstance(answer.outcome, Post):
            return words.posted()
        return words.below() if come.place.direct else words.in_chat()
