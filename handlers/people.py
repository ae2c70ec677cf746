"""What people do around people."""

from bot.chat import Router

router = Router("people")
