"""What people do around engagements."""

from bot.chat import Router

router = Router("engagements")
