"""Measurements: ratios of the bot to a bare Bolt on the same machine, alternating, median of rounds. `make bench`."""
