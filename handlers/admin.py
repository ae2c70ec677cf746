"""What people do around admin."""

from bot.chat import Router

router = Router("admin")
