"""What people do around onboarding."""

from bot.chat import Router

router = Router("onboarding")
