"""What time does when somebody is found elsewhere than before."""

from datetime import datetime

from sqlmodel import Session

import schedules
from bot.planner import Falls, Planner

planner = Planner("people")


@planner.due("moved")
def moved(db: Session, due: Falls, now: datetime, missed: bool) -> None:
    """Their zone, working hours or absences have changed: each feature plans anew what depends on them."""
    for feature in schedules.PLANNERS:
        for work in feature.moves:
            work(db, due.subject, now)
