"""What the bot owes a contractor whose KPIs have changed."""

from datetime import datetime

from sqlmodel import Session

import storage
from bot import words
from bot.card import Card
from bot.planner import Owed, Planner

planner = Planner("kpis")


@planner.letter("changed")
def changed(db: Session, owed: Owed, now: datetime) -> Card:
    """What is measured now, and that their manager changed it."""
    engagement = storage.engagements.get(db, int(owed.subject))
    manager = storage.people.get(db, engagement.manager_id)
    return words.kpis.changed(manager.name, engagement.role, storage.kpis.of_engagement(db, engagement))
