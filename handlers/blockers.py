"""What people do around blockers."""

from bot.chat import Router

router = Router("blockers")
