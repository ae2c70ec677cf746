"""Who may speak to the bot as Teams: what Teams signed for this bot, and nobody else; a wrong token does nothing."""

import asyncio
import json
import os
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from aiohttp import ClientSession, web
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from bot import tenant
from bot.app import serving, utc_now
from bot.demo.organisation import Json
from bot.demo.start import DemoClock
from bot.demo.teams import activities
from bot.demo.teams.tenant import Tenant
from bot.teams import inbound, transport
from bot.teams.transport import ISSUER, Gate, KeysUnavailable, Unauthorised
from tests.conftest import Town

pytestmark = pytest.mark.chats("teams")
ROOT = Path(__file__).parent.parent
HOUR = timedelta(hours=1)


@dataclass
class Wire:
    """Activities of Ana's as Teams sends them, with whatever token a test gives them."""

    town: Town

    @property
    def tenant(self) -> Tenant:
        assert self.town.world.teams is not None
        return self.town.world.teams.tenant

    def token(self, **claims: Any) -> str:
        assert self.town.world.teams is not None
        return self.town.world.teams.clients.keys.token(self.tenant.app_id, self.tenant.service_url, **claims)

    def activity(self, **more: Any) -> Json:
        user = self.tenant.person("ana")
        made = activities.base(self.tenant, "message", user, self.tenant.chat(user.id)) | activities.local(user)
        return made | {"text": "away"} | more

    async def post(self, activity: object, header: str | None) -> int:
        assert self.town.world.teams is not None
        url, headers = self.town.world.teams.clients.bot_url, {"Content-Type": "application/json"}
        headers |= {"Authorization": header} if header is not None else {}
        body = activity if isinstance(activity, bytes) else json.dumps(activity).encode()
        async with ClientSession() as http, http.post(url, data=body, headers=headers) as answer:
            return answer.status

    async def state(self) -> object:
        """Everything that is kept and everything that was said."""
        await self.town.settle()
        said = [len(place.activities) for place in self.tenant.conversations.values()]
        return said, await self.town.db(lambda db: list(db.connection().connection.iterdump()))


@pytest.fixture
async def wire(town: Town) -> Wire:
    made = Wire(town)
    assert await made.post(made.activity(), f"Bearer {made.token()}") == 200
    return made


def unsigned(wire: Wire, alg: str) -> str:
    """The right claims, and nothing that proves them."""
    _head, claims, _signature = wire.token().split(".")
    head = urlsafe_b64encode(json.dumps({"alg": alg, "kid": "demo-key", "typ": "JWT"}).encode()).decode().rstrip("=")
    return f"{head}.{claims}."


