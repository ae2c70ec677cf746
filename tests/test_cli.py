"""What an operator types, as processes of their own: they start, say what is wrong, answer, and end when told to."""

import asyncio
import contextlib
import os
import signal
import socket
import sqlite3
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web

import storage.migrations
from bot.app import utc_now
from bot.cli import main
from bot.errors import AlreadyRunning
from bot.lock import sole
from tests.demo_world import World, a_world
from tests.postgres import binary, cluster, missing

PATIENCE = 20  # seconds of real time that starting may take on a busy machine
STOPS = 10  # seconds that stopping may take


@dataclass
class Bench:
    """A Slack for processes to talk to, and the environment that says so."""

    world: World
    environment: dict[str, str]
    port: int = 0
    metrics: int = 0

    async def start(self, *arguments: str, **more: str) -> Process:
        environment = self.environment | more
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", *arguments, env=environment, stdout=PIPE, stderr=PIPE
        )

    async def says(self, *arguments: str, **more: str) -> tuple[int | None, str, str]:
        """Run to the end: exit code, stdout, stderr."""
        process = await self.start(*arguments, **more)
        out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
        return process.returncode, out.decode(), err.decode()

    @contextlib.asynccontextmanager
    async def running(self, **more: str) -> AsyncIterator[Process]:
        """The bot, as soon as it says that it runs."""
        process = await self.start("run", **more)
        assert process.stderr is not None
        try:
            line = (await asyncio.wait_for(process.stderr.readline(), PATIENCE)).decode()
            assert "Contractor Care is running" in line
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()

    async def get(self, path: str, port: int = 0) -> tuple[int, str, str]:
        async with self.world.http.get(f"http://127.0.0.1:{port or self.port}{path}") as response:
            return response.status, await response.text(), response.headers["Content-Type"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with a_world() as world:
        world.clock = utc_now()  # a process of its own has the system's
        port, metrics = free_port(), free_port()
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        environment = kept | {
            "SLACK_BOT_TOKEN": world.workspace.token, "SLACK_SIGNING_SECRET": world.workspace.signing_secret,
            "SLACK_API_URL": world.server.api_url, "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/care.db",
            "PORT": str(port), "METRICS_PORT": str(metrics), "CARE_CHANNEL": "C0CARE",
        }  # fmt: skip
        yield Bench(world, environment, port, metrics)


async def stops(process: Process, how: signal.Signals = signal.SIGTERM) -> tuple[int | None, str]:
    """Exit code, and what was said on stderr."""
    process.send_signal(how)
    _out, err = await asyncio.wait_for(process.communicate(), STOPS)
    return process.returncode, err.decode()


# -- a bot that runs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
async def test_a_running_bot_answers_those_who_watch_it_and_ends_when_told_to(
    bench: Bench, how: signal.Signals
) -> None:
    async with bench.running() as process:
        assert await bench.get("/healthz") == (200, '{"alive": true}', "application/json; charset=utf-8")
        status, ready, _kind = await bench.get("/readyz")
        assert (status, ready) == (200, '{"ready": true, "problems": {}}')
        status, metrics, kind = await bench.get("/metrics", bench.metrics)
        assert status == 200
        assert kind.startswith("text/plain; version=")
        for line in ('care_deliveries{state="failed"} 0.0', "care_deliveries_late_seconds 0.0", "care_writer_queue"):
            assert line in metrics
        assert (await bench.get("/metrics"))[0] == 404  # on its own port alone
        assert await stops(process, how) == (0, "")


async def test_a_follow_up_that_is_under_way_arrives_though_the_bot_is_told_to_stop(bench: Bench) -> None:
    async with bench.running() as process:
        world = bench.world
        world.outbox.bot_url = f"http://127.0.0.1:{bench.port}/slack/events"
        await world.outbox.open_home(world.people["mo"])
        world.workspace.homes.clear()
        world.workspace.faults.add("slow", 1, "views.publish", seconds=1.0)
        await world.outbox.open_home(world.people["mo"])
        code, _err = await stops(process)
        assert code == 0
        assert "U0MO" in world.workspace.homes


async def test_a_second_bot_on_the_same_database_is_refused_and_the_first_goes_on(bench: Bench) -> None:
    async with bench.running() as process:
        code, out, err = await bench.says("run", PORT="0", METRICS_PORT="")
        assert (code, out) == (2, "")
        assert err.startswith("Another Contractor Care is running on ")
        assert err.count("\n") == 1
        assert (await bench.get("/healthz"))[0] == 200
        assert (await stops(process))[0] == 0
    async with bench.running() as process:  # the lock went with its process
        assert (await stops(process))[0] == 0


def test_another_name_of_the_same_file_is_the_same_file(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "link.db").symlink_to(tmp_path / "care.db")
    with sole(str(tmp_path / "care.db")), pytest.raises(AlreadyRunning), sole(str(tmp_path / "elsewhere" / "link.db")):
        pytest.fail("two would write the same file")


async def test_an_unknown_care_channel_does_not_end_the_bot_but_it_says_so(bench: Bench) -> None:
    async with bench.running(CARE_CHANNEL="C0NOWHERE") as process:
        while (answer := await bench.get("/readyz"))[0] == 200:
            await asyncio.sleep(0.05)
        assert answer[0] == 503
        assert "CARE_CHANNEL cannot be read" in answer[1]
        assert "channel_not_found" in answer[1]
        assert (await stops(process))[0] == 0


async def test_a_bot_that_is_still_connecting_can_be_stopped(bench: Bench) -> None:
    bench.world.workspace.faults.add("slow", None, "auth.test", seconds=15)
    process = await bench.start("run")
    while not bench.world.workspace.log:
        await asyncio.sleep(0.02)
    assert await stops(process) == (0, "")


# -- a bot that does not start -------------------------------------------------------------------------------


@pytest.mark.parametrize("setting", ["PORT", "METRICS_PORT"])
async def test_a_port_that_is_taken_is_said_in_one_sentence(bench: Bench, setting: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, out, err = await bench.says("run", **{setting: str(port)})
    assert (code, out) == (2, "")
    assert err.startswith(f"127.0.0.1:{port} cannot be listened on (")
    assert err.endswith(f"). Set {setting} to another one.\n")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-wrong"}, "Slack refuses SLACK_BOT_TOKEN (invalid_auth). Copy it again from"),
        ({"SLACK_API_URL": "http://127.0.0.1:1/api/"}, "Slack cannot be reached at http://127.0.0.1:1/api/ ("),
        ({"HOST": "no.such.host.invalid"}, "no.such.host.invalid:"),
        ({"DATABASE_URL": "sqlite+aiosqlite:////dev/null/care.db"}, "/dev/null/care.db cannot be used as the database"),
        ({"PORT": "abc"}, "PORT must be a whole number from 0 to 65535."),
    ],
)
async def test_what_keeps_it_from_starting_is_one_sentence(bench: Bench, changed: dict[str, str], said: str) -> None:
    code, out, err = await bench.says("run", **changed)
    assert (code, out) == (2, "")
    assert err.startswith(said)
    assert err.count("\n") == 1


