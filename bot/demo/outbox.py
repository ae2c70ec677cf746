"""What the workspace sends to the bot, signed, over HTTP, and what it does with the answers."""

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout

from bot.demo import limits, payloads, shapes
from bot.demo.answers import reply
from bot.demo.calls import check_view
from bot.demo.workspace import Channel, ClientRefusal, Exchange, Json, Message, SlackError, User, View, Workspace

ACK_SECONDS = 3.0
RETRY_AFTER = (timedelta(0), timedelta(minutes=1), timedelta(minutes=5))
COMMAND_FAILED = "{name} failed with the error “{error}”"


@dataclass
class Answer:
    """How the bot answered; `error` is http_timeout, http_error or connection_failed, empty when all was well."""

    status: int
    body: Any
    error: str = ""
    refusal: str = ""  # why Slack would not show what the bot answered
    exchange: Exchange | None = None

    @property
    def ok(self) -> bool:
        """Whether the bot acknowledged in time and Slack could use what it said."""
        return not self.error and not self.refusal


@dataclass
class Retry:
    payload: Json
    number: int
    reason: str
    due: datetime


class Outbox:
    """One workspace's clients. Whatever a person does here reaches the bot as one signed request."""

    def __init__(
        self,
        workspace: Workspace,
        bot_url: str = "http://127.0.0.1:3000/slack/events",
        *,
        ack_seconds: float = ACK_SECONDS,
        signed_at: Callable[[], datetime] | None = None,
    ) -> None:
        self.workspace, self.bot_url, self.ack_seconds = workspace, bot_url, ack_seconds
        self.signed_at = signed_at or workspace.now
        self.retries: list[Retry] = []
        self._session: ClientSession | None = None

    async def close(self) -> None:
        """Let go of the connections to the bot."""
        if self._session:
            await self._session.close()
            self._session = None

    # -- what a person does ------------------------------------------------------------------------

    async def command(self, user: User, channel: Channel, name: str, text: str = "") -> Answer:
        """A slash command, typed in a channel. Guests have none."""
        self._active(user)
        if not user.has_commands:
            raise ClientRefusal(f"{user.name} is a guest here: slash commands are not available to guests.")
        if not name.startswith("/"):
            raise ClientRefusal(f"A command starts with a slash; {name} does not.")
        form = payloads.command(self.workspace, user, channel, name, text)
        answer = await self._send("slash", form, urlencode(form))
        if answer.error:
            error = "operation_timeout" if answer.error == "http_timeout" else "dispatch_failed"
            self._whisper(user, channel, COMMAND_FAILED.format(name=name, error=error))
            return answer
        body = {"text": answer.body} if isinstance(answer.body, str) and answer.body.strip() else answer.body
        if isinstance(body, dict) and body:
            self._use(answer, lambda: reply(self.workspace, user.id, channel.id, body))
        return answer

    async def tap(
        self,
        user: User,
        where: Message | View,
        action_id: str,
        given: Any = None,
        typed: Json | None = None,
        *,
        block_id: str | None = None,
    ) -> Answer:
        """Use one element: tap a button, or choose `given`. `typed` is what the inputs around it hold.

        `block_id` is needed only where two blocks have the same action_id.
        """
        self._active(user)
        block, element = self._find(where, action_id, block_id)
        where_typed = self._keep(where, typed or {})
        action = payloads.action(self.workspace, block, element, given)
        if element["type"] not in ("button", "overflow"):
            where_typed.setdefault(block["block_id"], {})[element["action_id"]] = shapes.state(element, given)
        if isinstance(where, View):
            return await self._interact(payloads.view_tapped(self.workspace, user, where, action))
        return await self._interact(payloads.message_tapped(self.workspace, user, where, action, where_typed))

    choose = tap

    async def submit(self, user: User, view: View, typed: Json | None = None) -> tuple[Answer | None, dict[str, str]]:
        """Submit a modal: block_id -> action_id -> what was typed. Second: the errors, by block_id, if it stays open.

        What Slack's client finds missing or out of bounds never leaves it: then there is no answer.
        """
        self._active(user)
        self._keep(view, typed or {})
        wrong = wrong_inputs(view)
        if wrong:
            return None, wrong
        answer = await self._interact(payloads.submission(self.workspace, user, view))
        if not answer.ok:
            return answer, {}
        body = answer.body if isinstance(answer.body, dict) else {}
        errors: dict[str, str] = {}
        self._use(answer, lambda: errors.update(self._response_action(user, view, body)))
        return answer, errors

    async def close_view(self, user: User, *, everything: bool = False) -> Answer | None:
        """Close the uppermost view; the bot hears of it when it asked to."""
        stack = self.workspace.modals.get(user.id) or []
        if not stack:
            raise ClientRefusal("No form is open.")
        view = stack[-1]
        cleared = everything or view.body.get("clear_on_close", False)
        self.workspace.close_top(user.id, everything=cleared)
        if not view.body.get("notify_on_close"):
            return None
        return await self._interact(payloads.closed(self.workspace, user, view, cleared=cleared))

    async def suggest(
        self, user: User, where: View | Message, action_id: str, text: str, *, block_id: str | None = None
    ) -> list[Json]:
        """Search in an external select: the options, groups flattened."""
        block, element = self._find(where, action_id, block_id)
        payload = payloads.suggestion(self.workspace, user, where, element, block["block_id"], text)
        answer = await self._interact(payload)
        body = answer.body if answer.ok and isinstance(answer.body, dict) else {}
        group = {"type": "static_select", **{key: body[key] for key in ("options", "option_groups") if key in body}}
        return limits.options_of(group)

    async def message(self, user: User, channel: Channel, text: str, thread_ts: str | None = None) -> Message:
        """Say something. The bot hears direct messages and, where it is a member, mentions."""
        self._active(user)
        if user.id not in channel.members:
            raise ClientRefusal(f"{user.name} is not in #{channel.name}.")
        sent = payloads.mentions(self.workspace, text)
        blocks = payloads.typed_blocks(sent)
        message = self.workspace.post(channel, user, sent, blocks=blocks, thread_ts=thread_ts)
        mentioned = f"<@{self.workspace.bot.id}>" in sent
        if self.workspace.bot.id in channel.members and (channel.kind in ("im", "mpim") or mentioned):
            kind = "message" if channel.kind in ("im", "mpim") else "app_mention"
            await self.event(payloads.said(self.workspace, message, kind))
        return message

    async def shortcut(self, user: User, callback_id: str) -> Answer:
        """A global shortcut."""
        self._active(user)
        return await self._interact(payloads.shortcut(self.workspace, user, callback_id))

    async def message_action(self, user: User, message: Message, callback_id: str) -> Answer:
        """A message shortcut, from the menu of one message."""
        self._active(user)
        return await self._interact(payloads.message_action(self.workspace, user, message, callback_id))

    async def open_home(self, user: User, tab: str = "home") -> Answer:
        """Open the App Home."""
        self._active(user)
        return await self.event(payloads.home_opened(self.workspace, user, tab))

    # -- what happens in the workspace -------------------------------------------------------------

    async def team_join(self, user: User) -> Answer:
        """Somebody joined the workspace."""
        return await self.event(payloads.user_event(self.workspace, user, "team_join"))

    async def user_change(self, user: User) -> Answer:
        """Somebody's profile, zone, role or state changed."""
        return await self.event(payloads.user_event(self.workspace, user, "user_change"))

    async def member_joined_channel(self, user: User, channel: Channel) -> Answer:
        """Somebody, perhaps the bot, joined a channel."""
        if user.id not in channel.members:
            channel.members.append(user.id)
            self.workspace.changed()
        return await self.event(payloads.joined(self.workspace, user, channel))

    async def reaction_added(self, user: User, message: Message, name: str) -> Answer:
        """Somebody reacted to a message."""
        message.reactions.setdefault(name, []).append(user.id)
        self.workspace.changed()
        item = {"type": "message", "channel": message.channel, "ts": message.ts}
        inner = {"type": "reaction_added", "user": user.id, "reaction": name, "item_user": message.user, "item": item}
        return await self.event(inner | {"event_ts": self.workspace.next_ts()})

    async def app_uninstalled(self) -> Answer:
        """The app was removed: every token dies with it."""
        self.workspace.installed = False
        return await self.event({"type": "app_uninstalled"})

    async def tokens_revoked(self) -> Answer:
        """The bot's token was revoked."""
        self.workspace.installed = False
        return await self.event({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [self.workspace.bot.id]}})

    async def event(self, inner: Json) -> Answer:
        """Deliver an event; without a 200 in time it comes again at once, after one minute and after five."""
        return await self._deliver(payloads.event(self.workspace, inner), 0, "")

    async def again(self, exchange: Exchange) -> Answer:
        """Send what was sent before once more, as Slack does when an answer was lost on its way."""
        event = "event" in exchange.sent
        return await (self._deliver(exchange.sent, 1, "http_timeout") if event else self._interact(exchange.sent))

    async def deliver_due(self) -> int:
        """Deliver every retry that is due by the workspace's clock; how many were."""
        now, waiting = self.workspace.now(), self.retries
        due, self.retries = [one for one in waiting if one.due <= now], [one for one in waiting if one.due > now]
        for retry in due:
            await self._deliver(retry.payload, retry.number, retry.reason)
        return len(due)

    # -- sending -----------------------------------------------------------------------------------

    async def _deliver(self, payload: Json, number: int, reason: str) -> Answer:
        headers = {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason} if number else {}
        kind = payload["event"]["type"]
        answer = await self._send(kind, payload, json.dumps(payload), headers | {"Content-Type": "application/json"})
        if answer.error and number < len(RETRY_AFTER) and answer.body != "no retry":
            retry = Retry(payload, number + 1, answer.error, self.workspace.now() + RETRY_AFTER[number])
            if RETRY_AFTER[number]:
                self.retries.append(retry)
            else:
                return await self._deliver(payload, retry.number, retry.reason)
        return answer

    async def _interact(self, payload: Json) -> Answer:
        return await self._send(payload["type"], payload, urlencode({"payload": json.dumps(payload)}))

    async def _send(self, kind: str, payload: Json, body: str, headers: dict[str, str] | None = None) -> Answer:
        exchange = self.workspace.note("slack", kind, payload)
        stamp = str(int(self.signed_at().timestamp()))
        signed = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": signature(self.workspace.signing_secret, stamp, body),
            **(headers or {}),
        }
        answer = await self._post(body, signed)
        exchange.status, exchange.answer, exchange.note = answer.status, answer.body, answer.error
        answer.exchange = exchange
        self.workspace.changed()
        return answer

    async def _post(self, body: str, headers: dict[str, str]) -> Answer:
        if self._session is None:
            self._session = ClientSession(timeout=ClientTimeout(total=self.ack_seconds))
        try:
            async with self._session.post(self.bot_url, data=body.encode(), headers=headers) as response:
                answered = _parsed(await response.text(), response.content_type)
                if response.status == 200:
                    return Answer(200, answered)
                stop = response.headers.get("X-Slack-No-Retry") == "1"
                return Answer(response.status, "no retry" if stop else answered, "http_error")
        except TimeoutError:
            return Answer(0, None, "http_timeout")
        except (ClientError, OSError):
            return Answer(0, None, "connection_failed")

    # -- what the answers do -----------------------------------------------------------------------

    def _response_action(self, user: User, view: View, body: Json) -> dict[str, str]:
        kind = body.get("response_action")
        if kind == "errors":
            return self._errors(view, body.get("errors"))
        if kind == "update":
            self.workspace.change_view(view, check_view(body.get("view"), "modal"))
        elif kind == "push":
            self.workspace.push_modal(user.id, check_view(body.get("view"), "modal"))
        elif kind in (None, "clear"):
            if body and kind is None:
                raise SlackError("invalid_response", [f"[ERROR] unknown field: {key}" for key in body])
            self.workspace.close_top(user.id, everything=kind == "clear")
        else:
            raise SlackError("invalid_response", [f"[ERROR] unknown response_action: {kind}"])
        return {}

    def _errors(self, view: View, errors: Any) -> dict[str, str]:
        inputs = {block["block_id"] for block in view.body["blocks"] if block["type"] == "input"}
        if not isinstance(errors, dict) or not errors or not all(isinstance(each, str) for each in errors.values()):
            raise SlackError("invalid_response", ["[ERROR] errors must be sentences by block_id"])
        if set(errors) - inputs:
            raise SlackError("invalid_response", [f"[ERROR] no input block: {each}" for each in set(errors) - inputs])
        return dict(errors)

    def _use(self, answer: Answer, act: Callable[[], object]) -> None:
        """Do what the answer asks; what Slack would refuse is noted instead of raised."""
        try:
            act()
        except SlackError as refused:
            answer.refusal = "; ".join([refused.code, *refused.messages])
            if answer.exchange:
                answer.exchange.note = answer.refusal
            self.workspace.changed()

    # -- small things ------------------------------------------------------------------------------

    def _active(self, user: User) -> None:
        if user.deleted:
            raise ClientRefusal(f"{user.name}'s account is deactivated.")

    def _whisper(self, user: User, channel: Channel, text: str) -> None:
        self.workspace.post(channel, self.workspace.slackbot, text, only_for=user.id)

    def _find(self, where: Message | View, action_id: str, block_id: str | None) -> tuple[Json, Json]:
        found = [
            (block, element)
            for block in (where.body["blocks"] if isinstance(where, View) else where.blocks)
            for element in limits.elements_of(block)
            if element["action_id"] == action_id and block_id in (None, block["block_id"])
        ]
        if not found:
            raise ClientRefusal("That button is no longer there.")
        if len(found) > 1:
            raise ClientRefusal(f"{len(found)} blocks have an element {action_id!r}: say which by its block_id.")
        return found[0]

    def _keep(self, where: Message | View, typed: Json) -> Json:
        if isinstance(where, View):
            where.typed = shapes.states(where.body["blocks"], typed, where.typed)
            return where.typed
        return shapes.states(where.blocks, typed)


