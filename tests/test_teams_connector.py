"""The bot's calls of the Bot Connector: what each of them does there, and what every refusal means for whoever sends."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from bot.app import serving
from bot.card import Text, card
from bot.chat import Ambiguous, Landing, Limited, Refused, Unsent
from bot.demo.organisation import Json
from bot.teams.connector import Account, Known, TeamsChat
from tests.demo_teams_world import TeamsWorld, a_teams_world

CARE = "19:care@thread.tacv2"
HELLO, BYE = card("Hello", Text("Hello.")), card("Bye", Text("Bye."))


@pytest.fixture
async def world() -> AsyncIterator[TeamsWorld]:
    async with a_teams_world() as made:
        yield made


@pytest.fixture
async def chat(world: TeamsWorld) -> AsyncIterator[TeamsChat]:
    tenant = world.tenant
    login = world.connector.environment["TEAMS_LOGIN_URL"] + "/"
    made = TeamsChat(Account(tenant.app_id, tenant.password, tenant.tenant_id, login), lambda _route: False)
    made.know(Known(CARE, "channel", tenant.service_url, tenant.team_id, "care"))
    yield made
    await made.close()


def called(world: TeamsWorld) -> list[tuple[str, int | None]]:
    return [(each.what, each.status) for each in world.tenant.log if each.who == "bot" and each.what != "token"]


# -- what each call does ---------------------------------------------------------------------------------------


async def test_a_card_is_sent_changed_and_taken_away(world: TeamsWorld, chat: TeamsChat) -> None:
    landed = await chat.send(CARE, HELLO, key="k")
    (there,) = world.tenant.conversations[CARE].activities
    assert (landed, there.summary) == (Landing(CARE, there.id), "Hello")
    await chat.update(landed, BYE)
    assert (there.summary, there.edited) == ("Bye", True)
    await chat.delete(landed)
    assert world.tenant.conversations[CARE].activities == []
    assert called(world) == [("activities.send", 200), ("activities.update", 200), ("activities.delete", 200)]


async def test_what_is_sent_into_a_thread_stays_in_it(world: TeamsWorld, chat: TeamsChat) -> None:
    first = await chat.send(CARE, HELLO, key="k")
    reply = await chat.send(CARE, BYE, key="l", thread=first.message)
    assert [each.root for each in world.tenant.conversations[CARE].activities] == [first.message, first.message]
    await chat.update(reply, HELLO)


async def test_a_group_chat_has_no_threads_also_where_another_replica_was_let_in(
    world: TeamsWorld, chat: TeamsChat
) -> None:
    group = world.tenant.add_group("launch", [world.people["mo"]])
    group.members.append(world.tenant.bot.id)
    first = await chat.send(group.id, HELLO, key="k")
    await chat.send(group.id, BYE, key="l", thread=first.message)
    assert [each.summary for each in group.activities] == ["Hello", "Bye"]


async def test_a_one_to_one_is_made_once_and_remembered(world: TeamsWorld, chat: TeamsChat) -> None:
    channel = await chat.direct("29:ana")
    assert await chat.direct("29:ana") == channel
    assert called(world) == [("conversations.create", 200)]
    await chat.send(channel, HELLO, key="k")
    assert [each.summary for each in world.tenant.chat("29:ana").activities] == ["Hello"]


async def test_who_is_there_is_told_page_by_page(world: TeamsWorld, chat: TeamsChat, monkeypatch: Any) -> None:
    assert await chat.members(CARE) == ["29:mo", "29:kei"]
    monkeypatch.setattr("bot.teams.connector.PAGE", 1)
    assert await chat.members(CARE) == ["29:mo", "29:kei"]
    assert [one.name for one in await chat.roster()] == ["Mo Field", "Kei Mori"]
    assert called(world).count(("members.list", 200)) == 5
    assert (await chat.profile("29:kei")).email == "kei@northwind.example"


async def test_that_an_answer_is_being_written_is_shown_and_leaves_nothing(world: TeamsWorld, chat: TeamsChat) -> None:
    channel = await chat.direct("29:ana")
    await chat.typing(channel)
    assert [each.sent["type"] for each in world.tenant.log if each.what == "activities.send"] == ["typing"]
    assert world.tenant.chat("29:ana").activities == []


# -- what the fake refuses -------------------------------------------------------------------------------------


async def test_what_is_not_the_bots_or_not_there_is_not_changed_or_taken_away(
    world: TeamsWorld, chat: TeamsChat
) -> None:
    theirs = world.tenant.post(world.tenant.conversations[CARE], world.people["mo"], text="mine")
    for landing in (Landing(CARE, theirs.id), Landing(CARE, "17")):
        for refused in (chat.update(landing, HELLO), chat.delete(landing)):
            with pytest.raises(Refused, match="ActivityNotFoundInConversation"):
                await refused
    assert theirs.text == "mine"


async def test_where_the_bot_is_not_it_neither_writes_nor_looks(world: TeamsWorld, chat: TeamsChat) -> None:
    for refused in (chat.send("19:far@thread.tacv2", HELLO, key="k"), chat.members("19:far@thread.tacv2"),
                    chat.typing("19:nowhere@thread.tacv2")):  # fmt: skip
        with pytest.raises(Refused, match="not_in_channel") as found:
            await refused
        assert not found.value.unreachable


async def test_who_cannot_be_written_to_is_unreachable(world: TeamsWorld, chat: TeamsChat) -> None:
    channel = await chat.direct("29:ana")
    world.tenant.blocked.add("29:ana")
    for refused in (chat.send(channel, HELLO, key="k"), chat.typing(channel), chat.direct("29:far")):
        with pytest.raises(Refused) as found:
            await refused
        assert found.value.unreachable


# -- what a status means ---------------------------------------------------------------------------------------


@asynccontextmanager
async def answering(status: int, body: Json, headers: dict[str, str]) -> AsyncIterator[TeamsChat]:
    """A connector that answers every call so; without an app id no token is asked for."""

    async def answer(_request: web.Request) -> web.Response:
        return web.json_response(body, status=status, headers=headers)

    site = web.Application()
    site.router.add_route("*", "/{path:.*}", answer)
    async with serving(site, "127.0.0.1", 0) as port:
        made = TeamsChat(Account("", "", "t", "http://127.0.0.1:1/"), lambda _route: False)
        made.know(Known(CARE, "channel", f"http://127.0.0.1:{port}/"))
        yield made
        await made.close()


CALLS = {
    "send": lambda chat: chat.send(CARE, HELLO, key="k"), "update": lambda chat: chat.update(Landing(CARE, "1"), HELLO),
    "delete": lambda chat: chat.delete(Landing(CARE, "1")), "members": lambda chat: chat.members(CARE),
    "typing": lambda chat: chat.typing(CARE), "direct": lambda chat: chat.direct("29:ana"),
}  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("status", "code", "means"),
    [
        (401, "", Unsent), (412, "PreconditionFailed", Unsent), (429, "TooManyRequests", Limited), (500, "", Ambiguous),
        (502, "BadGateway", Ambiguous), (503, "", Ambiguous), (504, "", Ambiguous), (400, "BadArgument", Refused),
        (403, "MessageWritesBlocked", Refused), (404, "ConversationNotFound", Refused),
        (413, "MessageSizeTooBig", Refused),
    ],
)  # fmt: skip
async def test_every_call_says_what_its_refusal_means(
    call: str, status: int, code: str, means: type[Exception]
) -> None:
    about = {"error": {"code": code, "message": "x"}} if code else {}
    async with answering(status, about, {"Retry-After": "7"}) as chat:
        with pytest.raises(means) as found:
            await CALLS[call](chat)
    assert type(found.value) is means
    if isinstance(found.value, Limited):
        assert found.value.seconds == 7
    if isinstance(found.value, Refused):
        assert found.value.unreachable == (call == "direct" or code == "MessageWritesBlocked")


@pytest.mark.parametrize("after", ["", "soon", "-1"])
async def test_a_wait_that_is_no_number_is_a_second(after: str) -> None:
    async with answering(429, {}, {"Retry-After": after}) as chat:
        with pytest.raises(Limited) as found:
            await chat.typing(CARE)
    assert found.value.seconds == 1


async def test_nobody_there_is_unsent_and_a_lost_answer_is_not_known(world: TeamsWorld, chat: TeamsChat) -> None:
    world.tenant.faults.add("drop", 1, "activities.send")
    with pytest.raises(Ambiguous) as found:
        await chat.send(CARE, HELLO, key="k")
    assert not isinstance(found.value, Unsent)
    assert len(world.tenant.conversations[CARE].activities) == 1
    chat.know(Known(CARE, "channel", "http://127.0.0.1:1/"))
    with pytest.raises(Unsent):
        await chat.send(CARE, HELLO, key="k")


async def test_a_token_that_is_taken_back_is_asked_for_anew(world: TeamsWorld, chat: TeamsChat) -> None:
    await chat.send(CARE, HELLO, key="k")
    world.connector.forget_tokens()
    with pytest.raises(Unsent):
        await chat.send(CARE, HELLO, key="k")
    await chat.send(CARE, HELLO, key="k")
    assert len(world.tenant.conversations[CARE].activities) == 2
