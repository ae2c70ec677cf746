"""What people do around hours."""

from bot.chat import Router

router = Router("hours")
