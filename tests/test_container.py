"""What runs in containers: a bot without privileges, twice, on one database, behind a proxy that knows who is ready."""

import asyncio
import json
import re
import sys
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import Town

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return loaded


def test_two_replicas_of_one_image_share_one_postgresql_and_may_write_nowhere() -> None:
    services = compose()["services"]
    bots = [services["bot-1"], services["bot-2"]]
    assert bots[0] == bots[1]
    assert bots[0]["read_only"] is True
    assert bots[0]["cap_drop"] == ["ALL"]
    assert bots[0]["environment"]["DATABASE_URL"].startswith("postgresql://care:${POSTGRES_PASSWORD")
    assert bots[0]["depends_on"] == {"postgres": {"condition": "service_healthy"}}


def test_every_setting_of_either_chat_reaches_the_replicas() -> None:
    passed = set(compose()["services"]["bot-1"]["environment"])
    named = set(re.findall(r"`((?:SLACK|TEAMS)_[A-Z_]+)`", (ROOT / "README.md").read_text()))
    elsewhere = {"SLACK_API_URL", "TEAMS_OPENID_URL", "TEAMS_LOGIN_URL", "TEAMS_ALLOW_ANONYMOUS"}  # for trying it out
    assert named - elsewhere <= passed


def test_the_proxy_lets_both_chats_through_and_nothing_else() -> None:
    proxy = " ".join(compose()["configs"]["caddy"]["content"].split())
    assert "@chats path /slack/events /api/messages handle @chats { reverse_proxy " in proxy
    assert "handle { respond 404 }" in proxy


def test_the_proxy_asks_each_replica_whether_it_is_ready() -> None:
    proxy = compose()["configs"]["caddy"]["content"]
    assert "bot-1:3000 bot-2:3000" in proxy
    assert "health_uri /readyz" in proxy


def test_the_image_holds_the_bot_alone_as_a_user_without_a_name_in_it() -> None:
    assert DOCKERFILE.index("\nUSER care") > DOCKERFILE.rindex("\nRUN ")
    copied = set(re.findall(r"^COPY (\w+) ", DOCKERFILE, re.M))
    assert copied == {"bot", "handlers", "schedules", "storage"}
    assert "--require-hashes -r requirements.lock" in DOCKERFILE
    listed = (ROOT / ".dockerignore").read_text().split()
    assert {f"!{one}" for one in copied} < set(listed)


async def test_the_images_own_check_finds_a_bot_that_lives_and_misses_one_that_does_not(town: Town) -> None:
    found = re.search(r"HEALTHCHECK .*?CMD (\[.*?\])$", DOCKERFILE, re.S | re.M)
    assert found is not None
    command = json.loads(found[1])
    port = town.world.bot_url.split(":")[2].split("/")[0]
    for address, code in ((port, 0), ("9", 1)):
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command[1:], env={"PORT": address}, stderr=asyncio.subprocess.DEVNULL
        )
        assert await process.wait() == code
