"""What people do around kpis."""

from bot.chat import Router

router = Router("kpis")
