"""The people's Teams clients: whatever somebody does here reaches the bot as one activity with a signed token."""

import json
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

from bot.demo.organisation import ClientRefusal, Json, User
from bot.demo.outbox import Answer
from bot.demo.teams import activities, answers
from bot.demo.teams.cards import actions, inputs
from bot.demo.teams.keys import Keys
from bot.demo.teams.tenant import Activity, Conversation, Dialog, Tenant
from bot.demo.teams.typed import held, wrong_inputs

ACK_SECONDS = 10.0


class Clients:
    """One organisation's clients."""

    def __init__(
        self,
        tenant: Tenant,
        keys: Keys,
        bot_url: str = "http://127.0.0.1:3000/api/messages",
        *,
        ack_seconds: float = ACK_SECONDS,
    ) -> None:
        self.tenant, self.keys, self.bot_url, self.ack_seconds = tenant, keys, bot_url, ack_seconds
        self._session: ClientSession | None = None

    async def close(self) -> None:
        """Let go of the connections to the bot."""
        if self._session:
            await self._session.close()
            self._session = None

    # -- what a person does ------------------------------------------------------------------------

    async def say(self, user: User, place: Conversation, text: str, root: str = "") -> Answer | None:
        """Write a message. The bot hears what is written to it, and in a channel what mentions it."""
        self._active(user)
        if user.id not in place.members:
            raise ClientRefusal(f"{user.name} is not in {place.name}.")
        if place.kind == "personal":
            await self._installed(user)
        shown, entities = self.tenant.mentioned(text)
        message = self.tenant.post(place, user, root, text=shown)
        addressed = any(each["mentioned"]["id"] == self.tenant.bot.id for each in entities)
        if self.tenant.bot.id not in place.members or not (addressed or place.kind == "personal"):
            return None
        return await self.send(activities.said(self.tenant, user, place, message, entities))

    async def tap(self, user: User, where: Activity | Dialog, action: Json, typed: Json | None = None) -> Answer:
        """Tap an action of a message; `typed` is what the inputs around it hold."""
        self._active(user)
        card = where.card if isinstance(where, Dialog) else where.seen_by(user)
        if not isinstance(where, Activity) or card is None or action not in actions(card):
            raise ClientRefusal("That button is no longer there.")
        wrong = wrong_inputs(card, typed or {})
        if wrong:
            raise ClientRefusal("; ".join(wrong.values()))
        values = held(card, typed or {})
        if action["type"] == "Action.Execute":
            return await self._execute(user, where, action, values)
        if action["type"] != "Action.Submit":
            raise ClientRefusal("That opens something else; it tells the bot nothing.")
        data = {**action.get("data", {}), **values}
        if (data.get("msteams") or {}).get("type") == "task/fetch":
            return await self._fetch(user, where, data)
        return await self.send(activities.submitted(self.tenant, user, self._place(where), where, data))

    async def message_action(self, user: User, message: Activity, command: str) -> Answer:
        """Choose an action in a message's menu."""
        self._active(user)
        told = activities.chosen(self.tenant, message, command)
        came = {"conversation": message.conversation, "replyToId": message.id}
        answer = await self._task(user, came, "composeExtension/fetchTask", told)
        answers.fetched(self.tenant, user, came, answer, told)
        return answer

    async def submit(
        self, user: User, dialog: Dialog, typed: Json | None = None
    ) -> tuple[Answer | None, dict[str, str]]:
        """Submit the dialog. Second: what the client itself finds wrong, by input; then nothing was sent."""
        self._active(user)
        dialog.typed |= typed or {}
        wrong = wrong_inputs(dialog.card, dialog.typed)
        if wrong:
            return None, wrong
        data = {**submit_of(dialog.card).get("data", {}), **held(dialog.card, dialog.typed)}
        name = "composeExtension/submitAction" if dialog.command else "task/submit"
        answer = await self._task(user, dialog.came, name, {**dialog.command, "data": data})
        answers.submitted(self.tenant, user, dialog, answer)
        return answer, {}

    async def dismiss(self, user: User) -> None:
        """Close the dialog; the bot does not hear of it."""
        if self.tenant.dialogs.pop(user.id, None) is None:
            raise ClientRefusal("No form is open.")
        self.tenant.changed()

    async def search(self, user: User, where: Activity | Dialog, input_id: str, text: str) -> list[Json]:
        """Type into a list that is searched: titles and values, at most fifteen."""
        card = where.card if isinstance(where, Dialog) else where.seen_by(user)
        asked = inputs(card or {}).get(input_id, {}).get("choices.data")
        if asked is None:
            raise ClientRefusal("That list is not searched.")
        if asked["dataset"].startswith("graph.microsoft.com/users"):
            return answers.people(self.tenant, text)
        came = where.came if isinstance(where, Dialog) else {"conversation": where.conversation, "replyToId": where.id}
        value = {"queryText": text, "queryOptions": {"skip": 0, "top": 15}, "dataset": asked["dataset"]}
        place, message = self._came(came)
        answer = await self.send(activities.invoke(self.tenant, user, place, "application/search", value, message))
        return answers.found(answer)

    # -- what happens in the organisation ----------------------------------------------------------

    async def add_to_team(self, by: User) -> Answer:
        """Somebody adds the app to the team; it is in every channel then."""
        self.tenant.in_team = True
        team = self._team()
        await self.send(activities.installed(self.tenant, by, team, "add"))
        return await self.send(activities.came_and_went(self.tenant, by, team, "", membersAdded=[self.tenant.bot]))

    async def remove_from_team(self, by: User) -> Answer:
        """Somebody removes the app from the team."""
        self.tenant.in_team = False
        team = self._team()
        await self.send(activities.came_and_went(self.tenant, by, team, "", membersRemoved=[self.tenant.bot]))
        return await self.send(activities.installed(self.tenant, by, team, "remove"))

    async def add_to_group(self, by: User, group: Conversation) -> Answer:
        """Somebody adds the app to a group chat."""
        group.members.append(self.tenant.bot.id)
        await self.send(activities.installed(self.tenant, by, group, "add"))
        return await self.send(activities.came_and_went(self.tenant, by, group, "", membersAdded=[self.tenant.bot]))

    async def remove_from_group(self, by: User, group: Conversation) -> Answer:
        """Somebody removes the app from a group chat."""
        group.members.remove(self.tenant.bot.id)
        await self.send(activities.came_and_went(self.tenant, by, group, "", membersRemoved=[self.tenant.bot]))
        return await self.send(activities.installed(self.tenant, by, group, "remove"))

    async def install(self, user: User) -> Answer:
        """Somebody adds the app to their own chats."""
        self.tenant.personal.add(user.id)
        self.tenant.blocked.discard(user.id)
        chat = self.tenant.chat(user.id)
        await self.send(activities.installed(self.tenant, user, chat, "add"))
        return await self.send(activities.came_and_went(self.tenant, user, chat, "", membersAdded=[self.tenant.bot]))

    async def uninstall(self, user: User) -> Answer:
        """Somebody removes it there: writing to them is refused from now on."""
        self.tenant.personal.discard(user.id)
        self.tenant.blocked.add(user.id)
        return await self.send(activities.installed(self.tenant, user, self.tenant.chat(user.id), "remove"))

    async def joined(self, user: User) -> Answer:
        """Somebody joined the team."""
        update = activities.came_and_went(self.tenant, user, self._team(), "teamMemberAdded", membersAdded=[user])
        return await self.send(update)

    async def left(self, user: User) -> Answer:
        """Somebody left the team."""
        update = activities.came_and_went(self.tenant, user, self._team(), "teamMemberRemoved", membersRemoved=[user])
        return await self.send(update)

    async def channel_changed(self, by: User, place: Conversation, event: str) -> Answer:
        """A channel of the team was made, renamed or taken away; General tells of it."""
        update = activities.came_and_went(self.tenant, by, self._team(), event)
        if place.id != self.tenant.team_id:
            update["channelData"]["channel"] = {"id": place.id, "name": place.name}
        else:
            del update["channelData"]["channel"]
        return await self.send(update)

    async def entered(self, user: User, place: Conversation, by: User) -> Answer:
        """Somebody, perhaps the bot, was added to a channel that has members of its own."""
        if user.id not in place.members:
            place.members.append(user.id)
        update = activities.came_and_went(self.tenant, by, place, "channelMemberAdded", membersAdded=[user])
        return await self.send(update)

    # -- sending -----------------------------------------------------------------------------------

    async def send(self, activity: Json, token: str | None = None) -> Answer:
        """Bring one activity to the bot; `token` replaces the one that is right."""
        exchange = self.tenant.note("teams", str(activity.get("name") or activity["type"]), activity)
        right = self.keys.token(self.tenant.app_id, self.tenant.service_url) if token is None else token
        answer = await self._post(activity, {"Authorization": f"Bearer {right}"} if right else {})
        exchange.status, exchange.answer, exchange.note = answer.status, answer.body, answer.error
        answer.exchange = exchange
        self.tenant.changed()
        return answer

    async def _post(self, activity: Json, headers: dict[str, str]) -> Answer:
        if self._session is None:
            self._session = ClientSession(timeout=ClientTimeout(total=self.ack_seconds))
        try:
            async with self._session.post(self.bot_url, json=activity, headers=headers) as response:
                text = await response.text()
                fine = response.status in (200, 201, 202)
                return Answer(response.status, _parsed(text), "" if fine else "http_error")
        except TimeoutError:
            return Answer(0, None, "http_timeout")
        except (ClientError, OSError):
            return Answer(0, None, "connection_failed")

    async def _execute(self, user: User, where: Activity, action: Json, values: Json) -> Answer:
        told: Json = {key: action[key] for key in ("type", "title", "verb", "id") if key in action}
        told |= {"data": {**action.get("data", {}), **values}}
        value = {"action": told, "trigger": "manual"}
        asked = activities.invoke(self.tenant, user, self._place(where), "adaptiveCard/action", value, where)
        answer = await self.send(asked)
        answers.tapped(self.tenant, user, where, answer)
        return answer

    async def _fetch(self, user: User, where: Activity, data: Json) -> Answer:
        came = {"conversation": where.conversation, "replyToId": where.id}
        answer = await self._task(user, came, "task/fetch", {"data": {**data, "type": "task/fetch"}})
        answers.fetched(self.tenant, user, came, answer)
        return answer

    async def _task(self, user: User, came: Json, name: str, told: Json) -> Answer:
        place, message = self._came(came)
        value = {**told, "context": {"theme": "default"}}
        return await self.send(activities.invoke(self.tenant, user, place, name, value, message))

    async def _installed(self, user: User) -> None:
        """Whoever writes to the bot for the first time has it from then on."""
        if user.id not in self.tenant.personal:
            await self.install(user)

    # -- small things ------------------------------------------------------------------------------

    def _active(self, user: User) -> None:
        if user.deleted:
            raise ClientRefusal(f"{user.name}'s account is deactivated.")

    def _place(self, where: Activity) -> Conversation:
        return self.tenant.conversations[where.conversation]

    def _came(self, came: Json) -> tuple[Conversation, Activity | None]:
        place = self.tenant.conversations[came["conversation"]]
        return place, place.find(came["replyToId"])

    def _team(self) -> Conversation:
        """The team itself, which speaks as its General channel."""
        return Conversation(self.tenant.team_id, "channel", "General")


def submit_of(card: Json) -> Json:
    """The action that submits a dialog."""
    found = [each for each in actions(card) if each["type"] == "Action.Submit"]
    if len(found) != 1:
        raise ClientRefusal(f"{len(found)} buttons submit that form.")
    return found[0]


def _parsed(text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except json.JSONDecodeError:
        return text