def stranger(wire: Wire, kid: str) -> str:
    """The right claims, signed by somebody else."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    claims = jwt.decode(wire.token(), options={"verify_signature": False})
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": kid})


def tampered(wire: Wire) -> str:
    """A right token whose claims were changed after it was signed."""
    head, _claims, signature = wire.token().split(".")
    changed = jwt.decode(wire.token(), options={"verify_signature": False}) | {"exp": 4102444800}
    return f"{head}.{urlsafe_b64encode(json.dumps(changed).encode()).decode().rstrip('=')}.{signature}"


def otherwise(wire: Wire, alg: str) -> str:
    """The right claims and the right key, with another algorithm."""
    assert wire.town.world.teams is not None
    claims = jwt.decode(wire.token(), options={"verify_signature": False})
    return jwt.encode(claims, wire.town.world.teams.clients.keys.private, algorithm=alg, headers={"kid": "demo-key"})


def shared(wire: Wire) -> str:
    """The right claims, signed with a secret instead of a key."""
    claims = jwt.decode(wire.token(), options={"verify_signature": False})
    return jwt.encode(
        claims, "any secret will do: nobody looks at it" * 2, algorithm="HS256", headers={"kid": "demo-key"}
    )


WRONG: dict[str, Callable[[Wire], str | None]] = {
    "no header": lambda wire: None,
    "an empty header": lambda wire: "",
    "another scheme": lambda wire: f"Basic {wire.token()}",
    "no scheme": lambda wire: wire.token(),
    "no token": lambda wire: "Bearer ",
    "no JWT": lambda wire: "Bearer abc",
    "three dots of nothing": lambda wire: "Bearer ..",
    "claims that are a list": lambda wire: "Bearer W10.W10.W10",
    "two tokens": lambda wire: f"Bearer {wire.token()} {wire.token()}",
    "no signature": lambda wire: f"Bearer {wire.token().rpartition('.')[0]}.",
    "alg none": lambda wire: f"Bearer {unsigned(wire, 'none')}",
    "alg RS256 without a signature": lambda wire: f"Bearer {unsigned(wire, 'RS256')}",
    "alg HS256": lambda wire: f"Bearer {shared(wire)}",
    "alg RS512": lambda wire: f"Bearer {otherwise(wire, 'RS512')}",
    "another's key under the right name": lambda wire: f"Bearer {stranger(wire, 'demo-key')}",
    "another's key under its own name": lambda wire: f"Bearer {stranger(wire, 'other-key')}",
    "changed claims": lambda wire: f"Bearer {tampered(wire)}",
    "for another bot": lambda wire: f"Bearer {wire.token(aud='00000000-0000-0000-0000-000000000000')}",
    "for nobody": lambda wire: f"Bearer {wire.token(aud=None)}",
    "for a list of bots": lambda wire: f"Bearer {wire.token(aud=['x', 'y'])}",
    "of another issuer": lambda wire: f"Bearer {wire.token(iss='https://sts.example.com')}",
    "of the emulator": lambda wire: f"Bearer {wire.token(iss=EMULATOR, ver='1.0', appid=wire.tenant.app_id)}",
    "of another bot, as a skill": lambda wire: f"Bearer {wire.token(ver='1.0', appid='a', aud=wire.tenant.app_id)}",
    "of no issuer": lambda wire: f"Bearer {wire.token(iss=None)}",
    "expired": lambda wire: f"Bearer {wire.token(exp=utc_now() - HOUR)}",
    "not yet valid": lambda wire: f"Bearer {wire.token(nbf=utc_now() + HOUR)}",
    "without an end": lambda wire: f"Bearer {wire.token(exp=None)}",
    "with an end that is no number": lambda wire: f"Bearer {wire.token(exp='tomorrow')}",
    "of another service": lambda wire: f"Bearer {wire.token(serviceurl='https://evil.example.com/')}",
    "of no service": lambda wire: f"Bearer {wire.token(serviceurl=None)}",
}  # fmt: skip
EMULATOR = "https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/"


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_wrong_token_is_refused_and_nothing_is_done(wire: Wire, wrong: str) -> None:
    before = await wire.state()
    assert await wire.post(wire.activity(), WRONG[wrong](wire)) == 401
    assert await wire.state() == before
    assert await wire.post(wire.activity(), f"Bearer {wire.token()}") == 200


@pytest.mark.parametrize("more", [{}, {"ver": "1.0", "appid": "a"}], ids=["the emulator", "another bot"])
async def test_for_nobodys_token_are_other_keys_fetched_than_those_of_teams(
    wire: Wire, more: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []
    monkeypatch.setattr("requests.get", lambda url, *_, **__: fetched.append(url))
    assert await wire.post(wire.activity(), f"Bearer {wire.token(iss=EMULATOR, **more)}") == 401
    assert fetched == []


async def test_a_right_token_does_not_stand_for_another_service_or_channel(wire: Wire) -> None:
    right = f"Bearer {wire.token()}"
    before = await wire.state()
    for about in ({"serviceUrl": "https://evil.example.com/"}, {"serviceUrl": ""}, {"channelId": "webchat"}):
        assert await wire.post(wire.activity(**about), right) == 401
    assert await wire.post({key: value for key, value in wire.activity().items() if key != "serviceUrl"}, right) == 401
    assert await wire.state() == before


async def test_another_tenant_is_not_listened_to(wire: Wire) -> None:
    before = await wire.state()
    other = {"channelData": {"tenant": {"id": "22222222-2222-2222-2222-222222222222"}}}
    assert await wire.post(wire.activity(**other), f"Bearer {wire.token()}") == 200
    assert await wire.state() == before


ODD: list[object] = [
    b"", b"{", b"null", b"[]", b'"x"', b"\xff", b"[" * 100_000, b'{"type": "\xed\xa0\xbd"}', {"type": "message"}, {"type": 1},
    {"type": "message", "from": "x", "conversation": {"id": "y"}},
    {"type": "message", "from": {"id": 7}, "conversation": {"id": "y"}},
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: str(odd)[:40])
async def test_what_is_no_activity_is_refused_whoever_sends_it(wire: Wire, odd: object) -> None:
    before = await wire.state()
    assert await wire.post(odd, f"Bearer {wire.token()}") in (400, 401)
    assert await wire.post(odd, None) in (400, 401)
    assert await wire.state() == before


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (b'{"a": ["\\ud83d", {"b\\u0000": "\\u0000x"}, 1.5, null]}', {"a": ["?", {"b": "x"}, 1.5, None]}),
        (b'"\\ud83d\\ude00 \\\\u0000"', "😀 \\u0000"),
    ],
)
def test_what_no_database_keeps_is_left_out(sent: bytes, read: object) -> None:
    assert inbound.parse(sent) == read


# -- keys -------------------------------------------------------------------------------------------------


@dataclass
class KeyServer:
    """Publishes keys that a test changes, and can be down."""

    url: str = ""
    down: bool = False
    slow: bool = False
    asked: int = 0

    def __post_init__(self) -> None:
        self.keys: dict[str, tuple[rsa.RSAPrivateKey, list[str]]] = {}

    def add(self, kid: str, *endorsements: str) -> None:
        self.keys[kid] = (rsa.generate_private_key(public_exponent=65537, key_size=2048), list(endorsements))

    def token(self, kid: str, now: datetime, **more: Any) -> str:
        claims = {"iss": ISSUER, "aud": "app", "serviceurl": "https://s/", "nbf": now - HOUR, "exp": now + HOUR}
        return jwt.encode(claims | more, self.keys[kid][0], algorithm="RS256", headers={"kid": kid})

    async def metadata(self, _: web.Request) -> web.Response:
        self.asked += 1
        if self.slow:
            await asyncio.sleep(30)
        return web.Response(status=500) if self.down else web.json_response({"jwks_uri": f"{self.url}/keys"})

    async def published(self, _: web.Request) -> web.Response:
        public = [json.loads(RSAAlgorithm.to_jwk(key.public_key())) | {"kid": kid, "endorsements": endorsed}
                  for kid, (key, endorsed) in self.keys.items()]  # fmt: skip
        return web.json_response({"keys": public})


@pytest.fixture
async def keys() -> AsyncIterator[KeyServer]:
    made, site = KeyServer(), web.Application()
    site.router.add_get("/metadata", made.metadata)
    site.router.add_get("/keys", made.published)
    made.add("one", "msteams")
    async with serving(site, "127.0.0.1", 0) as port:
        made.url = f"http://127.0.0.1:{port}"
        yield made


@pytest.fixture
def clock() -> DemoClock:
    return DemoClock(utc_now())


def gate(keys: KeyServer, clock: DemoClock) -> Gate:
    return Gate("app", "secret", f"{keys.url}/metadata", clock.now)


async def lets_in(gate: Gate, token: str) -> bool:
    try:
        await gate.admit(f"Bearer {token}", "msteams", "https://s/")
    except Unauthorised:
        return False
    return True


async def test_a_key_that_does_not_stand_for_teams_opens_nothing(keys: KeyServer, clock: DemoClock) -> None:
    keys.add("webchat", "webchat")
    keys.add("nothing")
    door = gate(keys, clock)
    assert await lets_in(door, keys.token("one", clock.now()))
    assert not await lets_in(door, keys.token("webchat", clock.now()))
    assert not await lets_in(door, keys.token("nothing", clock.now()))


async def test_a_new_key_is_fetched_but_not_for_every_made_up_name(keys: KeyServer, clock: DemoClock) -> None:
    door = gate(keys, clock)
    assert await lets_in(door, keys.token("one", clock.now()))
    keys.add("two", "msteams")
    assert not await lets_in(door, keys.token("two", clock.now()))
    assert keys.asked == 1
    clock.put_forward(clock.now() + transport.KEYS_AGAIN + timedelta(seconds=1))
    assert await lets_in(door, keys.token("two", clock.now()))
    for _ in range(5):
        assert not await lets_in(door, jwt.encode({"iss": ISSUER, "exp": 9e9}, "x" * 40, headers={"kid": "no"}))
    assert keys.asked == 2


async def test_without_keys_nobody_can_tell_and_yesterdays_will_do_for_a_while(
    keys: KeyServer, clock: DemoClock
) -> None:
    door = gate(keys, clock)
    keys.down = True
    with pytest.raises(KeysUnavailable):
        await lets_in(door, keys.token("one", clock.now()))
    keys.down = False
    assert await lets_in(door, keys.token("one", clock.now()))
    keys.down = True
    clock.put_forward(clock.now() + transport.KEYS_GOOD_FOR + HOUR)
    assert await lets_in(door, keys.token("one", utc_now(), jti="new", exp=utc_now() + 100 * HOUR))


async def test_a_made_up_key_keeps_nobody_waiting_while_the_keys_are_slow_to_come(
    keys: KeyServer, clock: DemoClock
) -> None:
    door = gate(keys, clock)
    assert await lets_in(door, keys.token("one", clock.now()))
    clock.put_forward(clock.now() + transport.KEYS_AGAIN + timedelta(seconds=1))
    keys.slow = True
    made_up = jwt.encode({"iss": ISSUER, "exp": 9e9}, "x" * 40, headers={"kid": "no"})
    waiting = asyncio.create_task(lets_in(door, made_up))
    await asyncio.sleep(0.1)
    assert await asyncio.wait_for(lets_in(door, keys.token("one", utc_now(), jti="new")), 5)
    waiting.cancel()


async def test_clocks_may_differ_by_five_minutes(keys: KeyServer, clock: DemoClock) -> None:
    door, now, slow = gate(keys, clock), clock.now(), timedelta(minutes=4)
    assert await lets_in(door, keys.token("one", now, exp=now - slow))
    assert await lets_in(door, keys.token("one", now, nbf=now + slow))
    assert not await lets_in(door, keys.token("one", now, exp=now - 2 * slow))
    assert not await lets_in(door, keys.token("one", now, nbf=now + 2 * slow))


async def test_an_accepted_token_is_read_once_and_still_ends(keys: KeyServer, clock: DemoClock) -> None:
    door, token = gate(keys, clock), keys.token("one", clock.now())
    assert await lets_in(door, token)
    door._library = None  # whoever asks it now would fail
    assert await lets_in(door, token)
    clock.put_forward(clock.now() + HOUR + timedelta(minutes=6))
    assert not await lets_in(door, token)


async def test_keys_that_cannot_be_fetched_are_503_and_a_line_in_the_log(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    wire, activity, teams = Wire(town), Wire(town).activity(), town.world.app.teams
    assert teams is not None
    away = town.world.app.settings.teams.model_copy(update={"openid_url": "http://127.0.0.1:1/"})
    teams.admit = tenant.gate(away, utc_now)
    before = await wire.state()
    assert await wire.post(activity, f"Bearer {wire.token()}") == 503
    assert await wire.state() == before
    assert "keys" in caplog.messages[-1]
    assert wire.token() not in caplog.text


# -- what it costs where there is no Teams ---------------------------------------------------------------------

STARTS = """
import asyncio, sys
from bot.app import App
from bot.settings import Settings

async def main():
    app = App(Settings())
    try:
        await app.start()
    except Exception as error:
        assert type(error).__name__ == "ChatUnreachable", error
    await app.stop()

asyncio.run(main())
print(sorted({name.partition(".")[0] for name in sys.modules} & {"botbuilder", "botframework", "jwt", "msal"}))
"""


def test_starting_without_teams_imports_nothing_of_it(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "TEAMS_"))}
    environment |= {
        "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s", "SLACK_API_URL": "http://127.0.0.1:1/api/",
        "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/care.db", "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-c", STARTS], env=environment, cwd=ROOT, capture_output=True, text=True,
                          check=False)  # fmt: skip
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr
