"""What time does around hours."""

from bot.planner import Planner

planner = Planner("hours")
