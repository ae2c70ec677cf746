"""What people do around away."""

from bot.chat import Router

router = Router("away")
