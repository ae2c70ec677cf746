"""Killed at random moments in a workspace where much goes wrong, the bot loses nothing, repeats nothing, forgets nothing."""

from pathlib import Path

from tests.torture.run import torture

SEED, KILLS, CONTRACTORS, EACH = (
    "short",
    20,
    150,
    4,
)  # `make torture` kills two hundred times, with a new seed each time


async def test_twenty_kills_lose_nothing_repeat_nothing_and_forget_nothing(tmp_path: Path) -> None:
    outcome = await torture(tmp_path, SEED, CONTRACTORS, EACH, KILLS)
    assert outcome.wrong == [], f"{outcome}\n{outcome.wrong}"
    assert outcome.verdict.sent > CONTRACTORS * 2
    assert outcome.acknowledged > CONTRACTORS * 2
    assert outcome.caught > 0  # some messages were being sent when it was killed
    assert set(outcome.struck) == {"drop", "lose", "error", "rate_limit", "slow"}


async def test_over_postgresql_neither(tmp_path: Path, migrated_postgres: str) -> None:
    outcome = await torture(tmp_path, SEED, CONTRACTORS // 2, EACH, KILLS // 2, migrated_postgres)
    assert outcome.wrong == [], f"{outcome}\n{outcome.wrong}"
    assert outcome.verdict.sent > CONTRACTORS
    assert outcome.acknowledged > CONTRACTORS
    assert outcome.caught > 0
