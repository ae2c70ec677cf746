"""The conversations of features that matter most, over PostgreSQL: the same stories, word for word."""

import pytest

from tests import test_blockers, test_pulse

for story in (test_pulse, test_blockers):
    globals().update({name: told for name, told in vars(story).items() if name.startswith("test_")})


@pytest.fixture
def kept(migrated_postgres: str) -> str:
    """Instead of a file."""
    return migrated_postgres
