"""What people do around health."""

from bot.chat import Router

router = Router("health")
