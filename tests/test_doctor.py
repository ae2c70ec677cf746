"""`doctor` says of everything that is wrong what it is and what to do about it."""

import sqlite3
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest

import storage
from bot.doctor import examine
from bot.settings import Settings
from storage.sqlite import sqlite_path
from tests.conftest import Town
from tests.test_courier import Post, change, post

__all__ = ["post"]


async def told() -> tuple[int, list[str]]:
    said: list[str] = []
    return await examine(Settings(), said.append), said


def line(said: Iterable[str], about: str) -> str:
    found = [each for each in said if each[2:].startswith(about)]
    assert len(found) == 1, said
    return found[0]


async def test_where_nothing_is_wrong_it_says_so(town: Town) -> None:
    code, said = await told()
    assert code == 0
    assert said[-1] == "All is well."
    assert all(each.startswith("✓ ") for each in said[:-1])
    for about in ("settings", "database", "token of Northwind", "scopes", "CARE_CHANNEL", "INTRO_CHANNEL"):
        line(said, about)


async def test_a_missing_setting_is_the_only_thing_it_can_speak_of(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLACK_SIGNING_SECRET")
    code, said = await told()
    assert code == 1
    assert "SLACK_SIGNING_SECRET is not set" in line(said, "settings")
    assert said[1:] == ["1 to look at."]


async def test_a_refused_token_and_a_slack_that_does_not_answer_are_told_apart(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.world.workspace.faults.add("lose", 1, "auth.test")
    code, said = await told()
    assert code == 1
    assert "Slack does not answer at http://127.0.0.1" in line(said, "token")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-of-yesterday")
    code, said = await told()
    assert code == 1
    assert "invalid_auth" in line(said, "token")
    assert "copy SLACK_BOT_TOKEN again" in line(said, "token")
    assert "xoxb-of-yesterday" not in "".join(said)


async def test_missing_scopes_are_named(town: Town) -> None:
    town.world.workspace.granted -= {"im:write", "commands"}
    code, said = await told()
    assert code == 1
    assert "missing: commands, im:write. Update the app from manifest.yml" in line(said, "scopes")


async def test_a_channel_that_is_unknown_not_set_or_without_the_bot_is_named(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.world.workspace.add_channel("C0FAR", "far", [], bot=False)
    monkeypatch.setenv("CARE_CHANNEL", "C0NOWHERE")
    monkeypatch.setenv("INTRO_CHANNEL", "C0FAR")
    code, said = await told()
    assert code == 1
    assert "C0NOWHERE cannot be read (channel_not_found): is the id right" in line(said, "CARE_CHANNEL")
    assert "write “/invite @Contractor Care” there" in line(said, "INTRO_CHANNEL")
    assert said[-1] == "2 to look at."
    monkeypatch.setenv("CARE_CHANNEL", "")
    assert "not set" in line((await told())[1], "CARE_CHANNEL")


async def test_who_cannot_be_reached_and_what_did_not_leave_is_told_without_a_name(post: Post) -> None:
    post.town.world.workspace.person("mo").deleted = True
    await post.sends("note")
    await post.sends("another", "kei", said="")
    code, said = await told()
    assert code == 1
    assert "nothing reaches them (user_disabled): ask them" in line(said, "person U0MO")
    assert "1 message did not leave: user_disabled." in line(said, "ledger")
    assert "Haddad" not in "".join(said)


async def test_a_database_of_a_newer_version_or_none_at_all_is_refused(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = tmp_path / "newer.db"
    storage.migrations.ensure(str(newer))
    with sqlite3.connect(newer) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
    db.close()
    monkeypatch.setenv("DATABASE_URL", f"sqlite+aiosqlite:///{newer}")
    assert "was made by a newer version" in line((await told())[1], "database")
    (tmp_path / "none.db").write_text("not a database, but long enough to be looked at as if it were one " * 10)
    monkeypatch.setenv("DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path / 'none.db'}")
    assert "cannot be used as the database" in line((await told())[1], "database")


async def test_it_looks_at_the_same_database_while_the_bot_is_running(town: Town) -> None:
    await change(town, "mo", unreachable="user_disabled", muted_until=town.now + timedelta(days=1))
    assert Path(sqlite_path(Settings().store.database_url)).exists()
    assert "nothing reaches them" in line((await told())[1], "person U0MO")
    await change(town, "mo", unreachable="")
    assert (await told())[0] == 0
