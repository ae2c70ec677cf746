"""The process that is killed: the bot as it is, unpaced, on a clock that may be ahead of the system's."""

import asyncio
import sys
from datetime import timedelta

from bot.app import run, utc_now
from bot.settings import Settings

if __name__ == "__main__":
    ahead = timedelta(seconds=float(sys.argv[1]))
    sys.exit(asyncio.run(run(Settings(), lambda: utc_now() + ahead, paced=False)))
