"""The only wiring: settings -> storage, chat, clock, courier, HTTP. The only place that asks what time it is."""

import asyncio
import contextlib
import gc
import logging
import secrets
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from aiohttp import web
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

import handlers
import schedules
import storage
from bot import logs, metrics
from bot.chat import Ambiguous, Chat, Limited, Pace, Profile, Refused
from bot.courier import Courier
from bot.errors import ChatUnreachable, NotADatabase, PortTaken, TokenRefused
from bot.lock import sole
from bot.settings import Settings
from bot.slack.app import Slack
from bot.slack.transport import SlackChat
from bot.turns import Turns, unheard
from storage.database import EVERYONE, open_database

if TYPE_CHECKING:
    from bot.teams.app import Teams

log = logging.getLogger(__name__)

DRAIN = 4  # seconds a stop waits for messages and follow-ups that are under way
CLOSING = 2  # and before that twice for requests, until they end and are cut off: in all within the usual ten
ROSTER_AGAIN = 60.0  # seconds until a chat that did not tell who is here is asked again


def utc_now() -> datetime:
    """The system's time."""
    return datetime.now(UTC)


class App:
    """One running bot."""

    def __init__(self, settings: Settings, now: Callable[[], datetime] = utc_now, *, paced: bool = True) -> None:
        self.settings = settings
        self.now = now
        self.database = open_database(settings.store.database_url)
        self.chats: dict[int, Chat] = {}
        self.courier = Courier(self.database, self.chats, schedules.letters(), self.now, boot=secrets.token_hex(8),
                               shared=self.database.shared)  # fmt: skip
        if not paced:
            self.courier.pace, self.courier.spread = Pace(0, 0), lambda: 1.0
        self.turns = Turns(self.database, handlers.routes(), schedules.dues(), schedules.letters(),
                           self.now, self.courier.wake, self.learn, self.courier.expect)  # fmt: skip
        self.slack: Slack | None = None
        self.slack_chat: SlackChat | None = None
        self.teams: Teams | None = None
        self.ticked_at: datetime | None = None
        self.acknowledged = metrics.Acknowledged()
        self.problems: dict[str, str] = {}
        self._tasks: list[asyncio.Task[Any]] = []
        self._settling: asyncio.Task[None] | None = None
        self._tried = asyncio.Event()

    async def start(self) -> None:
        """Open the database and connect; what can wait (the roster) goes on in the background."""
        await self.database.prepare()
        self.database.open()
        try:
            if self.settings.slack.bot_token:
                await self._connect_slack()
            if self.settings.teams.configured:
                await self._connect_teams()
            await self.courier.recover()
        except DBAPIError as error:
            raise NotADatabase(path=self.database.path, reason=str(error.orig)) from None
        self._tasks.append(asyncio.create_task(self.courier.run()))
        if self.database.shared:
            self._tasks.append(asyncio.create_task(self.database.listen(self.courier.wake)))
            self._tasks.append(asyncio.create_task(self.courier.keep_hold()))
        self._settling = asyncio.create_task(self._settle_in())

    async def settled_in(self) -> None:
        """Wait until the roster has been read, or did not want to be."""
        if self._settling is not None:
            await self._tried.wait()

    async def stop(self) -> None:
        """Let what is under way finish, then let go."""
        sides = [side for side in (self.slack, self.teams) if side is not None]
        await asyncio.gather(self.courier.rest(DRAIN), *(side.drain(DRAIN) for side in sides))
        tasks = [*self._tasks, *([self._settling] if self._settling else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self.slack_chat is not None:
            await self.slack_chat.close()
        if self.teams is not None:
            await self.teams.chat.close()
        await self.database.close()

    # -- Slack -------------------------------------------------------------------------------------------

    async def _connect_slack(self) -> None:
        slack = self.settings.slack
        chat = SlackChat(slack.bot_token, slack.api_url, self._remember_direct)
        self.slack_chat = chat
        try:
            me, _scopes = await chat.identity()
        except (Ambiguous, Limited) as error:
            raise ChatUnreachable(address=slack.api_url, reason=str(error)) from None
        except Refused as refusal:
            raise TokenRefused(reason=refusal.reason) from None
        care = self.settings.care

        def keep(db: Any) -> int:
            row = storage.people.workspace(db, "slack", me["team_id"])
            row.name, row.bot_user, row.active = me.get("team", ""), me["user_id"], True
            row.care_channel, row.intro_channel = care.care_channel, care.intro_channel
            db.add(row)
            return int(row.id or 0)

        workspace = await self.database.write(keep, EVERYONE)
        for user, channel in (await self.database.write(storage.people.directs, workspace)).items():
            chat.know_direct(user, channel)
        await self.database.write(lambda db: schedules.begin(db, self.now()), workspace)
        self.chats[workspace] = chat
        self.slack = Slack(
            self.turns, chat, me["team_id"], workspace, handlers.commands(), lambda: self.now().timestamp(),
            slack.signing_secret, me["user_id"],
            learned=partial(self._told, workspace), left=lambda: self.leave(workspace),
            entered=lambda channel: self.enter(workspace, channel),
        )  # fmt: skip

    async def _connect_teams(self) -> None:
        from bot import tenant  # what Teams needs is paid for where Teams is configured

        teams = self.settings.teams
        self.teams = await tenant.connect(self, teams, tenant.gate(teams, utc_now))
        await self.database.write(lambda db: schedules.begin(db, self.now()), self.teams.workspace)

    def socket(self) -> contextlib.AbstractAsyncContextManager[None]:
        """Receive over Socket Mode: no address that Slack could reach is needed."""
        from bot.slack.socket import connected  # half a second of imports that HTTP does not need

        assert self.slack is not None
        return connected(self.slack, self.settings.slack.app_token, self.settings.slack.api_url)

    async def _remember_direct(self, user: str, channel: str) -> None:
        for workspace, chat in self.chats.items():
            if chat is self.slack_chat:
                await self.database.write(lambda db: storage.people.remember_direct(db, user, channel), workspace)

    async def _settle_in(self) -> None:
        """Learn who is here, and once whom the care channel makes the care team; a chat in trouble is asked again."""
        left = await self._meet_all(list(self.chats.items()))
        self._tried.set()
        while left:
            await asyncio.sleep(ROSTER_AGAIN)
            left = await self._meet_all(left)

    async def _meet_all(self, chats: list[tuple[int, Chat]]) -> list[tuple[int, Chat]]:
        """Those that did not tell; one in trouble holds up no other."""
        told = await asyncio.gather(*(self._met(workspace, chat) for workspace, chat in chats))
        return [one for one, has in zip(chats, told, strict=True) if not has]

    async def _met(self, workspace: int, chat: Chat) -> bool:
        try:
            return await self.meet(workspace, chat)
        except Exception as error:  # nobody waits for it: the log is the only place left to tell
            unheard(error, workspace=workspace)
            return False

    async def meet(self, workspace: int, chat: Chat) -> bool:
        """Learn who is here; answers whether the chat told."""
        row = await self.database.write(storage.people.the_workspace, workspace)
        of, setting = ("", "") if row.platform == "slack" else (f"{row.platform} ", f"{row.platform.upper()}_")
        try:
            for profile in await chat.roster():
                await self.keep(workspace, profile)
        except (Ambiguous, Limited, Refused) as error:
            return self._trouble(f"{of}roster", "the chat did not tell who is here", error)
        self.problems.pop(f"{of}roster", None)
        try:
            seeds = row.care_channel and not row.care_seeded
            if seeds and (members := await chat.members(row.care_channel)):
                await self.database.write(partial(storage.people.seed_care, users=members), workspace)
        except (Ambiguous, Limited, Refused) as error:
            what = f"{setting}CARE_CHANNEL cannot be read; is its id right, and am I invited there?"
            return self._trouble(f"{of}care", what, error)
        self.problems.pop(f"{of}care", None)
        return True

    def _trouble(self, about: str, what: str, error: Exception) -> bool:
        """Keep what is wrong for /readyz, and say it in the log; it will be tried again."""
        self.problems[about] = f"{what} ({error})"
        log.warning(what, extra={"reason": str(error)})
        return False

    async def learn(self, workspace: int, user: str) -> None:
        """Ask the chat who somebody is."""
        await self.keep(workspace, await self.chats[workspace].profile(user))

    async def _told(self, workspace: int, profile: Profile, event: str, at: datetime) -> None:
        """Who somebody is now, unless that was told before or a later word of it has come already."""
        about = f"profile:{profile.user}"
        await self.keep(workspace, profile, lambda db: storage.inbound.is_news(db, event, about, at, self.now()))

    async def keep(self, workspace: int, profile: Profile, is_news: Callable[[Session], bool] = lambda _: True) -> None:
        """Keep what the chat says of somebody; whoever was invited by e-mail is welcomed as what they are."""
        if profile.bot:
            return
        described = {
            name: getattr(profile, name)
            for name in ("name", "email", "zone", "locale", "guest", "admin", "active", "external", "directory")
        }
        await self.database.write(
            lambda db: is_news(db) and storage.people.learn(db, profile.user, now=self.now(), **described), workspace
        )

    async def leave(self, workspace: int) -> None:
        """The bot was removed from this workspace: send nothing more, unless it is there again since."""
        if self.slack_chat is not None:
            with contextlib.suppress(Ambiguous, Limited, Refused):
                await self.slack_chat.identity()
                return
        await self.database.write(storage.people.deactivate, workspace)
        self.chats.pop(workspace, None)

    async def enter(self, workspace: int, channel: str) -> None:
        """The bot was invited to a channel: what it could not post there goes out now."""
        await self.database.write(partial(storage.admin.entered, channel=channel, now=self.now()), workspace)
        self.courier.wake()

    # -- time ----------------------------------------------------------------------------------------------

    async def tick(self) -> int:
        """The minute tick."""
        self.ticked_at = self.now()
        return await self.turns.tick(self.ticked_at)

    async def sweep(self) -> None:
        """What was put off or left half-way; beside other replicas also what one of them died planning."""
        if self.database.shared:
            await self.turns.tick(self.now())
        await self.courier.sweep()

    async def housekeeping(self) -> None:
        """Forget what nobody asks for again."""
        await self.database.write(lambda db: storage.inbound.forget(db, self.now()), EVERYONE)
        await self.database.write(lambda db: storage.slots.forget(db, self.now()), EVERYONE)

    async def next_moment(self) -> datetime | None:
        """When the next thing falls due or the next message is to leave: for moving time by hand."""
        moments = await self.database.write(
            lambda db: (storage.occurrences.next_due(db), storage.deliveries.next_due(db)), EVERYONE
        )
        return min((moment for moment in moments if moment), default=None)

    async def next_of(self, workspace: int, kind: str, after: datetime, user: str = "") -> datetime | None:
        """When the next occurrence of a kind falls due, for one person of a workspace or for anybody there."""

        def work(db: Session) -> datetime | None:
            person = storage.people.by_user(db, user) if user else None
            return storage.occurrences.next_of(db, kind, after, person.id if person else None)

        return await self.database.write(work, workspace)

    # -- HTTP ----------------------------------------------------------------------------------------------

    def site(self) -> web.Application:
        """The bot's own addresses."""
        site = web.Application(client_max_size=1_000_000, middlewares=[self.acknowledged.measure])
        if self.slack is not None:
            site.router.add_post("/slack/events", self.slack.http)
        if self.teams is not None:
            site.router.add_post("/api/messages", self.teams.http)
        site.router.add_get("/healthz", _alive)
        site.router.add_get("/readyz", self._ready)
        return site

    async def _ready(self, request: web.Request) -> web.Response:
        problems = dict(self.problems)
        if self.ticked_at is None:
            problems["clock"] = "the clock has not ticked yet"
        elif (self.now() - self.ticked_at).total_seconds() > 180:
            problems["clock"] = "the clock has stopped"
        if self.database.trouble:
            problems["database"] = f"nothing can be written ({self.database.trouble})"
        if not self.chats:
            problems["chat"] = "no chat is connected"
        return web.json_response({"ready": not problems, "problems": problems}, status=503 if problems else 200)


async def _alive(_: web.Request) -> web.Response:
    return web.json_response({"alive": True})


@contextlib.asynccontextmanager
async def serving(site: web.Application, host: str, port: int, setting: str = "PORT") -> AsyncIterator[int]:
    """Serve until the block ends; yields the port that was free. Raises PortTaken, which names the setting."""
    runner = web.AppRunner(site, access_log=None, shutdown_timeout=CLOSING)
    await runner.setup()
    listener = web.TCPSite(runner, host, port)
    try:
        await listener.start()
    except OSError as error:
        await runner.cleanup()
        raise PortTaken(address=f"{host}:{port}", reason=error.strerror, setting=setting) from None
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def settle_memory() -> None:
    """Leave what was loaded at start out of every later garbage collection: a full one would make a tap wait."""
    gc.collect()
    gc.freeze()


async def run(settings: Settings, now: Callable[[], datetime] = utc_now, *, paced: bool = True) -> int:
    """Run against a real chat until told to stop (Ctrl-C or SIGTERM)."""
    logs.start(settings.server.log_format)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_ in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_, stop.set)
    app = App(settings, now, paced=paced)
    with sole(app.database.path):
        work, told = asyncio.create_task(_work(app)), asyncio.create_task(stop.wait())
        await asyncio.wait({work, told}, return_when=asyncio.FIRST_COMPLETED)
        for task in (work, told):  # told to stop while it still connects, too
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work
    return 0


def patient(job: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[None]]:
    """While the database is in trouble, which it says itself, nothing is done; the next time makes up for it."""

    async def run() -> None:
        try:
            await job()
        except Exception as error:  # nobody waits for it: the log is the only place left to tell
            unheard(error)

    return run


async def _work(app: App) -> None:
    """Everything that runs, until cancelled."""
    settings, server = app.settings, app.settings.server
    try:
        await app.start()
        async with contextlib.AsyncExitStack() as stack:
            port = await stack.enter_async_context(serving(app.site(), server.host, server.port))
            if server.metrics_port is not None:
                await stack.enter_async_context(
                    serving(metrics.site(app), server.host, server.metrics_port, "METRICS_PORT")
                )
            if app.slack is not None and settings.slack.app_token:
                await stack.enter_async_context(app.socket())
            from schedules.clock import start as start_clock  # after the first answer: APScheduler takes its time

            tick, sweep, housekeeping = map(patient, (app.tick, app.sweep, app.housekeeping))
            clock = start_clock(tick, sweep, housekeeping)
            stack.callback(clock.shutdown, wait=False)
            await tick()
            log.info("Contractor Care is running", extra={"reason": " and ".join(_ways(app, port))})
            await asyncio.Event().wait()
    finally:
        await app.stop()


def _ways(app: App, port: int) -> list[str]:
    """How people reach the bot."""
    here = f"http://{app.settings.server.host}:{port}"
    slack = "Socket Mode" if app.settings.slack.app_token else f"{here}/slack/events"
    return [*([slack] if app.slack else []), *([f"{here}/api/messages"] if app.teams else [])]
