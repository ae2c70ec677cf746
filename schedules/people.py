"""What time does around people."""

from bot.planner import Planner

planner = Planner("people")