async def test_a_database_of_a_newer_version_is_refused(bench: Bench, tmp_path: Path) -> None:
    storage.migrations.ensure(str(tmp_path / "care.db"))
    with contextlib.closing(sqlite3.connect(tmp_path / "care.db")) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
        db.commit()
    for command in ("run", "migrate"):
        code, _out, err = await bench.says(command)
        assert code == 2
        assert "was made by a newer version of Contractor Care." in err


# -- the demo ------------------------------------------------------------------------------------------------


async def test_the_demo_is_itself_whatever_is_set_for_a_real_slack_and_takes_the_next_free_port(bench: Bench) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        process = await bench.start("demo", "--port", port, SLACK_APP_TOKEN="xapp-1", METRICS_PORT="x", HOST="nowhere")
        assert process.stdout is not None
        said = [(await asyncio.wait_for(process.stdout.readline(), PATIENCE)).decode() for _ in range(2)]
    assert said[0].startswith(f"Port {port} is taken; using ")
    address = said[1].partition("http://")[2].partition("/")[0]
    page = f"http://{address}"
    asked = {"as": "U0MO", "channel": "C0TEAM", "text": "/contractor help"}
    async with bench.world.http.post(f"{page}/do/command", json=asked, headers={"Origin": page}) as answer:
        assert answer.status == 200
    async with bench.world.http.get(f"{page}/state?as=U0MO") as state:
        assert "What I can do for you" in await state.text()
    assert await stops(process, signal.SIGINT) == (0, "")


