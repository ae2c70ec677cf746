"""What time does around kpis."""

from bot.planner import Planner

planner = Planner("kpis")
