"""What comes in from Teams: only what Teams signed for this bot, only once, and never stumbling."""

import base64
import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.app import utc_now as now  # as the bot reads tokens
from bot.demo.start import DemoClock
from bot.demo.teams import activities
from bot.demo.teams.keys import ISSUER, KEY_ID
from bot.demo.teams.together import TeamsSide
from tests.conftest import MONDAY, Town, on_teams

HOUR = timedelta(hours=1)


@pytest.fixture
async def town(tmp_path: Path, migrated: Path) -> AsyncIterator[Town]:
    shutil.copy(migrated, tmp_path / "care.db")
    async with on_teams(DemoClock(MONDAY), str(tmp_path / "care.db")) as made:
        yield made


def side(town: Town) -> TeamsSide:
    assert town.world.teams is not None
    return town.world.teams


def line(town: Town, text: str = "help", who: str = "mo") -> dict[str, Any]:
    """Something that somebody writes to the bot, as Teams brings it."""
    tenant = side(town).tenant
    user = tenant.person(who)
    chat = tenant.chat(user.id)
    return activities.said(tenant, user, chat, tenant.post(chat, user, "", text=text), [])


def encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def unsigned(town: Town) -> str:
    claims = {"iss": ISSUER, "aud": side(town).tenant.app_id, "serviceurl": side(town).tenant.service_url,
              "exp": int((now() + HOUR).timestamp())}  # fmt: skip
    return f"{encoded({'alg': 'none', 'kid': KEY_ID})}.{encoded(claims)}."


def stranger(town: Town) -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    claims = jwt.decode(right(town), options={"verify_signature": False})
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": KEY_ID})


def right(town: Town, **claims: Any) -> str:
    keys, tenant = side(town).clients.keys, side(town).tenant
    return keys.token(tenant.app_id, tenant.service_url, **claims)


def unknown_key(town: Town) -> str:
    claims = jwt.decode(right(town), options={"verify_signature": False})
    return jwt.encode(claims, side(town).clients.keys.private, algorithm="RS256", headers={"kid": "another"})


WRONG: dict[str, Callable[[Town], str]] = {
    "none": lambda town: "",
    "not a token": lambda town: "nonsense",
    "three parts of nonsense": lambda town: "a.b.c",
    "for another bot": lambda town: right(town, aud="11111111-1111-1111-1111-111111111111"),
    "of another issuer": lambda town: right(town, iss="https://sts.windows.net/somebody/"),
    "of another service": lambda town: right(town, serviceurl="https://elsewhere.example/"),
    "of no service": lambda town: right(town, serviceurl=None),
    "without an end": lambda town: right(town, exp=None),
    "ended": lambda town: right(town, exp=now() - HOUR, nbf=now() - 3 * HOUR),
    "not begun": lambda town: right(town, nbf=now() + HOUR, exp=now() + 2 * HOUR),
    "unsigned": unsigned,
    "of another key": stranger,
    "of a key that is not published": unknown_key,
    "cut off": lambda town: right(town)[:-8],
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_token_that_is_wrong_is_refused_and_nothing_is_done(town: Town, wrong: str) -> None:
    before = len(side(town).tenant.chat("29:mo").activities)
    answer = await side(town).clients.send(line(town, "mute"), token=WRONG[wrong](town))
    await town.settle()
    assert answer.status == 401
    assert len(side(town).tenant.chat("29:mo").activities) == before + 1  # what Mo wrote, and no answer


async def test_a_token_that_is_right_is_let_in(town: Town) -> None:
    assert (await side(town).clients.send(line(town), token=right(town))).status == 200
    await town.person("mo").sees("What I can do for you")


async def test_where_keys_cannot_be_fetched_nobody_is_let_in_and_teams_is_asked_to_try_again(town: Town) -> None:
    teams = town.world.app.teams
    assert teams is not None
    from bot import tenant
    from bot.settings import TeamsSettings

    away = TeamsSettings().model_copy(update={"openid_url": "http://127.0.0.1:9/nothing"})
    teams.admit = tenant.gate(away, now)
    assert (await side(town).clients.send(line(town), token=right(town))).status == 503


async def test_a_tap_that_comes_again_has_no_second_effect(town: Town) -> None:
    tenant = side(town).tenant
    mo, chat = tenant.person("mo"), tenant.chat("29:mo")
    care = {"route": "away.mute", "value": "7:"}
    action = {"type": "Action.Execute", "verb": "away.mute", "data": {"care": care}}
    tap = activities.invoke(tenant, mo, chat, "adaptiveCard/action", {"action": action}, None)
    answers = [await side(town).clients.send(tap) for _ in range(3)]
    await town.settle()
    assert [answer.body["value"] for answer in answers[1:]] == ["Done.", "Done."]  # and nothing more
    assert answers[0].body["value"] != "Done."


async def test_another_tenant_is_ignored_though_its_token_is_right(town: Town) -> None:
    foreign = line(town)
    foreign["channelData"] = {"tenant": {"id": "99999999-9999-9999-9999-999999999999"}}
    before = len(side(town).tenant.chat("29:mo").activities)
    assert (await side(town).clients.send(foreign)).status == 200
    await town.settle()
    assert len(side(town).tenant.chat("29:mo").activities) == before


@pytest.mark.parametrize("odd", [[], {}, {"type": "message"}, {"type": 7}, {"type": "invoke", "from": {"id": "29:x"}}])
async def test_what_has_not_the_shape_of_an_activity_is_refused(town: Town, odd: Any) -> None:
    assert (await side(town).clients.send(line(town) | {"entities": 7}, token=right(town))).status == 400
    http = side(town).clients
    async with http._session.post(http.bot_url, json=odd) as answer:  # type: ignore[union-attr]
        assert answer.status == 400


def test_without_teams_nothing_of_botbuilder_is_imported() -> None:
    look = "import sys, bot.app; print([name for name in sys.modules if name.startswith(('botbuilder', 'botframework', 'jwt', 'bot.teams'))])"
    said = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[]"
