"""What time does around blockers."""

from bot.planner import Planner

planner = Planner("blockers")
