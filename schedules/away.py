"""What time does around away."""

from bot.planner import Planner

planner = Planner("away")
