"""The bot as a process that is killed again and again, in a workspace where much goes wrong: `make torture`."""
