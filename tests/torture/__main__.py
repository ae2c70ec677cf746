"""`make torture`, or `python -m tests.torture [SEED [KILLS [CONTRACTORS [DEEDS_EACH]]]]`.

Over a file; over PostgreSQL where TORTURE_DATABASE_URL says which empty database.
"""

import asyncio
import os
import secrets
import sys
import tempfile
from pathlib import Path

from tests.torture.run import torture

if __name__ == "__main__":
    given = sys.argv[1:]
    seed = given[0] if given else secrets.token_hex(3)
    kills, contractors, each = (
        int(given[n]) if len(given) > n else usual for n, usual in ((1, 200), (2, 1500), (3, 4))
    )
    print(f"seed {seed}: {kills} kills, {contractors} contractors who do {each} things each", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        outcome = asyncio.run(
            torture(Path(folder), seed, contractors, each, kills, os.environ.get("TORTURE_DATABASE_URL", ""))
        )
    print(outcome)
    print("\n".join(outcome.wrong[:50]))
    sys.exit(1 if outcome.wrong else 0)
