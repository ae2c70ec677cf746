"""The conversations of features that matter most, over PostgreSQL: the same stories, word for word."""

import pytest

from tests import test_blockers, test_pulse
from tests.blockers import opened
from tests.conftest import Town

for story in (test_pulse, test_blockers):
    globals().update({name: told for name, told in vars(story).items() if name.startswith("test_")})


@pytest.fixture
def kept(migrated_postgres: str) -> str:
    """Instead of a file."""
    return migrated_postgres


@pytest.mark.chats("slack", "teams")
async def test_a_zero_among_what_somebody_typed_makes_nobody_stumble(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    await town.engage()
    form = await opened(town)
    form.fill("What stops you?", "It \0is down")
    form.fill("What would get you moving?", "An account")
    assert not (await form.submit()).errors
    await town.settle()
    assert "unexpected error" not in caplog.text
    await town.person("ana").sees("What stops you: It is down")
