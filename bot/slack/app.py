"""Slack's side of the bot: one catch-all behind Bolt turns payloads into turns and outcomes into answers."""

import contextlib
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.card import Card, Form
from bot.chat import (
    Again,
    Ambiguous,
    Command,
    Fresh,
    Home,
    Inbound,
    Limited,
    Options,
    Place,
    Post,
    Profile,
    Refused,
)
from bot.errors import DatabaseAway
from bot.followups import FollowUps, card_of, context, greeted, to_everybody
from bot.grammar import retyped
from bot.language import speaking
from bot.shapes import Malformed, reads
from bot.slack import blocks, forms, inbound
from bot.slack.transport import SlackChat, profile
from bot.turns import Answer, Refusal, Turns, reference
from bot.words import home as words

log = logging.getLogger(__name__)
# Named as the library's, so that only who spoke and what broke is kept of what it says.
_BOLT_LOG = logging.getLogger("slack_bolt.bot")
_BOLT_LOG.setLevel(logging.ERROR)  # it warns of the very set-up that is meant: a token of ours, and authorize

EVENTS = (
    "app_home_opened", "app_uninstalled", "member_joined_channel", "message", "team_join", "tokens_revoked", "user_change",
)  # fmt: skip
EMPTY = BoltResponse(status=200, body="")