# -- the other commands --------------------------------------------------------------------------------------


async def test_doctor_says_what_is_wrong_by_its_exit_code_too(bench: Bench) -> None:
    code, out, err = await bench.says("doctor", INTRO_CHANNEL="C0CARE")
    assert (code, err) == (0, "")
    assert out.endswith("All is well.\n")
    code, out, err = await bench.says("doctor", INTRO_CHANNEL="C0FAR")
    assert (code, err) == (1, "")
    assert "/invite @Contractor Care" in out


def test_migrate_makes_the_database_and_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "new" / "care.db"
    monkeypatch.setenv("DATABASE_URL", f"sqlite+aiosqlite:///{path}")
    for _ in range(2):
        assert main(["migrate"]) == 0
        assert capsys.readouterr().out == f"{path} is at revision {storage.migrations.HEAD}.\n"
    assert path.exists()


async def test_what_is_kept_about_people_is_for_nobody_else_on_the_machine(bench: Bench, tmp_path: Path) -> None:
    async with bench.running(DATABASE_URL=f"sqlite+aiosqlite:///{tmp_path}/new/care.db"):
        kept = [tmp_path / "new", *(tmp_path / "new").iterdir()]
        assert len(kept) > 2
        assert [path.name for path in kept if path.stat().st_mode & 0o077] == []


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["dance"],
        ["import", "names", "x.csv"],
        ["demo", "--port", "soon"],
        ["demo", "--port", "99999"],
        ["demo", "--port", "-1"],
        ["demo", "--port", "0"],
    ],
)
def test_what_it_cannot_read_gets_the_usage_and_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: python -m bot")


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    for command in ("run", "demo", "doctor", "migrate", "import", "evaluate", "deliveries"):
        assert f"    {command}" in said


# -- Socket Mode ---------------------------------------------------------------------------------------------


class Socket:
    """Slack's side of Socket Mode: hands out an address, sends envelopes, hears what is acknowledged."""

    def __init__(self) -> None:
        self.connected: asyncio.Queue[web.WebSocketResponse] = asyncio.Queue()
        self.heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.opened: list[str] = []
        self.url = ""

    async def open(self, request: web.Request) -> web.Response:
        """apps.connections.open."""
        self.opened.append(request.headers["Authorization"])
        if request.headers["Authorization"] != "Bearer xapp-right":
            return web.json_response({"ok": False, "error": "invalid_auth"})
        return web.json_response({"ok": True, "url": f"ws://{request.host}/link"})

    async def link(self, request: web.Request) -> web.WebSocketResponse:
        """The web socket."""
        line = web.WebSocketResponse()
        await line.prepare(request)
        await line.send_json({"type": "hello", "num_connections": 1})
        self.connected.put_nowait(line)
        async for message in line:
            self.heard.put_nowait(message.json())
        return line

    async def forward(self, request: web.Request) -> web.Response:
        """Everything else is the workspace's own."""
        async with (
            ClientSession() as http,
            http.request(
                request.method, self.url + request.match_info["method"], data=await request.read(),
                params=request.query, headers={name: request.headers[name] for name in ("Authorization", "Content-Type") if name in request.headers},
            ) as answer,
        ):  # fmt: skip
            return web.Response(body=await answer.read(), status=answer.status, content_type="application/json")


