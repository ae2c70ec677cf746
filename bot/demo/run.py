"""`make demo`: the real bot and a local workspace, with a team and twelve weeks of its history; no account, no internet."""

import asyncio
import contextlib
import signal
import socket
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import Session

from bot import words
from bot.app import utc_now
from bot.card import Card
from bot.demo import seed
from bot.demo.api import DemoServer
from bot.demo.organisation import Organisation
from bot.demo.outbox import Outbox
from bot.demo.page import SLACK, GalleryItem, Page, Persona
from bot.demo.start import DemoClock, Together, together
from bot.demo.teams import seed as teams_seed
from bot.demo.teams.page import TEAMS, TeamsPage
from bot.demo.teams.seed import CARE_ROOM, TEAM_ROOM
from bot.demo.teams.tenant import Tenant
from bot.demo.teams.together import TeamsSide
from bot.demo.workspace import Workspace
from bot.slack import blocks, forms
from bot.teams import adaptive

HOST = "127.0.0.1"
TRIES = 20  # ports to try after a taken one
STEP = 1.0  # seconds of real time between two looks at what is due
FURTHEST = timedelta(days=14)  # how far "next pulse" looks

PERSONAS = {
    "ana": "contractor in Lisbon, a guest without slash commands",
    "mo": "manager in Chicago",
    "kei": "care team in Tokyo",
    "ada": "admin in Berlin",
}
ON_TEAMS = PERSONAS | {"ana": "contractor in Lisbon, a guest"}
# What the page's two "next" buttons look for, and whose; Ana is the contractor one can be.
AIMS = {"pulse": ("pulse.ask", "ana"), "golden": ("hours.remind", "")}


async def run(port: int) -> int:
    """Serve the demo until Ctrl-C; answers the exit code."""
    stop = asyncio.Event()
    for signal_ in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_, stop.set)
    free = free_port(port)
    if free != port:
        print(f"Port {port} is taken; using {free}.", flush=True)
    clock = DemoClock(utc_now(), running_since=utc_now())
    workspace = seed.northwind(clock)
    with tempfile.TemporaryDirectory(prefix="contractor-care-") as folder:
        database = str(Path(folder) / "demo.db")
        async with demo(workspace, clock, database, free, teams_seed.northwind(clock), wait=False) as world:
            print(
                f"Contractor Care is running in a demo workspace: http://{HOST}:{free}/  (Ctrl-C ends it)", flush=True
            )
            await _until(stop, world)
    return 0


@contextlib.asynccontextmanager
async def demo(
    workspace: Workspace, clock: DemoClock, database: str, port: int = 0, tenant: Tenant | None = None,
    *, wait: bool = True,
) -> AsyncIterator[Together]:  # fmt: skip
    """The world of the demo with its pages and its history; also the bed of the browser tests.

    A newcomer need not `wait` until Teams has its history, too: they begin on Slack.
    """
    holder: list[Together] = []

    def travel(organisation: Organisation) -> Callable[[str], Awaitable[datetime]]:
        async def go(to: str) -> datetime:
            world = holder[0]
            await world.travel(await _aim(world, organisation, to))
            return world.clock.now()

        return go

    def with_page(server: DemoServer, outbox: Outbox) -> None:
        personas = [Persona(workspace.person(handle), about) for handle, about in PERSONAS.items()]
        others = (TEAMS,) if tenant else ()
        Page(
            outbox=outbox, personas=personas, travel=travel(workspace), gallery=gallery, manifest=_manifest(),
            others=others,
        ).add_to(server)  # fmt: skip

    def with_teams(server: DemoServer, side: TeamsSide) -> None:
        personas = [Persona(side.tenant.person(handle), about) for handle, about in ON_TEAMS.items()]
        page = TeamsPage(side=side, personas=personas, travel=travel(side.tenant), gallery=gallery, others=(SLACK,))
        page.add_to(server)

    environment = {"CARE_CHANNEL": "C0CARE", "INTRO_CHANNEL": "C0TEAM"}
    environment |= {"TEAMS_CARE_CHANNEL": CARE_ROOM, "TEAMS_INTRO_CHANNEL": TEAM_ROOM} if tenant else {}
    async with together(
        workspace, clock, database, environment, with_page, HOST, port, tenant=tenant, prepare_teams=with_teams
    ) as world:
        holder.append(world)
        await world.app.settled_in()
        assert world.app.slack is not None
        await world.app.database.write(lambda db: seed.history(db, clock.now()), world.app.slack.workspace)
        beginning = asyncio.create_task(_begin_on_teams(world, tenant))
        if wait:
            await beginning
        await world.settle()
        yield world
        beginning.cancel()
        await asyncio.gather(beginning, return_exceptions=True)


async def _begin_on_teams(world: Together, tenant: Tenant | None) -> None:
    """The app is added to the team, and it too has been there for twelve weeks."""
    if tenant is None:
        return
    assert world.teams is not None
    assert world.app.teams is not None
    await world.teams.clients.add_to_team(tenant.person("ada"))
    await world.settle()
    now = world.clock.now()

    def past(db: Session) -> None:
        teams_seed.met(db, tenant, now)
        seed.history(db, now, lambda handle: tenant.person(handle).id, teams_seed.SHOP_ROOM)

    await world.app.database.write(past, world.app.teams.workspace)


async def _until(stop: asyncio.Event, world: Together) -> None:
    """Real time passes in the demo too."""
    while not stop.is_set():
        await world.settle()
        await world.outbox.deliver_due()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), STEP)


async def _aim(world: Together, organisation: Organisation, to: str) -> datetime:
    """The moment that a button of this chat's page leads to."""
    now = world.clock.now()
    if to in AIMS:
        kind, whose = AIMS[to]
        side = world.app.slack if organisation is world.workspace else world.app.teams
        assert side is not None
        found = await world.app.next_of(side.workspace, kind, now, organisation.person(whose).id if whose else "")
        return min(found, now + FURTHEST) if found else now + timedelta(days=1)
    return now + (timedelta(hours=1) if to == "hour" else timedelta(days=1))


def gallery() -> list[GalleryItem]:
    """Every example card, as Slack and Teams are sent it."""
    items = []
    for feature in words.__all__:
        for name, example in getattr(words, feature).EXAMPLES.items():
            shown = example()
            card = isinstance(shown, Card)
            on_slack = blocks.message(shown) if card else forms.modal(shown, {})
            on_teams = adaptive.message(shown) if card else adaptive.dialog(shown, {})
            items.append(GalleryItem(f"{feature}: {name}".replace("_", " "), on_slack["blocks"], on_teams))
    return items


def free_port(wanted: int) -> int:
    """The first free port from the wanted one on; the wanted one where none is (then starting says why)."""
    for port in range(wanted, wanted + TRIES):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind((HOST, port))
                return port
    return wanted


def _manifest() -> Path:
    from bot.slack.manifest import MANIFEST

    return MANIFEST
