"""What time does around admin."""

from bot.planner import Planner

planner = Planner("admin")
