"""What time does around engagements."""

from bot.planner import Planner

planner = Planner("engagements")
