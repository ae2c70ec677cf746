"""The conversation driver reads cards as people do, and fails loudly when what a test names is not there."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.demo.workspace import Json
from tests.demo_driver import Stage
from tests.demo_platform import Unavailable
from tests.demo_slack import SlackPlatform
from tests.demo_world import CHART, TEXT, TITLE, World, a_world, asks, button, buttons, modal, section

QUESTIONS = ("I had what I needed", "My goals are clear")


def pulse() -> list[Json]:
    rows: list[Json] = []
    for number, question in enumerate(QUESTIONS):
        marks = [button(str(mark), f"answer.{mark}", str(mark)) for mark in range(1, 6)]
        rows += [section(f"*{question}*", f"q{number}"), buttons(*marks, block_id=f"a{number}")]
    return [section("Weekly pulse for <@U0ANA>, <!date^1772460000^{date_short} {time}|now>", "head"), *rows]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as made:
        made.bot.then = lambda kind, payload: answering(made, kind, payload)
        yield made


@pytest.fixture
def stage(world: World) -> Stage:
    return Stage(SlackPlatform(world.outbox))


async def answering(world: World, kind: str, payload: Json) -> None:
    """A bot that sends a pulse to whoever writes, opens a form on a shortcut and thanks for each tap."""
    if kind == "message":
        await world.call("chat.postMessage", channel=payload["event"]["channel"], text="Pulse", blocks=pulse())
    if kind == "block_actions" and "response_url" in payload:
        thanks = f"You said {payload['actions'][0]['value']} to {payload['actions'][0]['block_id']}"
        await world.respond(payload["response_url"], replace_original=True, text=thanks)
    if kind == "shortcut":
        await world.call("views.open", trigger_id=payload["trigger_id"], view=blocker())
    if kind == "app_home_opened":
        home = {"type": "home", "blocks": [section("Your week"), CHART]}
        await world.call("views.publish", user_id=payload["event"]["user"], view=home)


def blocker() -> Json:
    options = [{"text": {"type": "plain_text", "text": each.title()}, "value": each} for each in ("low", "high")]
    return modal(
        asks("What stops me", TEXT, "what"),
        asks("How bad", {"type": "static_select", "action_id": "bad", "options": options}, "bad"),
        asks("From whom", {"type": "users_select", "action_id": "who"}, "who", optional=True),
    )


async def test_a_person_reads_a_card_in_her_own_zone_and_taps_what_she_means(stage: Stage) -> None:
    ana = stage.person("ana")
    await ana.says("pulse")
    card = await ana.sees("Weekly pulse for @Ana Sousa")
    assert "Mar 2, 2026 2:00 PM" in card.text
    assert card.buttons == ["1", "2", "3", "4", "5"] * 2
    await card.tap("4", under=QUESTIONS[1])
    await card.becomes("You said 4 to a1")
    assert card.buttons == []


async def test_a_label_that_is_missing_or_ambiguous_fails_and_lists_what_is_there(stage: Stage) -> None:
    ana = stage.person("ana")
    await ana.says("pulse")
    card = await ana.sees("Weekly pulse")
    with pytest.raises(AssertionError, match="there is no button '6'") as missing:
        await card.tap("6")
    assert "'5' under 'My goals are clear'" in str(missing.value)
    with pytest.raises(AssertionError, match="there are 2 buttons '4'"):
        await card.tap("4")
    await card.tap("4", nth=1)
    await card.becomes("You said 4 to a0")


async def test_a_form_is_filled_in_by_its_labels_and_says_what_is_wrong(world: World, stage: Stage) -> None:
    ana = stage.person("ana")
    await ana.takes_shortcut("blocker")
    form = await ana.form("A form")
    assert form.labels == ["What stops me", "How bad", "From whom"]
    with pytest.raises(AssertionError, match="does not offer 'Awful'"):
        form.choose("How bad", "Awful")
    with pytest.raises(AssertionError, match="asks no 'Why'"):
        form.fill("Why", "x")
    await form.submit()
    assert form.errors["What stops me"] == "Please complete this required field."
    form.fill("What stops me", "No access")
    form.choose("How bad", "High")
    form.pick("From whom", stage.person("mo"))
    world.bot.answers["view_submission"] = {"response_action": "errors", "errors": {"what": "Say more."}}
    await form.submit()
    assert form.errors == {"What stops me": "Say more."}
    assert (form.value("What stops me"), form.value("How bad")) == ("No access", "High")
    world.bot.answers.clear()
    await form.submit()
    assert not form.is_open
    assert form.errors == {}
    held: Any = world.bot.heard[-1].payload["view"]["state"]["values"]
    assert held["who"]["who"]["selected_user"] == "U0MO"


async def test_what_one_person_sees_another_does_not(world: World, stage: Stage) -> None:
    ana, mo, kei = stage.person("ana"), stage.person("mo"), stage.person("kei")
    await ana.says("pulse")
    await ana.sees("Weekly pulse")
    await mo.does_not_see("Weekly pulse")
    await world.call("chat.postEphemeral", channel="C0CARE", user="U0MO", text="Only for Mo")
    assert (await mo.sees("Only for Mo")).private
    await kei.does_not_see("Only for Mo")
    await stage.channel("care").does_not_see("Only for Mo")
    with pytest.raises(AssertionError, match="should not see"):
        await mo.does_not_see("Only for Mo")


async def test_a_notification_counts_as_seen(world: World, stage: Stage) -> None:
    await world.call("chat.postMessage", channel="U0MO", text="Ana's secret", blocks=[section("Something")])
    with pytest.raises(AssertionError, match="should not see"):
        await stage.person("mo").does_not_see("Ana's secret")


async def test_a_guest_has_no_commands_and_others_see_the_answer(world: World, stage: Stage) -> None:
    world.bot.answers["slash"] = {"text": "Ask me anything"}
    with pytest.raises(Unavailable, match="guest"):
        await stage.person("ana").commands("help")
    await stage.person("mo").commands("help", where="care")
    card = await stage.person("mo").sees("Ask me anything")
    assert card.private


async def test_a_bot_that_answers_badly_fails_the_test(world: World, stage: Stage) -> None:
    world.bot.answers["slash"] = {"text": "x", "blocks": [{"type": "marquee"}]}
    with pytest.raises(AssertionError, match="unsupported type: marquee"):
        await stage.person("mo").commands("help")
    world.bot.status = 500
    with pytest.raises(AssertionError, match="did not"):
        await stage.person("ana").says("pulse")


async def test_the_home_is_read_with_its_charts(stage: Stage) -> None:
    home = await stage.person("ana").home()
    assert "Your week" in home.text
    assert "support: W1 3" in home.text


async def test_a_button_that_asks_first_must_be_confirmed(world: World, stage: Stage) -> None:
    ask = {"title": TITLE, "text": {"type": "plain_text", "text": "Sure?"}, "confirm": TITLE, "deny": TITLE}
    blocks = [section("Case"), buttons(button("Remove", "remove", "7") | {"confirm": ask})]
    await world.call("chat.postMessage", channel="U0MO", text="x", blocks=blocks)
    card = await stage.person("mo").sees("Case")
    with pytest.raises(AssertionError, match=r"asks first: 'Sure\?'"):
        await card.tap("Remove")
    await card.tap("Remove", confirmed=True)
    await card.becomes("You said 7")