@contextlib.asynccontextmanager
async def sockets(bench: Bench) -> AsyncIterator[Socket]:
    """Slack with Socket Mode, in front of the workspace; the bot is given no signing secret."""
    made, site = Socket(), web.Application()
    made.url = bench.world.server.api_url
    site.router.add_post("/api/apps.connections.open", made.open)
    site.router.add_route("*", "/api/{method}", made.forward)
    site.router.add_get("/link", made.link)
    runner = web.AppRunner(site, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    bench.environment |= {
        "SLACK_API_URL": f"http://127.0.0.1:{runner.addresses[0][1]}/api", "SLACK_APP_TOKEN": "xapp-right",
        "SLACK_SIGNING_SECRET": "",
    }  # fmt: skip
    try:
        yield made
    finally:
        await runner.cleanup()


def asks_for_help(number: int) -> dict[str, Any]:
    payload = {"command": "/contractor", "text": "help", "user_id": "U0MO", "team_id": "T0DEMO", "channel_id": "C0FAR",
               "trigger_id": f"{number}.1.a"}  # fmt: skip
    return {"type": "slash_commands", "envelope_id": f"E{number}", "accepts_response_payload": True, "payload": payload}


async def test_over_socket_mode_a_command_is_answered_and_a_lost_line_is_taken_up_again(bench: Bench) -> None:
    async with sockets(bench) as slack, bench.running() as process:
        line = await asyncio.wait_for(slack.connected.get(), PATIENCE)
        await line.send_json(asks_for_help(1))
        answer = await asyncio.wait_for(slack.heard.get(), PATIENCE)
        assert answer["envelope_id"] == "E1"
        assert answer["payload"]["response_type"] == "ephemeral"
        assert "blocker" in str(answer["payload"]["blocks"])
        await line.send_json({"type": "disconnect", "reason": "refresh_requested"})
        line = await asyncio.wait_for(slack.connected.get(), PATIENCE)
        await line.send_json(asks_for_help(2))
        assert (await asyncio.wait_for(slack.heard.get(), PATIENCE))["envelope_id"] == "E2"
        assert set(slack.opened) == {"Bearer xapp-right"}
        assert (await bench.get("/readyz"))[0] == 200
        assert await stops(process) == (0, "")


async def test_over_socket_mode_nothing_is_acknowledged_while_nothing_can_be_kept(bench: Bench) -> None:
    if not binary("pg_ctl"):
        missing()
    with cluster() as server:
        bench.environment["DATABASE_URL"] = server.migrated()
        async with sockets(bench) as slack, bench.running() as process:
            line = await asyncio.wait_for(slack.connected.get(), PATIENCE)
            server.stop()
            await line.send_json(asks_for_help(1))
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(slack.heard.get(), 4)
            server.start()
            await line.send_json(asks_for_help(1))
            assert (await asyncio.wait_for(slack.heard.get(), PATIENCE))["envelope_id"] == "E1"
            code, said = await stops(process)
            assert code == 0
            told = [line.split(" ", 2)[2].partition(" reason")[0] for line in said.splitlines()]
            assert told[0] == "warning the database is in trouble; waiting for it"
            assert told[-1] == "info the database is well again"
            assert len(set(told)) == 2


async def test_over_socket_mode_nothing_is_taken_over_http(bench: Bench) -> None:
    async with sockets(bench), bench.running():
        bench.world.outbox.bot_url = f"http://127.0.0.1:{bench.port}/slack/events"
        bench.world.workspace.signing_secret = ""  # what a forger would try first
        answer = await bench.world.outbox.open_home(bench.world.people["mo"])
        assert answer.status == 401


async def test_an_app_token_that_is_refused_is_said_in_one_sentence(bench: Bench) -> None:
    async with sockets(bench):
        code, out, err = await bench.says("run", SLACK_APP_TOKEN="xapp-wrong")
        assert (code, out) == (2, "")
        assert err.startswith("Slack refuses SLACK_APP_TOKEN (invalid_auth). Copy it again from “Basic Information”")
        assert err.count("\n") == 1
