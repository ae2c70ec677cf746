"""What people do meanwhile, and what they were told of it."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field

from bot.demo.limits import elements_of
from bot.demo.outbox import Answer
from bot.demo.workspace import ClientRefusal, Exchange, Message, User
from bot.slack.inbound import submitted, tapped
from tests.torture.plan import Deed
from tests.torture.world import World

WORKERS = 8
PATIENCE = 0.25  # seconds until somebody who got no answer tries again
TRIES = 40
ENOUGH = 30  # seconds of fair weather after which nobody waits for a question any more


@dataclass
class Crowd:
    """Contractors who write, tap and report, and try again until they are answered."""

    world: World
    deeds: list[Deed]
    acknowledged: list[str] = field(default_factory=list)  # inbound ids
    said: dict[str, bool] = field(default_factory=dict)  # words -> whether they were acknowledged
    reported: dict[str, bool] = field(default_factory=dict)
    scores: dict[tuple[int, str], list[tuple[int, bool]]] = field(default_factory=lambda: defaultdict(list))
    tried: int = 0
    later: list[Exchange] = field(default_factory=list)

    async def act(self) -> None:
        """Everything everybody does: one after the other for each, several at once."""
        await asyncio.gather(
            *(self._work([one for one in self.deeds if one.contractor % WORKERS == first]) for first in range(WORKERS))
        )

    async def remember(self) -> None:
        """What Slack thinks it has to send once more, long after."""
        for exchange in reversed(self.later):
            await self.world.outbox.again(exchange)
        await self.world.outbox.deliver_due()

    async def _work(self, deeds: list[Deed]) -> None:
        waiting, clock = list(deeds), asyncio.get_running_loop().time
        calm_since = 0.0
        while waiting and not (calm_since and clock() > calm_since + ENOUGH):
            deed = waiting.pop(0)
            if not await self._do(deed):
                waiting.append(deed)
                await asyncio.sleep(0.02)
            calm_since = calm_since or (clock() if self.world.weather.fair else 0.0)

    async def _do(self, deed: Deed) -> bool:
        """Do one thing; False when it is to be tried later, since what it needs is not there yet."""
        user = self.world.workspace.person(f"U0C{deed.contractor:05d}")
        match deed.kind:
            case "say":
                await self._say(user, deed)
            case "report":
                await self._report(user, deed)
            case "tap":
                return await self._tap(user, deed)
        return True

    async def _say(self, user: User, deed: Deed) -> None:
        words = f"stuck since {deed.number}"
        self.said[words] = False
        await self.world.outbox.message(user, self.world.workspace.dm(user.id), f"blocker {words}")
        heard = next(one for one in reversed(self.world.workspace.log) if words in str(one.sent.get("event", {})))
        answer = Answer(heard.status, heard.answer, heard.note, exchange=heard)
        if await self._until_answered(answer, deed):
            self.said[words] = True
            self.acknowledged.append(heard.sent["event_id"])

    async def _report(self, user: User, deed: Deed) -> None:
        """By the shortcut, when its form opens; the form may be lost, then there is nothing to report."""
        workspace = self.world.workspace
        workspace.modals.pop(user.id, None)
        answer = await self.world.outbox.shortcut(user, "blockers.report")
        view = next(iter(workspace.modals.get(user.id, [])), None)
        if not answer.ok or view is None:
            return
        words = f"nothing works, says {deed.number}"
        self.reported[words] = False
        try:
            given, _errors = await self.world.outbox.submit(user, view, {"stops": {"stops#text": words}})
        except ClientRefusal:
            return
        assert given is not None, "the form was filled in"
        if await self._until_answered(given, deed):
            self.reported[words] = True
            assert given.exchange is not None
            self.acknowledged.append(submitted(given.exchange.sent).id)

    async def _tap(self, user: User, deed: Deed) -> bool:
        card = self._pulse(user)
        if card is None:
            return False
        actions = [(block["block_id"], one["action_id"], one["value"].split(":")) for block in card.blocks
                   for one in elements_of(block) if one["action_id"].startswith("pulse.answer")]  # fmt: skip
        mine = [one for one in actions if one[2][2] == str(deed.score)]
        block_id, action_id, (round_id, question, score) = mine[deed.number % len(mine)]
        given = self.scores[int(round_id), question]
        given.append((int(score), False))
        answer = await self.world.outbox.tap(user, card, action_id, block_id=block_id)
        if await self._until_answered(answer, deed):
            given[-1] = (int(score), True)
            assert answer.exchange is not None
            self.acknowledged.append(tapped(answer.exchange.sent).id)
        return True

    def _pulse(self, user: User) -> Message | None:
        for message in reversed(self.world.workspace.dm(user.id).messages):
            if any(
                one["action_id"].startswith("pulse.answer") for block in message.blocks for one in elements_of(block)
            ):
                return message
        return None

    async def _until_answered(self, answer: Answer, deed: Deed) -> bool:
        """Send the very same again until it is acknowledged, and sometimes once too often."""
        exchange = answer.exchange
        assert exchange is not None
        for _ in range(TRIES):
            self.tried += 1
            if answer.ok:
                break
            await asyncio.sleep(PATIENCE)
            answer = await self.world.outbox.again(exchange)
        if deed.later and answer.ok:  # nobody sends again what they gave up, after what they did instead
            self.later.append(exchange)
        if deed.at_once:
            await asyncio.gather(self.world.outbox.again(exchange), self.world.outbox.again(exchange))
        return answer.ok