@dataclass
class Slack:
    """Answers everything one Slack workspace sends, over HTTP or Socket Mode."""

    turns: Turns
    chat: SlackChat
    team: str
    workspace: int
    commands: tuple[Command, ...]
    clock: Callable[[], float]  # Unix seconds, for the age of a signature
    secret: str = ""
    bot_user: str = ""
    learned: Callable[[Profile, str, datetime], Awaitable[None]] | None = None  # by which event, and of when
    left: Callable[[], Awaitable[None]] | None = None
    entered: Callable[[str], Awaitable[None]] | None = None  # the bot itself joined a channel
    _follow_ups: FollowUps = field(default_factory=FollowUps)
    _bolt: AsyncApp | None = None

    # -- coming in -------------------------------------------------------------------------------------

    @property
    def bolt(self) -> AsyncApp:
        """Bolt with one listener for everything: routes are looked up in a dictionary, not tried one by one."""
        if self._bolt is None:
            self._bolt = AsyncApp(
                authorize=self._authorize, signing_secret=self.secret or "checked before", process_before_response=True, logger=_BOLT_LOG,
                request_verification_enabled=False, ignoring_self_events_enabled=False, ssl_check_enabled=False,
                url_verification_enabled=False, attaching_function_token_enabled=False,
            )  # fmt: skip
            # We know whose token it is: nothing is left to authorize for each request.
            self._bolt._async_middleware_list.clear()
            self._bolt.use(_CatchAll(self))
        return self._bolt

    async def _authorize(self, **_: Any) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=self.team, bot_user_id=self.bot_user)

    async def http(self, request: web.Request) -> web.Response:
        """`POST /slack/events`: verify first, then read, then hand the parsed body to Bolt."""
        body = await request.read()
        if not inbound.genuine(self.secret.encode(), request.headers, body, self.clock()):
            return web.Response(status=401)
        payload = inbound.parse(body, request.content_type)
        if payload is None or not inbound.shaped(payload):
            return web.Response(status=400)
        try:
            request_ = reads(AsyncBoltRequest)(body=payload, mode="socket_mode")
        except Malformed:
            return web.Response(status=400)
        answer = await self.bolt.async_dispatch(request_)
        return web.Response(status=answer.status, text=answer.body, content_type=_content_type(answer.body))

    async def answer(self, payload: dict[str, Any]) -> BoltResponse:
        """One payload, whichever way it came; never raises, so that Slack always gets its answer."""
        try:
            return await self._answer(payload)
        except Malformed:
            return BoltResponse(status=400, body="")
        except DatabaseAway:  # not acknowledged: Slack says so to whoever tapped, and sends an event again
            return BoltResponse(status=503, body="")
        except Exception as error:  # Bolt would wait three seconds and answer 404
            reference(error)
            return BoltResponse(status=500, body="")

    async def _answer(self, payload: dict[str, Any]) -> BoltResponse:
        kind = payload.get("type") or ("command" if "command" in payload else "")
        if kind == "url_verification":
            return _json({"challenge": payload["challenge"]})
        if inbound.team_of(payload) != self.team:
            log.warning("a payload of another workspace was ignored")
            return EMPTY
        take = _KINDS.get(kind)
        return await take(self, payload) if take is not None else EMPTY

    # -- the kinds of payload --------------------------------------------------------------------------

    async def _command(self, payload: dict[str, Any]) -> BoltResponse:
        come = inbound.slash(payload, self.commands)
        answer = await self.turns.run(come, self.workspace)
        match answer.outcome:
            case Form() as form:
                return await self._open(payload, form, come, answer) or EMPTY
            case Post(card):
                return _json({"response_type": "in_channel", **self._drawn(card, answer)})
            case outcome:
                shown = card_of(outcome, answer.locale)
                return EMPTY if shown is None else _json({"response_type": "ephemeral", **self._drawn(shown, answer)})

    async def _action(self, payload: dict[str, Any]) -> BoltResponse:
        come = inbound.tapped(payload)
        if "url" in payload["actions"][0] or (payload.get("view") or {}).get("type") == "modal":
            return EMPTY  # a link opens by itself; a form's fields speak when it is submitted
        answer = await self.turns.run(come, self.workspace)
        if isinstance(answer.outcome, Form):
            return await self._open(payload, answer.outcome, come, answer) or EMPTY
        url = str(payload.get("response_url") or "")
        self._follow_ups.later(self._follow, come, answer, url, changes=come.place)
        return EMPTY

    async def _submission(self, payload: dict[str, Any]) -> BoltResponse:
        come = inbound.submitted(payload)
        answer = await self.turns.run(come, self.workspace)
        match answer.outcome:
            case Again(_, errors):
                return _json(forms.errors(dict(errors)))
            case Refusal(sentence):
                # Under the first field, so that the form stays open with everything that was typed.
                first = next(iter(come.fields), "")
                return _json(forms.errors({first: sentence})) if first else EMPTY
            case Form() as form:
                with speaking(answer.locale):
                    view = forms.modal(form, context(come.place))
                return _json({"response_action": "update", "view": view})
        self._follow_ups.later(self._follow, come, answer, "", changes=come.place)
        return EMPTY

    async def _shortcut(self, payload: dict[str, Any]) -> BoltResponse:
        come = inbound.shortcut(payload)
        answer = await self.turns.run(come, self.workspace)
        if isinstance(answer.outcome, Form):
            return await self._open(payload, answer.outcome, come, answer) or EMPTY
        self._follow_ups.later(self._follow, come, answer, "", changes=come.place)
        return EMPTY

    async def _suggestion(self, payload: dict[str, Any]) -> BoltResponse:
        answer = await self.turns.run(inbound.searched(payload), self.workspace)
        found = answer.outcome.choices if isinstance(answer.outcome, Options) else ()
        return _json(blocks.options(found))

    async def _event(self, payload: dict[str, Any]) -> BoltResponse:
        event = payload["event"]
        kind = str(event.get("type", ""))
        if kind not in EVENTS:
            return EMPTY
        if kind == "message" and event.get("channel_type") == "im":
            if event.get("bot_id") or event.get("subtype") or not event.get("user"):
                return EMPTY
            come = inbound.said(payload, self.commands)
            answer = await self.turns.run(come, self.workspace)
            self._follow_ups.later(self._follow, come, answer, "", changes=come.place)
        elif kind == "app_home_opened" and event.get("tab", "home") == "home":
            self._follow_ups.later(self._show_home, str(event.get("user", "")))
        elif kind in {"team_join", "user_change"} and isinstance(event.get("user"), dict) and self.learned:
            event_id = str(payload.get("event_id") or "")
            await self.learned(reads(profile)(event["user"]), event_id, inbound.told_at(payload))
        elif kind == "member_joined_channel" and event.get("user") == self.bot_user:
            if self.entered:
                await self.entered(str(event.get("channel", "")))
        elif kind == "member_joined_channel":
            place = Place(channel=str(event.get("channel", "")))
            come = Inbound(str(payload.get("event_id") or ""), self.team, str(event.get("user", "")),
                           "admin.joined_channel", place.channel, place=place)  # fmt: skip
            await self.turns.run(come, self.workspace)
        elif kind in {"app_uninstalled", "tokens_revoked"} and self.left:
            await self.left()
        return EMPTY

    # -- going out ---------------------------------------------------------------------------------------

    async def _open(self, payload: Mapping[str, Any], form: Form, come: Inbound, answer: Answer) -> BoltResponse | None:
        """Open a form before acknowledging, since a trigger lives three seconds."""
        with speaking(answer.locale):
            view = forms.modal(form, context(come.place))
        try:
            await self.chat.call("views.open", trigger_id=payload.get("trigger_id", ""), view=view)
        except (Ambiguous, Limited, Refused) as error:
            log.warning("a form did not open", extra={"reason": str(error)})
            with speaking(answer.locale):
                again = words.form_closed(form.title, come.route, retyped(come))
            self._follow_ups.later(self._show, come, again, answer.locale)
        return None

    async def _follow(self, come: Inbound, answer: Answer, response_url: str) -> None:
        """What a tap changes on the screen, after its commit."""
        await greeted(answer)
        match answer.outcome:
            case None:
                pass
            case Home(card):
                await self.chat.publish_home(come.user, card)
                return
            case Post(card):
                with to_everybody():
                    await self.chat.call("chat.postMessage", channel=come.place.channel, **self._drawn(card, answer))
                return
            case Fresh() as fresh:
                card = await self.turns.redraw(fresh, self.workspace, answer.locale)
                await self._replace(come, card, answer, response_url)
            case Card() as card if come.place.message:
                await self._replace(come, card, answer, response_url)
            case Form() as form:  # there is no trigger to open it with: a button brings one
                with speaking(answer.locale):
                    await self._show(come, words.form_button(form.title, come.route, retyped(come)), answer.locale)
            case outcome:
                shown = card_of(outcome, answer.locale)
                if shown is not None:
                    await self._show(come, shown, answer.locale)
        if come.place.home:
            self._follow_ups.later(self._show_home, come.user)

    async def _replace(self, come: Inbound, card: Card, answer: Answer, response_url: str) -> None:
        message = self._drawn(card, answer)
        if response_url:
            with contextlib.suppress(Refused):  # used up or too old: the card can still be changed by its id
                await self.chat.respond(response_url, {"replace_original": True, **message})
                return
        try:
            await self.chat.call("chat.update", channel=come.place.channel, ts=come.place.message, **message)
        except Refused:  # only one person could see it, or it is gone: such a message can't be changed
            await self._whisper(come, message)

    async def _show(self, come: Inbound, card: Card, locale: str) -> None:
        """To this person only: in their 1:1, or unseen by the others of a channel."""
        with speaking(locale):
            message = blocks.message(card)
        await self._whisper(come, message)

    async def _whisper(self, come: Inbound, message: dict[str, Any]) -> None:
        place = come.place
        if place.channel and not place.direct and not place.home:
            try:
                await self.chat.call("chat.postEphemeral", channel=place.channel, user=come.user, **message)
                return
            except Refused:
                pass  # the bot is not in that channel: their 1:1 is always open
        await self.chat.call("chat.postMessage", channel=await self.chat.direct(come.user), **message)

    async def _show_home(self, user: str) -> None:
        answer = await self.turns.run(Inbound("", self.team, user, "home.opened"), self.workspace)
        if isinstance(answer.outcome, Home):
            with speaking(answer.locale):
                await self.chat.publish_home(user, answer.outcome.card)

    def _drawn(self, card: Card, answer: Answer) -> dict[str, Any]:
        with speaking(answer.locale):
            return blocks.message(card)

    @property
    def busy(self) -> bool:
        """Whether follow-ups are under way."""
        return self._follow_ups.busy

    async def drain(self, seconds: float = 5) -> None:
        """Let follow-ups that are under way finish."""
        await self._follow_ups.drain(seconds)


class _CatchAll(AsyncMiddleware):
    """Bolt's only middleware: hands every payload over and answers what comes back."""

    def __init__(self, slack: Slack) -> None:
        self.slack = slack

    async def async_process(
        self, *, req: AsyncBoltRequest, resp: BoltResponse, next: Callable[[], Awaitable[BoltResponse]]
    ) -> BoltResponse:
        if not inbound.shaped(req.body):
            return BoltResponse(status=400, body="")
        return await self.slack.answer(req.body)


_KINDS: dict[str, Callable[[Slack, dict[str, Any]], Awaitable[BoltResponse]]] = {
    "command": Slack._command,
    "block_actions": Slack._action,
    "view_submission": Slack._submission,
    "shortcut": Slack._shortcut,
    "message_action": Slack._shortcut,
    "block_suggestion": Slack._suggestion,
    "event_callback": Slack._event,
}


def _json(body: Mapping[str, Any]) -> BoltResponse:
    return BoltResponse(status=200, body=json.dumps(body), headers={"Content-Type": ["application/json"]})


def _content_type(body: str) -> str:
    return "application/json" if body.startswith("{") else "text/plain"
