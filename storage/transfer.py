"""A record of every import: who, when, how much."""

from datetime import datetime

from sqlmodel import Field

from bot.care.transfer import TransferRow
from storage.database import Instant, Scoped


class Transfer(TransferRow, Scoped, table=True):
    at: datetime = Field(sa_type=Instant)
