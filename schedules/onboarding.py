"""What time does around onboarding."""

from bot.planner import Planner

planner = Planner("onboarding")
