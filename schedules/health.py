"""What time does around health."""

from bot.planner import Planner

planner = Planner("health")
