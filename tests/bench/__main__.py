"""`make bench`: everything that is measured, one line each."""

import asyncio

from tests.bench import fanout, growth, load, nightly, start, taps, tick

asyncio.run(taps.compare())
asyncio.run(load.measure())
asyncio.run(tick.measure())
start.measure()
nightly.main()
fanout.measure()
asyncio.run(growth.measure())
