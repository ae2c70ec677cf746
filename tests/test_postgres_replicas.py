"""Two bots on one PostgreSQL: each message once, whichever of them dies, and whatever happens to the server."""

import asyncio
import signal
from pathlib import Path

import pytest

from bot.app import utc_now
from storage.deliveries import State
from tests.postgres import binary, cluster, missing
from tests.replicas import fleet, until, until_settled

PEOPLE, FEW = 300, 100
GOES_ON = 5.0  # seconds in which a replica that was frozen would do what it was about to
TAKEN_OVER = 30.0  # seconds after which a dead replica's work is done


async def test_two_replicas_share_a_fan_out_and_ask_everybody_once(migrated_postgres: str, tmp_path: Path) -> None:
    async with fleet(migrated_postgres, tmp_path) as bots:
        await bots.everybody_is_asked(PEOPLE, utc_now())
        await bots.start()
        await bots.start()
        await until(lambda: bots.asked().total() >= PEOPLE, "everybody was asked")
        await until_settled(bots)
        assert set(bots.asked().values()) == {1}
        assert len({row.boot for row in await bots.rows()}) == 2
        for replica in bots.replicas:
            assert "error" not in replica.log.read_text()


async def test_what_a_killed_replica_had_in_hand_is_done_by_the_other_within_half_a_minute(
    migrated_postgres: str, tmp_path: Path
) -> None:
    async with fleet(migrated_postgres, tmp_path) as bots:
        bots.workspace.faults.add("slow", method="chat.postMessage", seconds=2)  # so that both have something in hand
        await bots.everybody_is_asked(PEOPLE, utc_now())
        first = await bots.start()
        await until(lambda: bots.asked().total() > 0, "the first is at work")
        boot = next(row.boot for row in await bots.rows() if row.boot)
        await bots.start()
        while {row.boot for row in await bots.rows() if row.state == State.SENT} <= {boot}:
            await asyncio.sleep(0.2)
        await first.dies()
        bots.workspace.faults.clear()
        left = [row for row in await bots.rows() if row.state == State.SENDING and row.boot == boot]
        assert left, "it died with something in hand"
        took = await until(lambda: len(+bots.asked()) == PEOPLE, "everybody was asked", TAKEN_OVER)
        await until_settled(bots, TAKEN_OVER - took)
        assert set(bots.asked().values()) == {1}


async def test_a_replica_that_was_frozen_goes_on_and_repeats_nothing_of_what_the_other_has_done_meanwhile(
    migrated_postgres: str, tmp_path: Path
) -> None:
    async with fleet(migrated_postgres, tmp_path) as bots:
        bots.workspace.faults.add("slow", method="chat.postMessage", seconds=0.3)
        await bots.everybody_is_asked(FEW, utc_now())
        first = await bots.start()
        await until(lambda: bots.asked().total() > 0, "the first is at work")  # its clock, too: it still plans
        await bots.start()
        first.process.send_signal(signal.SIGSTOP)
        await until(lambda: len(+bots.asked()) == FEW, "everybody was asked")
        first.process.send_signal(signal.SIGCONT)
        await asyncio.sleep(GOES_ON)
        await until_settled(bots)
        assert set(bots.asked().values()) == {1}
        assert first.process.returncode is None


async def test_a_restarted_server_is_waited_for_and_everybody_is_asked_once(tmp_path: Path) -> None:
    if not binary("pg_ctl"):
        missing()
    with cluster() as server:
        async with fleet(server.migrated(), tmp_path) as bots:
            await bots.everybody_is_asked(PEOPLE, utc_now())
            replica = await bots.start()
            await until(lambda: bots.asked().total() > PEOPLE / 5, "some were asked")
            server.stop()
            for _ in range(100):
                if "database" in (await replica.ready())[1]:
                    break
            else:
                pytest.fail("it never said that its database is away")
            server.start()
            await until(lambda: len(+bots.asked()) == PEOPLE, "everybody was asked")
            await until_settled(bots)
            assert set(bots.asked().values()) == {1}
            assert (await replica.ready())[0] == 200
            log = replica.log.read_text()
            assert "the database does not answer" in log
            assert "the database is well again" in log