def wrong_inputs(view: View) -> dict[str, str]:
    """What Slack's client refuses before it submits: empty required inputs, texts and numbers out of bounds."""
    wrong = {}
    for block in view.body["blocks"]:
        if block["type"] == "input":
            held = view.typed[block["block_id"]][block["element"]["action_id"]]
            sentence = _wrong(block, held)
            if sentence:
                wrong[block["block_id"]] = sentence
    return wrong


def _wrong(block: Json, held: Json) -> str:
    element = block["element"]
    if shapes.is_empty(held):
        return "" if block.get("optional") else "Please complete this required field."
    if element["type"] == "number_input":
        return _wrong_number(element, held["value"])
    value = held.get("value") or ""
    if len(value) > element.get("max_length", 3000):
        return f"Use at most {element.get('max_length', 3000)} characters."
    if value and len(value) < element.get("min_length", 0):
        return f"Use at least {element['min_length']} characters."
    return ""


def _wrong_number(element: Json, value: str) -> str:
    try:
        number = float(value)
    except ValueError:
        return "Please enter a number."
    if not element["is_decimal_allowed"] and not value.lstrip("+-").isdigit():
        return "Please enter a whole number."
    least, most = element.get("min_value"), element.get("max_value")
    if (least is not None and number < float(least)) or (most is not None and number > float(most)):
        return f"Please enter a number between {least or '…'} and {most or '…'}."
    return ""


def signature(secret: str, stamp: str, body: str) -> str:
    """Slack's signature: HMAC-SHA256 over `v0:timestamp:body`."""
    return "v0=" + hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()


def _parsed(text: str, content_type: str) -> Any:
    if content_type != "application/json":
        return text
    try:
        return json.loads(text or "{}")
    except json.JSONDecodeError:
        return text
