"""What an operator types: `python -m bot run | demo | doctor | migrate | import | evaluate | deliveries | teams-package`."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.errors import CareError
from bot.language import _

FAILED, MISUSED = 1, 2  # exit codes: it did not work; it was called or configured wrongly


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; a refusal is one sentence on stderr and an exit code."""
    chosen = _parser().parse_args(arguments)
    os.umask(0o077)  # whatever is written is about people: for nobody else on this machine
    try:
        return int(chosen.command(chosen))
    except CareError as refusal:
        print(refusal.say(_), file=sys.stderr)
        return MISUSED
    except KeyboardInterrupt:
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bot", description="Contractor Care, a chat bot for Slack and Microsoft Teams."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="start the bot against a real Slack")
    run.set_defaults(command=_run)

    demo = commands.add_parser("demo", help="start the bot with a demo workspace of its own; needs no account")
    demo.add_argument("--port", type=_port, default=8200, help="where the page is (default 8200, or the next free one)")
    demo.set_defaults(command=_demo)

    doctor = commands.add_parser("doctor", help="check settings, database, token, scopes and people")
    doctor.set_defaults(command=_doctor)

    migrate = commands.add_parser("migrate", help="bring the database up to date; `run` does so by itself")
    migrate.set_defaults(command=_migrate)

    take_in = commands.add_parser("import", help="import from a file, all of it or nothing")
    take_in.add_argument("what", choices=["kpis"])
    take_in.add_argument("file", type=Path)
    take_in.add_argument("--dry-run", action="store_true", help="only say what would be imported")
    take_in.set_defaults(command=_import)

    package = commands.add_parser("teams-package", help="build the app package to upload to Microsoft Teams")
    package.add_argument("--app-id", required=True, help="the bot's Microsoft app id")
    package.add_argument("--domain", required=True, help="where the bot is reached, like care.example.com")
    package.add_argument("-o", "--output", type=Path, default=Path("contractor-care-teams.zip"))
    package.set_defaults(command=_teams_package)

    evaluate = commands.add_parser("evaluate", help="measure the at-risk rules on a file of past pulses or milestones")
    evaluate.add_argument("file", type=Path)
    evaluate.add_argument("--scale", default="1-5", help="the answers' scale, as in 1-4")
    evaluate.set_defaults(command=_evaluate)

    deliveries = commands.add_parser("deliveries", help="count messages, list those that failed, explain or repeat one")
    one_of = deliveries.add_mutually_exclusive_group()
    one_of.add_argument("--failed", action="store_true", help="list what failed, and why")
    one_of.add_argument("--retry", metavar="KEY", default="", help="send what failed or was skipped once more")
    one_of.add_argument("--why", metavar="KEY", default="", help="tell what became of one message")
    deliveries.set_defaults(command=_deliveries)
    return parser


# Each imports what it needs when it is called: a command should not pay for the others.


def _run(_chosen: argparse.Namespace) -> int:
    from bot.app import run
    from bot.settings import Settings

    settings = Settings()
    settings.check_chat()
    return asyncio.run(run(settings))


def _port(text: str) -> int:
    port = int(text)
    if not 0 < port < 65536:
        raise argparse.ArgumentTypeError("it is a whole number from 1 to 65535")
    return port


_port.__name__ = "port"  # as argparse calls it where it is no number at all


def _demo(chosen: argparse.Namespace) -> int:
    from bot.demo.run import run

    return asyncio.run(run(chosen.port))


def _doctor(_chosen: argparse.Namespace) -> int:
    from bot.doctor import examine
    from bot.settings import Settings

    return asyncio.run(examine(Settings()))


def _migrate(_chosen: argparse.Namespace) -> int:
    from bot.settings import Settings
    from storage import migrations
    from storage.database import open_database

    database = open_database(Settings().store.database_url)
    asyncio.run(database.prepare())
    print(f"{database.place} is at revision {migrations.HEAD}.")
    return 0


def _import(chosen: argparse.Namespace) -> int:
    from bot.app import utc_now
    from bot.importing import main as take_in
    from bot.settings import Settings

    return take_in(chosen.file, Settings(), chosen.dry_run, now=utc_now())


def _teams_package(chosen: argparse.Namespace) -> int:
    import handlers
    from bot.teams.package import build

    build(chosen.app_id, chosen.domain, chosen.output, handlers.commands(), handlers.shortcuts())
    print(_("{file} is ready: upload it in the Teams admin center.").replace("{file}", str(chosen.output)))
    return 0


def _evaluate(chosen: argparse.Namespace) -> int:
    from bot.evaluate import main as evaluate
    from bot.evaluate import read_scale

    return evaluate(chosen.file, read_scale(chosen.scale))


def _deliveries(chosen: argparse.Namespace) -> int:
    from bot.app import utc_now
    from bot.deliveries import main as deliveries
    from bot.settings import Settings

    return asyncio.run(deliveries(Settings(), utc_now(), failed=chosen.failed, retry=chosen.retry, why=chosen.why))
