"""The conversation driver on Teams: the same sentences, read from Adaptive Cards and spoken through Teams' clients."""

from collections.abc import AsyncIterator

import pytest

from bot.demo.organisation import Json
from bot.demo.teams.answers import SEARCHED, SENTENCE
from bot.demo.teams.cards import ADAPTIVE
from bot.demo.teams.tenant import Activity
from tests.demo_driver import Stage
from tests.demo_teams import TeamsPlatform
from tests.demo_teams_world import (
    MONDAY,
    TeamsWorld,
    a_teams_world,
    card,
    dialog,
    message,
    opens,
    row,
    submits,
    tap,
    text_input,
    words,
)

PULSE = card(
    words("How was your **week**, <at>Ana Sousa</at>?"),
    {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": "*typed* by hand"}]},
    {"type": "FactSet", "facts": [{"title": "Since", "value": "March"}]},
    row(tap("1", "pulse.answer", value="1"), tap("2", "pulse.answer", value="2")),
    words("How was the support?", separator=True),
    words("for those who know", isSubtle=True),
    row(
        tap("1", "pulse.support", value="1"),
        {"type": "Action.ShowCard", "title": "End it", "card": card(words("Really?"), row(tap("End it", "pulse.end")))},
    ),
    {"type": "Chart.Line", "title": "Weeks", "data": [{"legend": "mood", "values": [{"x": "W1", "y": 3}]}],
     "fallback": words("In words")},
    {"type": "Chart.Spider", "fallback": words("Eight legs")},
    {"type": "Input.ChoiceSet", "id": "pick.kpi", "label": "Which number?", "choices": [{"title": "Speed", "value": "s"}]},
    row({**tap("Choose", "pulse.pick", pick="pick.kpi")}),
    msteams={"entities": [{"type": "mention", "text": "<at>Ana Sousa</at>", "mentioned": {"id": "29:ana", "name": "Ana Sousa"}}]},
)  # fmt: skip
FORM = card(
    text_input("what", "What stops you?", isRequired=True),
    {"type": "Input.Toggle", "id": "loud", "title": "Tell everybody", "label": "How loud?"},
    {"type": "Input.ChoiceSet", "id": "who", "label": "Who?", "choices": [],
     "choices.data": {"type": "Data.Query", "dataset": "graph.microsoft.com/users"}},
    {"type": "Input.ChoiceSet", "id": "where", "label": "Where?", "choices": [],
     "choices.data": {"type": "Data.Query", "dataset": "care.channels"}},
    submits("Send", "blockers.made"),
)  # fmt: skip


@pytest.fixture
async def world() -> AsyncIterator[TeamsWorld]:
    """A bot that sends a pulse to whoever writes, a button for a form to whoever says blocker, and thanks for each tap."""
    async with a_teams_world() as made:

        async def answers(activity: Json) -> None:
            if activity["type"] == "message":
                shown = card(row(opens("Open", "blocker"))) if "blocker" in activity["text"] else PULSE
                await made.call("POST", f"/{activity['conversation']['id']}/activities", message(shown))

        made.bot.then = answers
        made.bot.answers["adaptiveCard/action"] = {
            "statusCode": 200,
            "type": ADAPTIVE,
            "value": card(words("Thank you")),
        }
        made.bot.answers["task/fetch"] = dialog("Report a blocker", FORM)
        yield made


@pytest.fixture
def stage(world: TeamsWorld) -> Stage:
    return Stage(TeamsPlatform(world.clients, {"blockers.report": "blocker"}))


async def test_a_card_reads_as_a_person_reads_it(stage: Stage) -> None:
    ana = stage.person("ana")
    await ana.says("hello")
    shown = await ana.sees("How was your week, @Ana Sousa?")
    assert {"*typed* by hand", "Since", "March", "mood: W1 3", "Eight legs"} <= set(shown.text.splitlines())
    assert "In words" not in shown.text
    assert shown.buttons == ["1", "2", "1", "End it"]
    assert shown.notification == "A card"


async def test_one_of_two_equal_buttons_is_meant_by_the_text_above_it(stage: Stage, world: TeamsWorld) -> None:
    ana = stage.person("ana")
    await ana.says("hello")
    shown = await ana.sees("How was your week")
    await shown.tap("1", under="How was the support?")
    assert world.bot.heard[-1]["value"]["action"]["verb"] == "pulse.support"
    assert "Thank you" in (await shown.becomes("Thank you")).text


async def test_what_asks_first_is_tapped_only_when_confirmed(stage: Stage, world: TeamsWorld) -> None:
    ana = stage.person("ana")
    await ana.says("hello")
    shown = await ana.sees("How was your week")
    with pytest.raises(AssertionError, match="Really"):
        await shown.tap("End it")
    await shown.tap("End it", confirmed=True)
    assert world.bot.heard[-1]["value"]["action"]["verb"] == "pulse.end"


async def test_choosing_in_a_list_is_one_act_with_the_button_beside_it(stage: Stage, world: TeamsWorld) -> None:
    ana = stage.person("ana")
    await ana.says("hello")
    await (await ana.sees("How was your week")).choose("Which number?", "Speed")
    assert world.bot.heard[-1]["value"]["action"]["data"]["pick.kpi"] == "s"


async def test_a_typed_word_and_a_shortcut_lead_to_the_form_through_its_button(stage: Stage, world: TeamsWorld) -> None:
    ana = stage.person("ana")
    for begin in (ana.commands("blocker"), ana.takes_shortcut("blockers.report")):
        await begin
        form = await ana.form("Report a blocker")
        assert form.labels == ["What stops you?", "How loud?", "Who?", "Where?"]
        await form.close()
    assert world.bot.kinds.count("task/fetch") == 2


async def test_a_form_is_filled_in_refused_and_sent(stage: Stage, world: TeamsWorld) -> None:
    ana = stage.person("ana")
    await ana.commands("blocker")
    form = await ana.form()
    assert (await form.submit()).errors == {"What stops you?": "This field is required."}
    form.fill("What stops you?", "The key")
    form.choose("How loud?", "Tell everybody")
    form.pick("Who?", stage.person("mo"))
    form.pick("Where?", "care")
    found = {"results": [{"title": "care", "value": "19:care"}]}
    world.bot.answers["application/search"] = {"statusCode": 200, "type": SEARCHED, "value": found}
    again = card(
        text_input("what", "What stops you?", value="The key"),
        words("Which key?", color="Attention"),
        submits("Send", "x"),
    )
    world.bot.answers["task/submit"] = dialog("Report a blocker", again)
    assert (await form.submit()).errors == {"What stops you?": "Which key?"}
    sent = world.bot.heard[-1]["value"]["data"]
    mo = world.tenant.aad(world.people["mo"])
    assert (sent["what"], sent["loud"], sent["who"], sent["where"]) == ("The key", "true", mo, "19:care")
    world.bot.answers["task/submit"] = {}
    assert (await form.submit()).errors == {}
    assert not form.is_open


async def test_what_a_client_says_for_a_moment_is_seen_by_who_tapped_alone(stage: Stage, world: TeamsWorld) -> None:
    ana = stage.person("ana")
    await ana.says("hello")
    world.bot.answers["adaptiveCard/action"] = {"statusCode": 200, "type": SENTENCE, "value": "Not now."}
    await (await ana.sees("How was your week")).tap("2")
    assert (await ana.sees("Not now.")).private
    await stage.person("mo").does_not_see("Not now.")


async def test_an_action_of_a_messages_menu_opens_a_form_about_its_words(stage: Stage, world: TeamsWorld) -> None:
    mo, said = stage.person("mo"), "@mo <b>it</b> & I\nwait"
    world.tenant.channel("care").activities.append(
        Activity("17", "19:care@thread.tacv2", "29:kei", MONDAY, world.tenant.mentioned(said)[0])
    )
    form = dialog("Report it", card(text_input("what", "What?"), submits("Send", "x")))
    world.bot.answers = {"composeExtension/fetchTask": form, "composeExtension/submitAction": {}}
    await mo.acts_on("<at>Mo Field</at> <b>it</b> & I\nwait", "blockers.from_message", where="care")
    asked = world.bot.heard[-1]["value"]
    assert (asked["commandId"], asked["commandContext"]) == ("blockers.from_message", "message")
    assert asked["messagePayload"]["body"] == {
        "contentType": "html", "content": '<div><at id="0">Mo Field</at> &lt;b&gt;it&lt;/b&gt; &amp; I<br>wait</div>',
    }  # fmt: skip
    assert asked["messagePayload"]["from"]["user"]["displayName"] == "Kei Mori"
    shown = await mo.form("Report it")
    shown.fill("What?", "it")
    await shown.submit()
    assert world.bot.heard[-1]["name"] == "composeExtension/submitAction"
    assert world.bot.heard[-1]["value"] == asked | {"data": {"care": {"route": "x"}, "what": "it"}}
    assert not shown.is_open


async def test_a_card_has_the_menu_too(stage: Stage, world: TeamsWorld) -> None:
    ana = stage.person("ana")
    await ana.says("hello")
    world.bot.answers["composeExtension/fetchTask"] = {"task": {"type": "message", "value": "Not now."}}
    await (await ana.sees("How was your week")).acts("blockers.from_message")
    await ana.sees("Not now.")
