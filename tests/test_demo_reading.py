"""Every example card and form reads alike on Slack and on Teams: one conversation test can speak of both."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from bot import words
from bot.card import Card, Form
from bot.demo.teams.tenant import Tenant
from bot.demo.workspace import Workspace
from bot.slack import blocks, forms
from bot.teams import adaptive
from tests.demo_driver import has
from tests.demo_platform import Control, Field
from tests.demo_reading import Reader
from tests.demo_teams_reading import TeamsReader

EXAMPLES = {
    f"{feature}.{name}": example
    for feature in words.__all__
    for name, example in getattr(words, feature).EXAMPLES.items()
}
MANY = 100  # choices that one chat lists while the other searches among them
Read = tuple[list[Control], list[Field]]


def now() -> datetime:
    return datetime(2026, 11, 23, 9, tzinfo=UTC)


def on_slack(shown: Card | Form) -> Read:
    drawn = blocks.message(shown) if isinstance(shown, Card) else forms.modal(shown, {})
    named = [block | {"block_id": block.get("block_id", str(number))} for number, block in enumerate(drawn["blocks"])]
    workspace = Workspace(now=now)
    reader = Reader(workspace, workspace.add_user("U0ANA", "Ana Sousa", "ana"))
    return reader.card(named)[1], [reader.field(block, {}) for block in named if block["type"] == "input"]


def on_teams(shown: Card | Form) -> Read:
    drawn = adaptive.message(shown) if isinstance(shown, Card) else adaptive.dialog(shown, {})
    tenant = Tenant(now=now)
    read = TeamsReader(tenant, tenant.add_user("29:ana", "Ana Sousa", "ana")).card(drawn)
    sends = [] if isinstance(shown, Card) else [str(shown.submit)]  # a dialog has its own button to send it
    return [each for each in read.controls if each.label not in sends], read.fields


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_what_can_be_tapped_and_asked_is_the_same(example: Callable[[], Card | Form]) -> None:
    (taps, asked), (teams_taps, teams_asked) = on_slack(example()), on_teams(example())
    assert [tapped(each) for each in teams_taps] == [tapped(each) for each in taps]
    assert [question(each, other) for each, other in zip(teams_asked, asked, strict=True)] == [
        question(each, each) for each in asked
    ]


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_a_button_is_found_under_the_same_words(example: Callable[[], Card | Form]) -> None:
    for here, there in zip(on_slack(example())[0], on_teams(example())[0], strict=True):
        assert has(there.under, here.under)


def tapped(control: Control) -> tuple[Any, ...]:
    return control.label, control.kind, bool(control.asks), [*control.choices]


def question(field: Field, listed: Field) -> tuple[Any, ...]:
    choices = [*field.choices] if len(listed.choices) <= MANY else []
    return field.label, field.kind, choices, field.value, field.optional
